"""Source `catboost`: the folder `catboost_info`, with the errors on the learning and the test sets.

`catboost_training.json` states which way each metric is better, and the time of each iteration; where it is damaged,
the tables `learn_error.tsv`, `test_error.tsv` and `time_left.tsv` are read. Keys are `SET/METRIC`, sets being called as
CatBoost does: `learn`, `test`, `test1`. CatBoost keeps no settings there: those in a usual file beside it are taken. A
location is the folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.columns import frame_of_objects
from runcompare.records.history import RUNTIME, STEP
from runcompare.records.run import DeclaredMetric, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.files import read_whole
from runcompare.sources.kit.json_file import is_number, read_object
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.tables.from_csv import table_of_csv

__all__ = ["CatBoost"]

TRAINING, LEARN, TEST, TIMES = "catboost_training.json", "learn_error.tsv", "test_error.tsv", "time_left.tsv"
_FOLDER = "catboost_info"
_ITERATION = "iter"


class CatBoost:
    """Finds and reads CatBoost's training folders."""

    name = "catboost"

    def accepts(self, path: Path) -> bool:
        return path.name in (TRAINING, LEARN, TEST)

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run of the file's folder, when asked of the first of its files."""
        there = next(name for name in (TRAINING, LEARN, TEST) if (path.parent / name).is_file())
        if path.name == there:
            yield _info(path.parent, _log(path.parent).frame)

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if self.accepts(path):
            yield _info(path.parent, _log(path.parent).frame)

    def read(self, location: str) -> Run:
        folder = Path(location)
        log, settings = _log(folder), config_beside(_home(folder))
        last = log.frame[RUNTIME].drop_nulls() if RUNTIME in log.frame.columns else pl.Series()
        draft = Draft(
            _info(folder, log.frame),
            config=settings.values,
            history=log.frame,
            runtime_s=float(last[-1]) if len(last) else None,
            declared=log.declared,
            warnings=(*log.warnings, *settings.warnings),
        )
        return assemble(draft)


class _Log(NamedTuple):
    frame: pl.DataFrame
    declared: tuple[DeclaredMetric, ...] = ()
    warnings: tuple[str, ...] = ()


def _home(folder: Path) -> Path:
    """The training's own folder."""
    return folder.absolute().parent if folder.name == _FOLDER else folder


def _info(folder: Path, frame: pl.DataFrame) -> RunInfo:
    name = name_of(_home(folder))
    first = repr(frame.drop(RUNTIME, strict=False).head(1).to_dicts()).encode()
    seed = find_seed(config_beside(_home(folder)).values)
    return RunInfo(made_id(name, first), name, CatBoost.name, str(folder), seed=seed)


def _log(folder: Path) -> _Log:
    """Raises UnreadableRun if neither the JSON nor a table holds an iteration."""
    damaged: tuple[str, ...] = ()
    if (folder / TRAINING).is_file():
        try:
            return _of_json(read_object(folder / TRAINING))
        except UnreadableRun as error:
            damaged = (error.message,)
    tables = [_table(folder / name, prefix) for name, prefix in ((LEARN, "learn/"), (TEST, "test/"), (TIMES, ""))]
    found = [table for table in tables if table is not None and table.height]
    if not found:
        raise UnreadableRun(damaged[0] if damaged else f"{folder} holds no iteration of CatBoost's.")
    frame = found[0]
    for table in found[1:]:
        frame = frame.join(table, on=STEP, how="full", coalesce=True, maintain_order="left_right")
    if "Passed" in frame.columns:  # milliseconds
        frame = frame.with_columns((pl.col("Passed") / 1e3).alias(RUNTIME)).drop("Passed", "Remaining", strict=False)
    return _Log(frame.sort(STEP), warnings=damaged)


def _table(path: Path, prefix: str) -> pl.DataFrame | None:
    if not path.is_file():
        return None
    frame = table_of_csv(read_whole(path).decode(errors="replace"), separator="\t").frame
    if _ITERATION not in frame.columns:
        return None
    return frame.rename({name: STEP if name == _ITERATION else f"{prefix}{name}" for name in frame.columns})


def _of_json(training: Mapping[str, Any]) -> _Log:
    meta, rows = training.get("meta"), training.get("iterations")
    if not isinstance(meta, Mapping) or not isinstance(rows, list) or not rows:
        raise UnreadableRun(f"{TRAINING} holds no iterations.")
    keys = {name: _keys(meta, name) for name in (*_list(meta, "learn_sets"), *_list(meta, "test_sets"))}
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    for number, row in enumerate(row for row in rows if isinstance(row, Mapping)):
        values = {STEP: row.get("iteration", number), RUNTIME: row.get("passed_time")}
        for name, metrics in keys.items():
            values |= dict(zip(metrics, row.get(name) or (), strict=False))
        for key, value in values.items():
            if is_number(value):
                at, column = cells.setdefault(key, ([], []))
                at.append(number)
                column.append(value)
    frame, warnings = frame_of_objects(cells, len(rows))
    return _Log(frame, tuple(_declared(meta, keys)), tuple(warnings))


def _list(meta: Mapping[str, Any], name: str) -> list[Any]:
    return found if isinstance(found := meta.get(name), list) else []


def _metrics(meta: Mapping[str, Any], of: str) -> list[Mapping[str, Any]]:
    """The metrics of a set: their names, and which value of each is best."""
    which = "learn_metrics" if of in _list(meta, "learn_sets") else "test_metrics"
    return [m for m in _list(meta, which) if isinstance(m, Mapping)]


def _keys(meta: Mapping[str, Any], of: str) -> list[str]:
    return [f"{of}/{metric.get('name')}" for metric in _metrics(meta, of)]


def _declared(meta: Mapping[str, Any], keys: Mapping[str, list[str]]) -> Iterator[DeclaredMetric]:
    """CatBoost stops and selects by the first metric of the first test set."""
    tests = _list(meta, "test_sets")
    for name, some in keys.items():
        for number, (key, metric) in enumerate(zip(some, _metrics(meta, name), strict=True)):
            best = str(metric.get("best_value")).lower()
            if best in ("min", "max"):
                yield DeclaredMetric(key, best, name in tests[:1] and number == 0, TRAINING)
