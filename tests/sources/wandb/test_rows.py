"""History records to columns, by numpy and by protobuf."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read_records, write

from runcompare.sources.wandb import rows as wandb_rows
from runcompare.sources.wandb.source import WandbOffline


def test_typed_values_of_newer_schemas(tmp_path: Path) -> None:
    record = pb.Record(num=2)
    for key, value in (("boolean", True), ("integer", -(2**60)), ("number", 0.1), ("text", "a\n"), ("json", "[1]")):
        item = record.history.item.add(key=key)
        setattr(item, key, value)
    record.history.item.add(key="none", none=1)
    record.history.step.num = 7
    run = read_records(tmp_path, [wblog.run_record(1), record.SerializeToString()])
    (row,) = run.history.frame.to_dicts()
    assert row == {"_step": 7, "boolean": True, "integer": -(2**60), "number": 0.1, "text": "a\n"} | {
        "json#json": "[1]",
        "none": None,
    }


def token(rng: random.Random) -> str:
    kind = rng.randrange(8)
    if kind < 4:
        return repr(rng.uniform(-1, 1) * 10 ** rng.randrange(-320, 300))
    if kind == 4:
        return str(rng.randrange(-(10 ** rng.randrange(1, 18)), 10 ** rng.randrange(1, 18)))
    return rng.choice(["NaN", "Infinity", "-Infinity", "-0", "0", "1e+21", "null", "true", '"a,b"', '"\\u00e9"', "[1]"])


@pytest.mark.parametrize("seed", range(6))
def test_numpy_and_protobuf_read_the_same(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    keys = [("k" * n + str(i),) for i, n in enumerate((1, 6, 7, 8, 23, 62, 63, 64, 80, 0, 15, 16))] + [
        ("a", "b"),
        ("m", "_type"),
        ("\u00fc/\U0001f600",),
    ]
    clean = set(rng.sample(range(12), 6))
    payloads = [wblog.run_record(1)]
    for step in range(400):
        row: dict[Any, str] = {"_step": str(step)}
        for key in rng.sample(range(15), rng.randrange(15)):
            row[keys[key]] = repr(rng.random()) if key in clean else token(rng)
        entries = list(row.items())
        rng.shuffle(entries)
        payloads.append(wblog.history(step + 2, dict(entries)))
    path = write(tmp_path, payloads)
    frames = []
    for fewest in (1, 10**9):
        monkeypatch.setattr(wandb_rows, "FEWEST", fewest)
        monkeypatch.setattr(wandb_rows, "CHUNK", 150)
        frames.append(WandbOffline().read(str(path)).history.frame)
    assert frames[0].schema == frames[1].schema
    assert frames[0].equals(frames[1])


def test_common_rows_take_the_fast_way(tmp_path: Path) -> None:
    data = [wblog.history(i, {**wblog.axes(i), "loss": i / 7}) for i in range(500)]
    collected = wandb_rows.Rows()
    for payload in data:
        collected.add(pb.Record.FromString(payload).history.SerializeToString())
    collected.typed()
    assert not collected._loose


def test_numbers_are_never_changed_silently(tmp_path: Path) -> None:
    big = [2**53 + 1, 2**63, -(2**100), 10**30]
    records = [wblog.run_record(1)]
    records += [
        wblog.history(i + 2, {"_step": i, "only": str(b), "mixed": str(b) if i else "0.5"}) for i, b in enumerate(big)
    ]
    run = read_records(tmp_path, records)
    assert run.history.frame["only"].to_list() == big
    assert run.history.frame["mixed"].to_list() == [0.5, *(float(b) for b in big[1:])]
    assert [w for w in run.warnings if "'mixed'" in w and "rounded" in w] != []


def test_texts_among_numbers_leave_the_numbers_alone(tmp_path: Path) -> None:
    records = [wblog.run_record(1)]
    values = ["1.5", '"diverged"', "NaN", "true", '"\\ud800"']
    records += [wblog.history(i + 2, {"_step": i, "loss": v}) for i, v in enumerate(values)]
    run = read_records(tmp_path, records)
    assert run.history.frame["loss"].is_nan().to_list() == [False, None, True, None, None]
    kept = [None if v is None else json.loads(v) for v in run.history.frame["loss#json"]]
    assert kept == [None, "diverged", None, True, "\ud800"]
    assert any("'loss' holds 3 values that are not numbers" in w for w in run.warnings)


def test_a_token_nested_too_deeply_is_kept_as_text(tmp_path: Path) -> None:
    deep = "[" * 100_000
    run = read_records(tmp_path, [wblog.run_record(1), wblog.history(2, {"_step": 0, "x": deep})])
    assert run.history.frame["x"].to_list() == [deep]


def test_hundreds_of_thousands_of_keys(tmp_path: Path) -> None:
    row = {f"key/{i}": i + 0.5 for i in range(20_000)}  # more of them cost time in proportion
    run = read_records(tmp_path, [wblog.run_record(1), wblog.history(2, {"_step": 0, **row})])
    assert {k: run.history.frame[k][0] for k in row} == row
