"""Shared by the tests of the command line."""

from pathlib import Path

import pytest

from runcompare import Recorder, settings
from runcompare.cli import known_runs as known


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three runs and an alias. Their words are cached already, for on a machine that others keep busy
    even a listing of three runs may take longer than a shell waits."""
    (tmp_path / "pyproject.toml").write_text('[tool.runcompare]\nruns = ["runs"]\naliases = { gold = "group:base" }\n')
    for i, (run_id, name) in enumerate([("aaaa1111", "first"), ("bbbb2222", "second"), ("cccc3333", "odd one $(x)")]):
        with Recorder(tmp_path / "runs" / run_id, id=run_id, name=name, group="base", tags=["t1"], config={"i": i}):
            pass
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(known, "PATIENCE_S", 60.0)
    chosen = settings.load()
    assert len(known.known_runs(chosen.runs, chosen.store)) == 3
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two replicates, whose values are what JSON has no words for."""
    for seed in range(2):
        with Recorder(tmp_path / f"r{seed}", id=f"run0000{seed}", group="base", config={"seed": seed}) as log:
            log.log({"loss": 0.5, "bad": float("nan")})
            log.log({"loss": float("-inf"), "n": 2**60 + 1, "word": "NaN"})
    return tmp_path
