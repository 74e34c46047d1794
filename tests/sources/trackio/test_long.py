"""A run of more rows than are kept says what the whole run says."""

import json
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from long_runs import NOTE, assert_says_the_same
from same_runs import assert_same
from trackio_rows import project

from runcompare.records.run import Run
from runcompare.sources.kit import packed
from runcompare.sources.kit.sqlite import tables_of
from runcompare.sources.trackio import long
from runcompare.sources.trackio.source import Trackio

T0 = 1_767_225_600.0


def stamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()


def steps_of(draw: random.Random, count: int) -> list[Any]:
    kind = draw.choice(("rise", "rise", "again", "fall", "shuffled"))
    if kind == "rise":
        return [3 * i for i in range(count)]
    if kind == "fall":
        return [i if i < count // 2 else i - count // 4 for i in range(count)]
    return draw.sample(range(-count, count), count) if kind == "shuffled" else [i // 60 for i in range(count)]


def rows(draw: random.Random) -> list[tuple[Any, ...]]:
    """Rows with nested keys, texts, words for NaN, media, damage, copies of steps and pauses of hours."""
    time, found = T0, []
    every = draw.choice((0.01, 2.0, 30.0))
    for number, step in enumerate(steps_of(draw, draw.randrange(300, 1500))):
        values: dict[str, Any] = {
            "loss": draw.choice(("NaN", "Infinity")) if draw.random() < 0.01 else draw.gauss(1, 1)
        }
        values |= {"epoch": number // 50, "nested": {"a": number / 2}} if number % 3 else {}
        values |= {"phase": "warm" if number < 100 else "hot"} if number % 7 == 0 else {}
        values |= {"picture": {"_type": "trackio.image"}} if number % 97 == 0 else {}
        body = "{damaged" if draw.random() < 0.003 else json.dumps(values)
        found.append(("r", stamp(time), "no step" if draw.random() < 0.003 else step, body))
        time += draw.random() * every + (9000 if draw.random() < 0.002 else 0)
    return found


def read(path: Path) -> Run:
    return Trackio().read(f"{path}#r")


@pytest.mark.parametrize("seed", range(30))
def test_a_long_run_says_what_the_whole_says(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    path = project(tmp_path, rows(draw), ids=bool(seed % 2))
    with closing(sqlite3.connect(path)) as db, db:
        if seed % 2:
            db.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        owner = "run_id" if "run_id" in tables_of(path)["metrics"] else "run_name"
        names = dict.fromkeys((owner, "run_name"))
        db.execute(
            f"CREATE TABLE configs (id INTEGER PRIMARY KEY, {', '.join(f'{n} TEXT' for n in names)}, config TEXT)"
        )
        config = json.dumps({"lr": 0.1, "_Created": stamp(T0 - 5)})
        marks = ", ".join("?" * (len(names) + 1))
        db.execute(f"INSERT INTO configs ({', '.join(names)}, config) VALUES ({marks})", (*["r"] * len(names), config))
    monkeypatch.setattr(long, "_PIECE", 50)
    monkeypatch.setattr(packed, "_MOST", draw.choice((0, 10_000, 1 << 26)))
    whole = read(path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = read(path)
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)


def test_few_steps_of_many_rows_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [("r", stamp(T0 + i), i % 40, json.dumps({"loss": i / 7, "n": i})) for i in range(1000)]
    path = project(tmp_path, made)
    whole = read(path)
    monkeypatch.setattr(long, "_PIECE", 15)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    assert_same(read(path), whole)
