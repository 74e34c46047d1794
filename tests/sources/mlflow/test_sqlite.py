"""MLflow's stores cut, flipped, locked, half-written and foreign: what is kept, what is stated, and no wrong value."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from mlflow_points import POINTS, RUN, TRUTH, Points, filled, points, read, value

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.sources import list_runs
from runcompare.sources.mlflow.files import MlflowFiles
from runcompare.sources.mlflow.sqlite import MlflowSqlite

MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


def test_a_cut_store_gives_what_it_has_and_the_last_values(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 8 // 10 + 17)
    run = read(path)
    kept = points(run)
    assert len(TRUTH) // 3 < len(kept) < len(TRUTH)
    assert kept.items() <= TRUTH.items()
    assert run.summary["loss"] == value("loss", POINTS - 1)
    assert run.lost.records > 0
    assert run.lost.rebuilt_rows == 2


def mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    kind, at = rng.randrange(5), rng.randrange(len(out))
    if kind == 0:
        for _ in range(rng.randrange(1, 20)):
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        size = rng.randrange(1, 50_000)
        out[at : at + size] = bytes(len(out[at : at + size]))
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + rng.randrange(1, 5_000)]
    else:
        out[at:at] = rng.randbytes(rng.randrange(1, 5_000))
    return bytes(out)


def outcome(path: Path, truth: Points, source: MlflowSqlite | MlflowFiles, location: str) -> bool:
    """Could it be read? Fails on errors that are not ours and on values that changed without a word."""
    with suppress(RuncompareError):
        assert all(info.source == source.name for info in source.scan(path))
    try:
        run = source.read(location)
    except RuncompareError:
        return False
    if not points(run).items() <= truth.items():
        assert any("damaged" in warning for warning in run.warnings)
    return True


def test_any_damage_gives_our_errors_and_no_unmarked_value(tmp_path: Path) -> None:
    whole, rng = filled(tmp_path).read_bytes(), random.Random(11)
    path = tmp_path / "mutant" / "mlflow.db"
    path.parent.mkdir()
    kept = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutate(whole, rng))
        kept += outcome(path, TRUTH, MlflowSqlite(), f"{path}#{RUN}")
    assert kept > MUTATIONS // 4


WRITER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = " + sys.argv[2])
db.execute("PRAGMA cache_size = 1")
db.execute("PRAGMA cache_spill = 1")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE metrics SET value = value + 1 WHERE run_uuid = ?", (sys.argv[3],))
if sys.argv[4] == "commit":
    db.execute("COMMIT")
print("ready", flush=True)
sys.stdin.read()
os._exit(9)
"""


@contextmanager
def writer(path: Path, journal: str, what: str) -> Iterator[subprocess.Popen[str]]:
    """A process that raises each value by 1 and then keeps the database open; killed at the end."""
    command = [sys.executable, "-c", WRITER, str(path), journal, RUN, what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


RAISED = {at: v + 1 for at, v in TRUTH.items()}


def files(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.parent.iterdir()}


@pytest.mark.parametrize(("what", "expected"), [("commit", RAISED), ("abort", TRUTH)])
def test_a_store_that_is_being_written(tmp_path: Path, what: str, expected: Points) -> None:
    path = filled(tmp_path)
    with writer(path, "WAL", what):
        before = files(path)
        assert points(read(path)) == expected
        assert files(path) == before


@pytest.mark.parametrize(("what", "expected"), [("commit", RAISED), ("abort", TRUTH)])
@pytest.mark.parametrize("shared", [True, False])
def test_a_log_that_a_killed_writer_left(tmp_path: Path, what: str, expected: Points, shared: bool) -> None:
    path = filled(tmp_path)
    with writer(path, "WAL", what):
        pass
    assert path.with_name("mlflow.db-wal").stat().st_size
    if not shared:
        path.with_name("mlflow.db-shm").unlink()
    before = files(path)
    assert points(read(path)) == expected
    assert files(path) == before


def test_a_journal_that_a_killed_writer_left_is_rolled_back(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with writer(path, "DELETE", "abort"):
        pass
    assert path.with_name("mlflow.db-journal").stat().st_size
    before = files(path)
    assert points(read(path)) == TRUTH
    assert files(path) == before


def test_a_database_at_rest_in_wal_mode_leaves_no_files(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    assert points(read(path)) == TRUTH
    assert [p.name for p in tmp_path.iterdir()] == ["mlflow.db"]


def test_foreign_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "foreign.db").write_bytes(b"no database at all")
    (tmp_path / "empty.db").touch()
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "conda" / "recipe").mkdir(parents=True)
    (tmp_path / "conda" / "recipe" / "meta.yaml").write_text("{% set x = 1 %}\npackage: {{ x }}\n")
    with closing(sqlite3.connect(tmp_path / "other.db")) as db, db:
        db.execute("CREATE TABLE metrics (a, b)")
    listing = list_runs([tmp_path])
    assert (listing.runs, listing.warnings) == ((), ())


def test_what_is_no_store_is_reported(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(bytes(5_000))
    with pytest.raises(UnreadableRun, match="not a database"):
        list(MlflowSqlite().scan(tmp_path / "mlflow.db"))
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(UnreadableRun, match="not a regular file"):
        list(MlflowSqlite().scan(tmp_path / "pipe.db"))
    with pytest.raises(UnreadableRun):
        MlflowSqlite().read(f"{tmp_path / 'gone.db'}#{RUN}")
    with pytest.raises(UnreadableRun, match="the run is gone"):
        MlflowSqlite().read(f"{filled(tmp_path, 'other.db')}#nosuchrun")
