"""Trackio's projects, written by the real Trackio and read back; and those cut, flipped, old and half-written."""

import json
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from trackio_project import written
from trackio_rows import project, stamp

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.run import Lost, Run
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.trackio.source import Trackio

MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


needs_trackio = pytest.mark.skipif(find_spec("trackio") is None, reason="needs trackio")


def read(path: Path, run_id: str) -> Run:
    return Trackio().read(f"{path}#{run_id}")


@pytest.fixture
def run() -> Run:
    return read(written()[0], written()[2][0])


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A logged row as it should come back: mappings dotted, None gone."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            out |= flat({f"{key}.{k}": v for k, v in value.items()})
        elif value is not None:
            out[key] = value
    return out


def cells(run: Run) -> list[dict[str, Any]]:
    """Rows with what JSON columns hold, without the axes."""
    found = []
    for row in run.history.frame.drop("_step", "_timestamp").to_dicts():
        kept = {k: v for k, v in row.items() if v is not None}
        found.append({k.removesuffix("#json"): json.loads(v) if k.endswith("#json") else v for k, v in kept.items()})
    return found


@needs_trackio
def test_every_logged_value_comes_back(run: Run) -> None:
    _, rows, _ = written()
    expected = [flat(row) for row in rows]
    expected[200]["__step"] = expected[200].pop("step")  # Trackio's own renaming
    expected[10] |= {"loss": 2.5, "again": 1}
    expected.append({"loss": 0.5})
    found = cells(run)
    assert run.history.frame["_step"].to_list() == list(range(203))
    assert [row.keys() for row in found] == [row.keys() for row in expected]
    assert all(same(mine[k], theirs[k]) for mine, theirs in zip(found, expected, strict=True) for k in theirs)
    assert run.lost == Lost()
    assert "1 logged media (images, tables, histograms, ...) were skipped." in run.warnings
    assert "1 values were logged again at the same step: the last by time is kept." in run.warnings


@needs_trackio
def test_identity_of_two_runs_of_one_name() -> None:
    path, _, ids = written()
    listing = list_runs([path.parent])
    assert {run.id for run in listing.runs} == set(ids)
    assert [run.name for run in listing.runs] == ["same name"] * 2
    assert {run.seed for run in listing.runs} == {7, 8}
    assert listing.warnings == ()
    (first,) = resolve("base", roots=[path.parent]).runs
    assert (first.info.group, first.info.project, first.info.state) == ("base", "proj", "unknown")


@needs_trackio
def test_config_summary_and_secrets(run: Run) -> None:
    expected = {"seed": 7, "lr": 1e-3, "latent": {"dim": 32}, "list": [1, 2], "hf_token": "(redacted)"}
    assert run.config == expected
    assert run.summary["epoch"] == 199
    assert run.summary["mixed"] == "oops"
    assert run.summary["loss"] == 0.5
    assert run.summary["nested.a"] == 99.5


@needs_trackio
def test_times_and_telemetry(run: Run) -> None:
    from runcompare.costs.energy.telemetry import read_telemetry

    (attempt,) = run.attempts
    assert attempt.started_at == run.info.started_at
    assert run.runtime_s == pytest.approx(attempt.ended_at - attempt.started_at)  # type: ignore[operator]
    power = read_telemetry(run).power
    assert {device: s.value.tolist() for device, s in power.items()} == {"0": [100.5], "1": [200.25]}
    assert math.isnan(run.system.series("gpu/0/power").value[-1])
    assert run.hardware.accelerator_count == 2


@needs_trackio
def test_trackio_is_never_imported_and_the_input_left_alone() -> None:
    path = written()[0]

    def state() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}

    before = state()
    code = (
        "import sys; from runcompare.sources import list_runs, read_run; from pathlib import Path;"
        f"[read_run(info) for info in list_runs([Path({str(path)!r})]).runs];"
        "print([m for m in sys.modules if m.split('.')[0] in ('trackio', 'mlflow', 'torch', 'pandas')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert state() == before


def test_projects_older_than_ids(tmp_path: Path) -> None:
    path = project(tmp_path, [("one", stamp(1), 0, '{"x": 1}'), ("two", stamp(2), 0, '{"x": 2}')], ids=False)
    assert [info.id for info in Trackio().scan(path)] == ["one", "two"]
    assert read(path, "two").summary == {"x": 2}
    assert read(path, "two").attempts == ()
    with pytest.raises(UnreadableRun, match="the run is gone"):
        read(path, "three")


@needs_trackio
def test_any_damage_gives_our_errors(tmp_path: Path) -> None:
    source, _, ids = written()
    whole, rng = source.read_bytes(), random.Random(9)
    path = tmp_path / "proj.db"
    readable = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutate(whole, rng))
        with suppress(RuncompareError):
            list(Trackio().scan(path))
        try:
            readable += len(read(path, ids[0]).history) > 0
        except RuncompareError:
            continue
    assert readable > MUTATIONS // 5


def mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    kind, at = rng.randrange(4), rng.randrange(len(out))
    if kind == 0:
        for _ in range(rng.randrange(1, 20)):
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        size = rng.randrange(1, 20_000)
        out[at : at + size] = bytes(len(out[at : at + size]))
    elif kind == 2:
        del out[at:]
    else:
        out[at : at + 1_000] = rng.randbytes(len(out[at : at + 1_000]))
    return bytes(out)


@needs_trackio
def test_a_page_of_rows_lost_is_counted_exactly(tmp_path: Path) -> None:
    source, _, ids = written()
    path = tmp_path / "proj.db"
    shutil.copyfile(source, path)
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        try:
            leaves = db.execute("SELECT pageno FROM dbstat WHERE name = 'metrics' AND pagetype = 'leaf'").fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((leaves[3][0] - 1) * size)
        file.write(bytes(size))
    run = read(path, ids[0])
    assert run.lost.records > 0
    assert len(run.history) + run.lost.records in (203, 204)  # step 10 was logged twice
    assert any("damaged" in w for w in run.warnings)
