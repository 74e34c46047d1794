"""Many writers beside readers, a gc and a verify: every commit is there, nobody sees damage."""

import os
import subprocess
import sys
from pathlib import Path

from runcompare.store.store import Store

WRITERS = int(os.environ.get("RUNCOMPARE_WRITERS", "4"))
COMMITS = int(os.environ.get("RUNCOMPARE_COMMITS", "80"))

PREPARE = """
import sys, time
from pathlib import Path
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store.store import Store
store, me, stop = Store(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
"""
WRITER = """
rows = History.from_rows([{"_step": i, "x": i / 7} for i in range(20)])
for n in range(int(sys.argv[4])):
    run = Run(RunInfo(f"{me}-{n // 2}", me, "test", "here"), {"n": n}, history=rows)  # each second one supersedes
    print(store.put(run).name, flush=True)
    if n % 20 == 19:
        store.write_index()
"""
READER = """
while not stop.exists():
    listed = store.listed()
    assert not listed.problems, listed.problems
    for info in listed.infos[-20:]:
        assert len(store.get(info.id).history) == 20
"""
GC = """
while not stop.exists():
    store.remove(store.superseded(1))
    store.write_index()
"""
VERIFY = """
while not stop.exists():
    found = store.verify()
    assert not found, found
"""


def test_every_commit_is_there(tmp_path: Path) -> None:
    store, stop, each = tmp_path / "s", tmp_path / "stop", COMMITS // WRITERS

    def start(code: str, name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PREPARE + code, str(store), name, str(stop), str(each)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    others = [start(code, "other") for code in (*[READER] * min(4, WRITERS), GC, VERIFY)]
    writers = [start(WRITER, f"w{n}") for n in range(WRITERS)]
    acknowledged = [line for writer in writers for line in writer.communicate()[0].splitlines()]
    stop.touch()
    ended = [(other.communicate()[1], other.returncode) for other in others]
    assert ended == [("", 0)] * len(others)
    assert len(set(acknowledged)) == each * WRITERS
    lake = Store(store)
    assert lake.verify() == []
    runs = {outline.info.id: outline.config["n"] for outline in lake.outlines()}
    assert runs == {f"w{w}-{n // 2}": n for w in range(WRITERS) for n in range(1, each, 2)}  # the later of each two
    print(f"commits acknowledged and there: {len(set(acknowledged))} of {each * WRITERS}; writers: {WRITERS}")
