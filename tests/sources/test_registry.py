"""Sources that other packages register."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import RuncompareError, RunNotFound, UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.references.resolve import resolve
from runcompare.sources import Source, listing, read_run, registry, sources
from runcompare.sources.guarded import Guarded

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
    source = Guarded(Broken(where), is_ours=False)
    assert isinstance(source, Source)
    source.accepts(Path("a.x"))
    assert list(source.scan_named(Path("a.x"))) == []
    assert list(source.scan(Path("a.x"))) == [INFO]
    return source.read("there")


class Dots:
    """One run a `.dots` file; its dots are its loss."""

    name = "dots"

    def accepts(self, path: Path) -> bool:
        return path.suffix == ".dots"

    def scan(self, path: Path) -> Iterator[RunInfo]:
        yield RunInfo(path.stem, path.stem, self.name, str(path))

    def read(self, location: str) -> Run:
        path = Path(location)
        return Run(next(self.scan(path)), summary={"loss": path.read_text().count(".")})


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    def register(value: str) -> None:
        point = EntryPoint("extra", value, registry.ENTRY_POINTS)
        monkeypatch.setattr(registry, "entry_points", lambda group: [point])
        registry.sources.cache_clear()

    yield register
    monkeypatch.undo()
    registry.sources.cache_clear()


def test_a_third_partys_source_is_used(tmp_path: Path, register) -> None:
    register(f"{__name__}:Dots")
    (tmp_path / "r1.dots").write_text("...")
    assert resolve("r1", roots=[tmp_path]).runs[0].summary == {"loss": 3}


@pytest.mark.parametrize("value", ["no.such.module:X", f"{__name__}:Nothing", "builtins:dict"])
def test_a_broken_entry_point_is_named(register, value: str) -> None:
    register(value)
    with pytest.raises(RuncompareError, match="'extra'"):
        sources()


def test_ours_are_sources() -> None:
    assert list(sources())[:2] == ["recorder", "wandb"]
    assert {"mlflow", "mlflow-files", "trackio", "yaml"} < set(sources())
    assert all(isinstance(source, Source) for source in sources().values())


def test_a_run_of_an_absent_source_is_unreadable() -> None:
    with pytest.raises(UnreadableRun, match="No source 'gone'"):
        read_run(RunInfo("a", "a", "gone", "here"))


def test_one_that_works_is_passed_on() -> None:
    assert use("nowhere").info == INFO


@pytest.mark.parametrize("where", ["accepts", "scan", "read", "info", "run"])
def test_failures_are_unreadable_runs(where: str) -> None:
    with pytest.raises(UnreadableRun, match="source 'broken'"):
        use(where)


def test_our_errors_stay_what_they_are() -> None:
    with pytest.raises(RunNotFound, match="gone"):
        use("ours")


@pytest.mark.parametrize(("where", "count"), [("accepts", 1), ("scan", 3)])
def test_a_listing_goes_on(where: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(3):
        (tmp_path / f"{i}.x").write_text("")
    source = Guarded(Broken(where))
    monkeypatch.setattr(listing, "sources", lambda: {"broken": source})
    found = listing.list_runs([tmp_path])
    assert (found.runs, len(found.warnings)) == ((), count)


def test_secrets_of_another_packages_runs_are_taken_out() -> None:
    class Telling(Broken):
        def read(self, location: str) -> Run:
            return Run(INFO, config={"api_key": "abc"})

    run = Guarded(Telling("nowhere"), is_ours=False).read("there")
    assert run.config == {"api_key": "(redacted)"}
    assert "the config" in run.warnings[-1]
