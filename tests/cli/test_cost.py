"""The commands, end to end on records written by our own recorder."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runcompare.cli import cli, main
from runcompare.records.recorder import Recorder

CONFIG = """
stages:
  operator: {epochs: 2}
ttc: {enabled: false}
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    config: dict[str, Any] = {"stages": {"operator": {"epochs": 2}}, "ttc": {"enabled": False}}
    hardware = {"accelerator": "Tesla T4", "accelerator_count": 1}
    for seed in range(2):
        with Recorder(
            tmp_path / f"r{seed}", id=f"run{seed}", group="base", config={**config, "seed": seed}, hardware=hardware
        ) as record:
            with record.stage("operator"):
                for epoch in range(2):
                    record.log({"operator/loss": 1.0, "operator/epoch": epoch, "operator/epoch_time_sec": 1e-6})
            record.summary({"eval/nrmse": 0.1})
    return tmp_path


def invoke(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


def test_cost_as_json_adds_up(runs: Path) -> None:
    done = invoke("cost", "base", "--runs", str(runs), "--gpu-price", "3600", "--format", "json")
    document = json.loads(done.stdout)
    (group,) = document["groups"]
    assert len(group["runs"]) == 2
    total = group["group"]["total"]
    assert total["money"]["value"] == pytest.approx(total["wall"]["value"], rel=1e-6)
    assert total["money"]["provenance"] == "assumed"
    assert total["money"]["value"] == pytest.approx(sum(r["total"]["money"]["value"] for r in group["runs"]))


def test_cost_as_a_table_names_its_sources(runs: Path) -> None:
    out = invoke("cost", "id:run0", "id:run1", "--runs", str(runs)).stdout
    assert "price book, T4 on demand" in out
    assert "run0 over run1" in out
    assert "operator" in out


def test_cost_to_target_and_the_picture(runs: Path, tmp_path: Path) -> None:
    words = ("cost", "base", "--runs", str(runs), "--metric", "operator/loss", "--format", "json")
    picture = tmp_path / "out" / "frontier.png"
    picture.parent.mkdir()
    document = json.loads(invoke(*words, "--plot", str(picture)).stdout)
    assert document["to_target"]["base"]["target"] == 1
    assert all(a["reached"] for a in document["to_target"]["base"]["arrivals"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    short = json.loads(invoke(*words, "--target", "0.5").stdout)
    assert not any(a["reached"] for a in short["to_target"]["base"]["arrivals"])


@pytest.fixture
def two_sides(tmp_path: Path) -> Path:
    """Five seeds of `dear`, all better than the five of `cheap`; neither search gains anything."""
    for label, level in (("dear", 0.05), ("cheap", 0.1)):
        for seed in range(5):
            config = {"label": label, "seed": seed, "ttc": {"enabled": True}}
            hardware = {"accelerator": "Tesla T4", "accelerator_count": 1}
            with Recorder(tmp_path / f"{label}{seed}", group=label, config=config, hardware=hardware) as record:
                with record.stage("operator"):
                    record.log({"operator/loss": 1.0, "operator/epoch": 0})
                with record.stage("eval"):
                    record.log({"operator/val": level})
                noise = level * (1 + 0.01 * (seed - 2))
                record.summary({"eval/baseline_nrmse": noise, "eval/ttc_nrmse": noise, "eval/nrmse": noise})
                record.summary({"eval/ttc_time_sec": 1e-9, "eval/network_evaluations": 640})
    return tmp_path


def test_waste_and_equal_quality_are_shown(two_sides: Path) -> None:
    words = ("cost", "dear", "cheap", "--runs", str(two_sides))
    document = json.loads(invoke(*words, "--format", "json").stdout)
    dear, cheap = document["groups"]
    for group in (dear, cheap):
        kinds = [w["what"] for w in group["waste"]]
        assert kinds.count("search that gained nothing") == 5
        assert kinds.count("seeds beyond the decision") == 2
        searched = next(w for w in group["waste"] if w["what"] == "search that gained nothing")
        assert [searched[n]["provenance"] for n in ("wall", "device_hours", "money")] == [
            "measured",
            "derived",
            "assumed",
        ]
    (equal,) = document["iso_quality"]
    assert (equal["key"], equal["worse"], equal["target"]) == ("eval/nrmse", "cheap", pytest.approx(0.1, rel=1e-3))
    assert sum(not a["reached"] for a in equal["sides"]["cheap"]["arrivals"]) == 3
    out = invoke(*words).stdout
    assert "search that gained nothing" in out
    assert "decided after the first 3 of 5 seeds by start" in out
    assert "at equal quality: to reach eval/nrmse 0.09999, where cheap ended" in out
    assert "cheap censored: " in out
    assert "energy at rest: " in out


def test_prices(runs: Path) -> None:
    out = invoke("prices", "--gpu", "NVIDIA A100-SXM4-80GB").stdout
    assert "A100-80GB" in out
    assert "A100-40GB" not in out
    assert "charged: " in out
    document = json.loads(invoke("prices", "--cloud", "gcp", "--format", "json").stdout)
    assert {o["cloud"] for o in document["offers"]} == {"gcp"}


def test_forecast(runs: Path, tmp_path: Path) -> None:
    config = tmp_path / "new.yaml"
    config.write_text(CONFIG.replace("2", "4"))
    done = invoke("forecast", str(config), "--like", "base", "--runs", str(runs), "--format", "json")
    document = json.loads(done.stdout)
    operator = next(x for x in document["lines"] if x["stage"] == "operator")
    assert operator["wall"]["value"] > 0
    assert operator["wall"]["source"].startswith("4 epochs x ")
    assert "operator" in invoke("forecast", str(config), "--runs", str(runs)).stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["cost", "nobody"], 3, "nobody"),
        (["cost", "base", "--gpu-price", "0"], 2, "above 0"),
        (["cost", "base", "--gpu-price", "nan"], 2, "above 0"),
        (["cost", "base", "--cpu-price", "-1"], 2, "above 0"),
        (["cost", "base", "--region", "XX"], 2, "'XX'"),
        (["cost", "base", "--target", "1"], 2, "--metric"),
        (["cost", "base", "--metric", "eval/nrsme"], 2, "eval/nrmse"),
        (["prices", "--gpu", "Frobnicator"], 2, "Frobnicator"),
        (["prices", "--cloud", "nimbus"], 2, "nimbus"),
    ],
)
def test_mistakes_are_one_clear_line(
    words: list[str], code: int, says: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(runs)
    with pytest.raises(SystemExit) as stop:
        main(words)
    err = capsys.readouterr().err
    assert stop.value.code == code
    assert says in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2


def test_a_config_that_is_no_yaml(runs: Path, tmp_path: Path, capsys: Any) -> None:
    config = tmp_path / "bad.yaml"
    for text in ("a: [1", "just words", ""):
        config.write_text(text)
        with pytest.raises(SystemExit) as stop:
            main(["forecast", str(config), "--runs", str(runs)])
        assert stop.value.code == 2
        assert "bad.yaml" in capsys.readouterr().err
