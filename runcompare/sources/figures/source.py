"""Source `figures`: files with a training's final figures, one JSON object: `metrics.json`, `eval_results.json`, ...

The numbers are the final values, those of nested objects as `outer/inner`; an object `config`, `args` or `params` is
the config, and so is a `seed`. The files of one folder are one run without a history: a name that two of them use with
different numbers goes below the later file's (`test_results/accuracy`). An object in which no number is known to be a
result is no run, unless its file is named. A location is the folder, or a named file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.metrics.registry import lookup
from runcompare.records.run import Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.json_file import is_number, read_object
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.kit.named_files import has_history_beside, run_of_figures

__all__ = ["FinalFigures"]

# in the order in which they are read; the first is the one that keeps its names
NAMES = (
    *("metrics.json", "final_metrics.json", "results.json", "all_results.json", "eval_results.json"),
    *("test_results.json", "train_results.json", "eval_metrics.json", "test_metrics.json", "summary.json"),
)
_SETTINGS = ("config", "args", "params", "hparams", "hyperparameters")
_RESULTS = ("quality", "loss")
_DEEPEST = 6
_FOREIGN = ("run.json", "plots")  # Sacred's and DVCLive's `metrics.json` are theirs


class FinalFigures:
    """Finds and reads files of final figures."""

    name = "figures"

    def accepts(self, path: Path) -> bool:
        return path.name in NAMES or run_of_figures(path.name) is not None

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run of the file's folder, when asked of the first file in which a result is known; that of a file
        which is called after a training whose rows stand beside it."""
        if (run := run_of_figures(path.name)) and path.name not in NAMES:
            if has_history_beside(path, run) and _is_result(path):
                yield _info(path, _read(path))
            return
        first = next((p for p in _files(path.parent) if _is_result(p)), None)
        if path == first:
            yield _info(path.parent, _read(path.parent))

    def why_not(self, path: Path) -> str:
        """Why a file that is called as final figures are is no run; empty for a part of one, and for rows."""
        if path not in _files(path.parent) or _object(path) is None or _is_result(path):
            return ""
        return "no number in it is known to be a result (what is named is read)"

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        """The run of a named file alone; nothing for what is no JSON object."""
        if path.suffix == ".json" and not path.is_dir() and (entry := _object(path)) is not None:
            if not any(True for _ in _numbers(entry)):
                raise UnreadableRun(f"{path} holds no numbers.", hint="Name a file of final figures, or of rows.")
            yield _info(path, _read(path))

    def read(self, location: str) -> Run:
        place = Path(location)
        found = _read(place)
        draft = Draft(_info(place, found), config=found.config, summary=found.figures, warnings=(*found.warnings,))
        return assemble(draft)


class _Figures(NamedTuple):
    figures: dict[str, float]
    config: dict[str, Any]
    warnings: tuple[str, ...] = ()


def _files(folder: Path) -> list[Path]:
    """The folder's files of figures, but for what other trackers call so too."""
    there = [folder / name for name in NAMES if (folder / name).is_file()]
    foreign = any((folder / name).exists() for name in _FOREIGN)
    return [path for path in there if not (foreign and path.name == NAMES[0])]


def _info(place: Path, found: _Figures) -> RunInfo:
    name = name_of(place) if place.is_dir() else _name_of_file(place)
    mark = repr(sorted(found.figures.items())).encode()
    return RunInfo(made_id(name, mark), name, FinalFigures.name, str(place), seed=find_seed(found.config))


def _name_of_file(path: Path) -> str:
    """A file that is called as all are is known by its folder."""
    if path.name in NAMES:
        return name_of(path.parent)
    run = run_of_figures(path.name)
    return run if run and has_history_beside(path, run) else path.stem


def _object(path: Path) -> dict[str, Any] | None:
    """None for a history: rows or columns, which the source of tables reads."""
    try:
        entry = read_object(path)
    except UnreadableRun:
        return None
    columns = entry.get("history", entry)
    is_history = isinstance(columns, list) or (
        isinstance(columns, Mapping) and columns and all(isinstance(column, list) for column in columns.values())
    )
    return None if is_history else entry


def _is_result(path: Path) -> bool:
    """Is a number in it known to be a result?"""
    entry = _object(path)
    return entry is not None and any(lookup(key).kind in _RESULTS for key, _ in _numbers(entry))


def _read(place: Path) -> _Figures:
    """Raises UnreadableRun if there is no number."""
    files = [path for path in _files(place) if _is_result(path)] if place.is_dir() else [place]
    folder = place if place.is_dir() else place.parent
    settings = config_beside(folder)
    figures: dict[str, float] = {}
    config = dict(settings.values)
    for path in files:
        entry = read_object(path)
        for key, number in _numbers(entry):
            taken = key in figures and figures[key] != number and figures[key] == figures[key]
            figures[f"{path.stem}/{key}" if taken else key] = number
        config |= _settings(entry)
    if not figures:
        raise gone(f"{place} holds no figure.", place)
    return _Figures(figures, config, settings.warnings)


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"seed": entry["seed"]} if isinstance(entry.get("seed"), int) else {}
    for name in _SETTINGS:
        section = entry.get(name)
        found |= section if isinstance(section, Mapping) else {}
    return found


class _Number(NamedTuple):
    key: str
    value: float


def _numbers(entry: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[_Number]:
    """The numbers in an object and below it, without the settings."""
    for key, value in entry.items():
        if is_number(value) and not (not prefix and key == "seed"):
            yield _Number(f"{prefix}{key}", value)
        elif isinstance(value, Mapping) and depth < _DEEPEST and not (not prefix and key in _SETTINGS):
            yield from _numbers(value, f"{prefix}{key}/", depth + 1)
