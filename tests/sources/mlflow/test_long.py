"""A run of more points than are held says what the whole run says, in the SQLite store and in the file store."""

import random
import shutil
import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from long_runs import NOTE, assert_says_the_same
from mlflow_points import RUN, T0
from mlflow_stores import stores
from same_runs import assert_same

from runcompare.records.run import Run
from runcompare.sources.kit import by_steps, packed
from runcompare.sources.mlflow import folder, sqlite_long
from runcompare.sources.mlflow.files import MlflowFiles
from runcompare.sources.mlflow.sqlite import MlflowSqlite

Logged = tuple[str, float, int, int]  # key, value, time in ms, step


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_long, "_ROWS", 130)
    monkeypatch.setattr(folder, "_PIECE", 2000)
    monkeypatch.setattr(by_steps, "_CELLS", 300)


def steps_of(draw: random.Random, count: int) -> list[int]:
    kind = draw.choice(("rise", "rise", "again", "fall", "shuffled", "none"))
    if kind == "rise":
        return [i + draw.randrange(2) for i in range(count)]
    if kind == "fall":
        return [i if i < count // 2 else i - count // 4 for i in range(count)]
    if kind == "shuffled":
        return draw.sample(range(-count, 2 * count), count)
    return [0 if kind == "none" else i // 4 for i in range(count)]


def logged(draw: random.Random) -> list[Logged]:
    """Keys whose steps rise, repeat, fall or are not there, with pauses of hours between some."""
    found: list[Logged] = []
    for key in draw.sample(
        ("loss", "val/loss", "norm", "epoch", "system/gpu_0_power_usage_watts"), draw.randrange(1, 5)
    ):
        time, every = T0 + draw.randrange(5000), draw.choice((5, 300, 4000))
        for step in steps_of(draw, draw.randrange(20, 600)):
            found.append((key, round(draw.gauss(1, 1), 2), time, step))
            time += draw.randrange(every) + (5 * 3_600_000 if draw.random() < 0.002 else 1)
    found.sort(key=lambda point: point[2])
    return found


def in_sqlite(path: Path, points: Sequence[Logged]) -> str:
    shutil.copyfile(stores().sqlite, path)
    with closing(sqlite3.connect(path)) as db, db:
        row = (RUN, "long", "FINISHED", T0, max(time for _, _, time, _ in points) + 100, 1, "active")
        names = "run_uuid, name, status, start_time, end_time, experiment_id, lifecycle_stage"
        db.execute(f"INSERT INTO runs ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        names = "(key, value, timestamp, run_uuid, step, is_nan)"
        rows = [(key, value, time, RUN, step, int(value > 3.5)) for key, value, time, step in points]
        db.executemany(f"INSERT OR IGNORE INTO metrics {names} VALUES (?, ?, ?, ?, ?, ?)", rows)
        last = {row[0]: row for row in rows}
        db.executemany(f"INSERT INTO latest_metrics {names} VALUES (?, ?, ?, ?, ?, ?)", last.values())
    return f"{path}#{RUN}"


def in_files(path: Path, points: Sequence[Logged], draw: random.Random) -> str:
    shutil.copytree(stores().run_folder("run"), path)
    shutil.rmtree(path / "metrics")
    lines: dict[str, list[str]] = {}
    for key, value, time, step in points:
        lines.setdefault(key, []).append(f"{time} {'nan' if value > 3.5 else value} {step}\n")
    for key, some in lines.items():
        for _ in range(draw.choice((0, 0, 2))):
            some.insert(draw.randrange(len(some)), "12 damaged\n")
        place = path / "metrics" / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(some) + draw.choice(("", "17000")))
    return str(path)


@pytest.mark.parametrize("seed", range(30))
def test_a_long_run_says_what_the_whole_says(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    points = logged(draw)
    monkeypatch.setattr(packed, "_MOST", draw.choice((0, 10_000, 1 << 26)))
    stored = {MlflowSqlite: in_sqlite(tmp_path / "m.db", points), MlflowFiles: in_files(tmp_path / "r", points, draw)}
    for source, location in stored.items():
        monkeypatch.delenv("RUNCOMPARE_MAX_ROWS", raising=False)
        whole = source().read(location)
        monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
        some = source().read(location)
        assert_says_the_same(whole, some)
        assert whole.system.frame.equals(some.system.frame)
        assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)


def test_few_steps_of_many_values_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [("loss", i / 7, T0 + i, i % 40) for i in range(1000)]
    location = in_sqlite(tmp_path / "m.db", points)
    whole = MlflowSqlite().read(location)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    assert_same(MlflowSqlite().read(location), whole)


def test_where_the_index_holds_something_else_it_is_seen_which_rows_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = in_sqlite(tmp_path / "m.db", [("loss", i + 0.123456789, T0 + i, i) for i in range(1000)])
    body = bytearray((tmp_path / "m.db").read_bytes())
    body[body.index(struct.pack(">d", 500.123456789)) + 6] ^= 4
    (tmp_path / "m.db").write_bytes(body)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    run: Run = MlflowSqlite().read(location)
    assert run.lost.records == 1
    assert not run.history.whole
