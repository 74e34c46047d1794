"""Each write, sync, rename, open and close fails in turn, once and for ever: nothing old is lost, and it is said."""

import os
from pathlib import Path

import pytest
from faulty_work import WORKS, Case, cases, try_case

EVERY = bool(os.environ.get("RUNCOMPARE_FAULTS"))
FEW = [
    Case("write", "short", False),
    Case("write", "full", True),
    Case("fsync", "broken", False),
    Case("rename", "read-only", True),
    Case("open", "too many open", False),
    Case("close", "full", False),
]


@pytest.mark.parametrize("case", list(cases()) if EVERY else FEW, ids=str)
@pytest.mark.parametrize("name", [name for name in WORKS if EVERY or name not in ("report", "checkpoint")])
def test_a_failing_disk(name: str, case: Case, tmp_path: Path) -> None:
    tried = list(try_case(WORKS[name], case, tmp_path))
    print(f"faults {name} {'/'.join(map(str, case))}: {len(tried)} tried, {sum(map(bool, tried))} wrong")
    assert [line for line in tried if line] == []


@pytest.mark.parametrize("case", [Case("rename", "full", False), Case("write", "full", True)], ids=str)
@pytest.mark.parametrize("name", ["report", "checkpoint"])
def test_a_failing_disk_of_slow_work(name: str, case: Case, tmp_path: Path) -> None:
    assert [line for line in try_case(WORKS[name], case, tmp_path) if line] == []
