"""Tables of one value a line."""

import json
from pathlib import Path
from typing import Any

import pytest

import runcompare
from runcompare.records.run import Run
from runcompare.sources.tables.source import TableFiles


def from_rows(*rows: dict[str, Any], **more: Any) -> Run:
    return runcompare.from_frame(list(rows), **more)


def steps(run: Run) -> list[float]:
    return run.history.frame["_step"].to_list()


LONG = [("train", 0, "loss", 1.0), ("train", 1, "loss", 0.5), ("val", 1, "loss", 0.75), ("val", 1, "acc", 2**60 + 1)]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "frame"])
def test_long_tables(tmp_path: Path, kind: str) -> None:
    names = ("split", "step", "metric", "value")
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join([",".join(names), *(",".join(map(str, row)) for row in LONG), ""]))
    else:
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in LONG))
    if kind == "frame":
        run = runcompare.from_frame([dict(zip(names, row, strict=True)) for row in LONG])
    else:
        (info,) = TableFiles().scan_named(path)
        run = TableFiles().read(info.location)
    assert run.history.frame.drop("step").to_dicts() == [
        {"_step": 0, "train/loss": 1.0, "val/loss": None, "val/acc": None},
        {"_step": 1, "train/loss": 0.5, "val/loss": 0.75, "val/acc": 2**60 + 1},
    ]


def test_a_long_table_loses_no_second_value() -> None:
    rows = [{"step": 0, "key": "loss", "value": float(i)} for i in range(4)]
    run = from_rows(*rows, {"step": 0, "key": "acc", "value": 9.0})
    assert run.history.frame["loss"].to_list() == [0, 1, 2, 3]
    assert run.history.frame["acc"].to_list() == [9, None, None, None]


def test_a_long_table_sorted_by_metric() -> None:
    rows = [{"step": i, "tag": tag, "value": float(i)} for tag in ("b", "a") for i in range(5)]
    run = from_rows(*rows)
    assert steps(run) == [0, 1, 2, 3, 4]
    assert run.warnings == ()
