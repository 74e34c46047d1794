"""A store in a folder shows a version whole or not at all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare.store.folder import FolderPlace
from runcompare.store.place import Version
from runcompare.store.store import Store

WRITER = """
import sys
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store.store import Store
store = Store(sys.argv[1])
rows = History.from_rows([{"_step": i, "x": i / 7} for i in range(20_000)])
for n in range(10_000):
    store.put(Run(RunInfo(f"run{n}", "n", "test", "here"), history=rows))
    print(n, flush=True)
"""


def test_a_kill_leaves_nothing_half_visible(tmp_path: Path) -> None:
    for round_ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.003 * round_)
        os.kill(writer.pid, signal.SIGKILL)
        printed = writer.communicate()[0].decode().split()
        store = Store(tmp_path)
        assert store.verify() == []
        kept = {info.id for info in store.infos()}
        assert {f"run{n}" for n in printed} <= kept
        assert all(len(store.get(run_id).history) == 20_000 for run_id in kept)
    store.sweep(older_than_s=0.0)
    assert not list(tmp_path.glob("runs/*/.tmp-*"))


def test_hidden_folders_are_no_versions_and_leave_when_old(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.write_version("home", "1-a", {"run.json": b"{}"})
    (tmp_path / "runs" / "home" / ".tmp-1").mkdir()
    assert (place.versions("home"), place.all_versions()) == (["1-a"], {"home": ["1-a"]})
    assert place.leftovers(3600.0) == []
    (left,) = place.leftovers(-1.0)
    assert left == Version("home", ".tmp-1")
    place.remove_version(*left)
    assert place.names("runs", "home") == ["1-a"]


def test_a_version_is_not_written_twice(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.write_version("home", "1-a", {"a": b"1"})
    with pytest.raises(OSError, match="1-a"):
        place.write_version("home", "1-a", {"a": b"2"})
    assert place.read("runs", "home", "1-a", "a") == b"1"
    assert place.names("runs", "home") == ["1-a"]


def test_what_is_not_there(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "none")
    assert (place.names("x"), place.versions("h"), place.all_versions(), place.leftovers(0)) == ([], [], {}, [])
    place.remove("x")
    assert not (tmp_path / "none").exists()
