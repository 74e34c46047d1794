"""Sources that other packages register."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.references.resolve import resolve
from runcompare.sources import Source, read_run, registry, sources


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
