"""`runcompare replicate` and `plan`: what they ask for and what they print. Real trainings are in tests/lab."""

import json
from pathlib import Path

import pytest
from commands import call

WRITEUP = Path(__file__).parents[2] / "examples" / "writeup"
SIDES = (WRITEUP / "hjnqclgk.yaml", WRITEUP / "baseline32.yaml", "--noise-cv", "0.197")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["new.yaml"], "Say how many seeds"),
        (["new.yaml", "--seeds", "2", "--until-decided"], "Say how many seeds"),
        (["new.yaml", "--until-decided"], "needs a baseline"),
    ],
)
def test_replicate_asks_for_a_number_or_a_baseline(words: list[str], text: str, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "replicate", *words)
    assert (code, out) == (2, b"")
    assert text in err


def test_a_price_of_nothing_is_refused_before_anything_is_trained(tmp_path: Path, monkeypatch, capsysbinary) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.yaml").write_text("{}")
    words = ("new.yaml", "--seeds", "1", "--gpu-price", "0", "--command", "touch {out} {seed}")
    code, _, err = call(capsysbinary, "replicate", *words)
    assert code == 2
    assert "above 0" in err


def test_plan_prints_effects_and_what_the_budget_resolves(capsysbinary) -> None:
    code, out, err = call(capsysbinary, "plan", *SIDES, "--budget", "1000", "--min-effect", "2%")
    assert (code, err) == (0, "")
    lines = out.decode().splitlines()
    assert lines[0] == "Seeds to know, at 80% power; noise 20 % from assumed, 1 and 1 runs now"
    assert lines[2].split() == ["effect", "seeds", "a", "side", "runs", "missing", "device-hours", "money"]
    assert any(line.strip().startswith("2 % (smallest of interest)") for line in lines)
    assert lines[-1].startswith("$1,000.00 resolves an effect of 10 % or more surely")


def test_plan_as_json_holds_the_same_lines(capsysbinary) -> None:
    document = json.loads(call(capsysbinary, "plan", *SIDES, "--format", "json")[1])
    assert [line["effect"] for line in document["lines"]] == sorted(line["effect"] for line in document["lines"])
    assert document["noise"]["source"] == "assumed"
    assert document["budget"] is None


def test_plan_says_what_pairs_would_take(capsysbinary) -> None:
    runs = Path(__file__).parents[2] / "examples" / "runs"
    _, out, _ = call(capsysbinary, "plan", "hjnqclgk", "baseline32", "--runs", str(runs), "--pair-by", "seed")
    assert "pairs of seeds  if seeds differ" in out.decode().splitlines()[2]
    assert "Pairs by seed correlate in these runs by" in out.decode()


def test_plan_without_noise_says_what_to_do(capsysbinary) -> None:
    code, out, err = call(capsysbinary, "plan", *SIDES[:2], "--no-noise-library")
    assert (code, out) == (3, b"")
    assert "--noise-cv" in err


def test_plan_by_other_peoples_noise_says_so(capsysbinary) -> None:
    code, out, _ = call(capsysbinary, "plan", *SIDES[:2])
    assert code == 0
    assert b"from other people's runs (assumed)" in out
