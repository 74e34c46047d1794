"""Tables of one value a line."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from long_runs import NOTE, assert_says_the_same
from same_runs import assert_same

import runcompare
from runcompare.records.run import Run
from runcompare.sources.kit import packed
from runcompare.sources.tables import from_parquet, in_pieces, source
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


ORDERS = ("file", "metric", "shuffled", "steps")


def values(draw: random.Random, order: str) -> list[dict[str, Any]]:
    """Lines of metrics that are logged by step and by epoch, some twice, some as texts, in an order that may be
    another than that of steps."""
    time, lines = 1.7e9, []
    front = draw.choice(({}, {"split": "train"}))
    seed = draw.choice(({}, {"seed": 3}))
    is_text = draw.random() < 0.3
    for step in range(draw.randrange(200, 700)):
        row = {**seed, "step": step, "timestamp": time, **front}
        lines.append({**row, "metric": "loss", "value": draw.choice((draw.gauss(1, 1), step))})
        if step % 3 == 0:
            lines.append({**row, "metric": "n", "value": step})
        if step % 20 == 0:
            split = {"split": "val"} if front else {}
            lines.append({**row, "step": step // 20, **split, "metric": "acc", "value": step / 7})
        if is_text and step % 50 == 0:
            lines.append({**row, "metric": "phase", "value": "warm" if step < 100 else "hot"})
        if draw.random() < 0.02:
            lines.append({**lines[-1], "value": draw.random()})
        time += draw.choice((1, 1, 0.5))
    if order == "shuffled":
        draw.shuffle(lines)
    elif order != "file":
        lines.sort(key=lambda line: line["metric" if order == "metric" else "step"])
    return lines


def written(folder: Path, lines: list[dict[str, Any]], kind: str) -> Path:
    path = folder / f"metrics.{kind}"
    frame = pl.DataFrame([{**line, "value": str(line["value"])} for line in lines], infer_schema_length=None)
    if kind == "parquet":
        frame.with_columns(pl.col("value").cast(pl.Float64)).write_parquet(path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        text = frame.write_csv().encode()
        path.write_bytes(gzip.compress(text) if kind == "csv.gz" else text)
    return path


def read(path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> Run:
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", str(most))
    for known in (source._listed, source._runs, source._whole):
        known.cache_clear()
    (info,) = TableFiles().scan_named(path)
    return TableFiles().read(info.location)


@pytest.mark.parametrize("seed", range(24))
def test_a_very_long_table_says_what_the_whole_says(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(in_pieces, "_PIECE", 3000)
    monkeypatch.setattr(from_parquet, "_PIECE", 70)
    monkeypatch.setattr(packed, "_MOST", draw.choice((0, 10_000, 1 << 26)))
    order = ORDERS[seed % len(ORDERS)]
    lines = values(draw, order)
    kind = draw.choice(("csv", "csv.gz", "jsonl", "parquet"))
    numbers = lines if kind != "parquet" else [line for line in lines if line["metric"] != "phase"]
    path = written(tmp_path, numbers, kind)
    whole, some = read(path, monkeypatch, 10**6), read(path, monkeypatch, 100)
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)
    assert some.history.whole or order == "shuffled"  # whose steps may not show in a piece


def test_few_steps_of_many_values_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_pieces, "_PIECE", 3000)
    lines = [{"step": i % 80, "metric": "ab"[i % 160 // 80], "value": i / 7} for i in range(160)]
    path = written(tmp_path, lines, "csv")
    assert_same(read(path, monkeypatch, 100), read(path, monkeypatch, 1000))
