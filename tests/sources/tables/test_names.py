"""Which files are tables of runs, and what stands beside them."""

from pathlib import Path

import pytest

from runcompare.records.run import Run
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.tables.source import TableFiles


def one(path: Path) -> Run:
    (info,) = TableFiles().scan_named(path)
    run = TableFiles().read(info.location)
    assert run.info == info
    return run


def test_a_config_beside_it(tmp_path: Path) -> None:
    (tmp_path / "try.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "try.config.yaml").write_text(
        "lr: 1e-3\nmodel: {dim: 8}\nseed: 4\nhf_token: hf_0123456789abcdefghijkl\n"
    )
    (listed,) = list_runs([tmp_path]).runs
    run = TableFiles().read(listed.location)
    assert listed.seed == 4
    assert run.config["lr"] == 1e-3
    assert run.config["hf_token"] == "(redacted)"


def test_a_broken_config_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "try.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "try.config.json").write_text("{")
    run = one(tmp_path / "try.csv")
    assert len(run.history) == 1
    assert any("no YAML or JSON" in warning for warning in run.warnings)


def test_a_folder_of_tables_is_not_a_folder_of_runs(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("step,loss\n0,1\n")  # named as nothing of ours
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "metrics.csv").write_text("name,age\nbob,7\n")  # no step
    (tmp_path / "log.json").write_text('{"accuracy": 0.9}')  # no rows
    (tmp_path / "logs.csv").write_text("just text\nand more\n")
    (tmp_path / "history.parquet").write_bytes(b"")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "metrics.csv").write_text("epoch,val_loss\n1,0.5\n")
    listing = list_runs([tmp_path])
    assert [run.id for run in listing.runs] == ["real"]
    assert listing.warnings == (
        f"{tmp_path / 'history.parquet'} is empty.",
        f"Left out, for there is no step in the rows: {tmp_path / 'logs.csv'}, {tmp_path / 'people' / 'metrics.csv'}.",
    )
    assert listing.passed_over[0].startswith(f"Tables that are no logs by their names: {tmp_path / 'prices.csv'};")
    assert resolve(str(tmp_path / "prices.csv"), roots=[]).runs[0].id == "prices"


@pytest.mark.parametrize("other", ["hparams.yaml", "record.jsonl", "meta.yaml"])
def test_another_trackers_table_is_left_to_it(tmp_path: Path, other: str) -> None:
    (tmp_path / "metrics.csv").write_text("step,loss\n0,1\n")
    assert TableFiles().accepts(tmp_path / "metrics.csv")
    (tmp_path / other).write_text("")
    assert not TableFiles().accepts(tmp_path / "metrics.csv")


def test_a_history_is_named_after_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "try 1" / "logs").mkdir(parents=True)
    path = tmp_path / "try 1" / "logs" / "metrics.csv"
    path.write_text("step,loss\n0,1\n")
    assert one(path).id == "try 1"
    monkeypatch.chdir(path.parent)
    assert [one(Path(p)).id for p in ("metrics.csv", "../logs/metrics.csv", "../../try 1/logs/metrics.csv")] == [
        "try 1"
    ] * 3
