"""The words that completion offers: cached, current, and never waited for."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare import Recorder, settings
from runcompare.cli import known_runs as known
from runcompare.sources import list_runs, read_run
from runcompare.store.store import Store

HEAVY = {"numpy", "pandas", "polars", "matplotlib", "scipy", "torch"}


def ids() -> list[str]:
    chosen = settings.load()
    return [run.id for run in known.known_runs(chosen.runs, chosen.store)]


def test_runs_of_the_store_are_known(project: Path) -> None:
    info = next(i for i in list_runs([project / "runs"]).runs if i.id == "aaaa1111")
    Store(os.environ["RUNCOMPARE_STORE"]).put(read_run(info))
    shutil.rmtree(project / "runs" / "aaaa1111")
    assert sorted(ids()) == ["aaaa1111", "bbbb2222", "cccc3333"]


def test_what_changes_is_seen_though_words_are_cached(project: Path) -> None:
    (cache,) = (project / "cache" / "runcompare").glob("known-runs-*.json")
    assert len(json.loads(cache.read_bytes())["runs"]) == 3
    with Recorder(project / "runs" / "new", id="dddd4444"):
        pass
    assert "dddd4444" in ids()
    cache.write_bytes(b"garbage")
    assert "dddd4444" in ids()


def test_cached_words_are_offered_without_listing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids()
    monkeypatch.setattr(known, "_list", lambda *_: pytest.fail("listed"))
    assert ids() == before


def test_folders_that_hang_are_not_waited_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object) -> list[known.Known]:
        time.sleep(30)
        return []

    shutil.rmtree(project / "cache")
    monkeypatch.setattr(known, "_list", hang)
    monkeypatch.setattr(known, "PATIENCE_S", 0.1)
    start = time.monotonic()
    assert ids() == []
    assert time.monotonic() - start < 5
    assert not list(project.glob("cache/**/*.json"))


def test_cached_words_import_nothing_heavy(project: Path) -> None:
    """A shell waits for the answer; numpy alone would take twice as long as all the rest."""
    code = (
        "import sys; from runcompare import settings; from runcompare.cli.known_runs import known_runs;"
        "chosen = settings.load(); assert len(known_runs(chosen.runs, chosen.store)) == 3;"
        "import runcompare.cli.completion; print(*{m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY
