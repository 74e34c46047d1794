"""Sources of other packages that fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import RunNotFound, UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources import Source, listing
from runcompare.sources.registry import Guarded

INFO = RunInfo("a", "a", "broken", "there")


class Broken:
    """Fails in one of its methods, or returns what is no run."""

    name = "broken"

    def __init__(self, where: str) -> None:
        self.where = where

    def accepts(self, path: Path) -> bool:
        return self._fail("accepts") or path.suffix == ".x"

    def scan(self, path: Path) -> Iterator[RunInfo]:
        self._fail("scan")
        yield INFO if self.where != "info" else "a"  # type: ignore[misc]

    def read(self, location: str) -> Run:
        self._fail("read")
        if self.where == "ours":
            raise RunNotFound("gone")
        return Run(INFO) if self.where != "run" else None  # type: ignore[return-value]

    def _fail(self, where: str) -> Any:
        if self.where == where:
            raise ZeroDivisionError("a\nb")
        return None


def use(where: str) -> Run:
    source = Guarded(Broken(where))
    assert isinstance(source, Source)
    source.accepts(Path("a.x"))
    assert list(source.scan_named(Path("a.x"))) == []
    assert list(source.scan(Path("a.x"))) == [INFO]
    return source.read("there")


def test_one_that_works_is_passed_on() -> None:
    assert use("nowhere").info == INFO


@pytest.mark.parametrize("where", ["accepts", "scan", "read", "info", "run"])
def test_failures_are_unreadable_runs(where: str) -> None:
    with pytest.raises(UnreadableRun, match="The source 'broken'"):
        use(where)


def test_our_errors_stay_what_they_are() -> None:
    with pytest.raises(RunNotFound, match="gone"):
        use("ours")


@pytest.mark.parametrize(("where", "said"), [("accepts", 1), ("scan", 3)])
def test_a_listing_goes_on(where: str, said: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(3):
        (tmp_path / f"{i}.x").write_text("")
    source = Guarded(Broken(where))
    monkeypatch.setattr(listing, "sources", lambda: {"broken": source})
    found = listing.list_runs([tmp_path])
    assert (found.runs, len(found.warnings)) == ((), said)
