"""Source `mlflow-files`: MLflow's file store, a folder `mlruns/EXPERIMENT/RUN` for each run, without MLflow.

A location is the run's folder. Deleted runs are not listed. A run whose `meta.yaml` is damaged or gone is known by its
other files: it has no start and no state.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import most_rows
from runcompare.records.run import Lost, Run, RunInfo
from runcompare.sources.kit.files import has_more_lines, open_regular
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.yaml_file import read_settings
from runcompare.sources.mlflow.folder import METRICS, PARAMS, TAGS, RunFolder, changed
from runcompare.sources.mlflow.points import SYSTEM, Points, join
from runcompare.sources.mlflow.run import PARENT_TAG, SEED_KEYS, Reading, Record, info_of, run_of

if TYPE_CHECKING:
    from runcompare.sources.mlflow.long import LongPoints

__all__ = ["MlflowFiles"]

META = "meta.yaml"
_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_LARGEST_META = 1_000_000  # bytes
_SHORTEST = 6  # bytes of a line


class MlflowFiles:
    """Finds and reads run folders: all those below a folder `mlruns`, or one by its `meta.yaml` or, where that is gone,
    its folder of metrics."""

    name = "mlflow-files"
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.name in (META, "mlruns") or (
            path.name == METRICS and _RUN_ID.fullmatch(path.parent.name) is not None
        )

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if path.name == METRICS:
            metas = [] if changed(path.parent / META) else [path.parent / META]
        else:
            metas = sorted(path.glob(f"*/*/{META}")) if path.is_dir() else [path]
        for meta in metas:
            found = _peek(meta, *_stamp(meta))
            if found is not None and not found.deleted:
                yield info_of(found, self.name, str(meta.parent))

    def read(self, location: str) -> Run:
        folder = RunFolder(Path(location))
        record = _record(folder)
        if record is None:
            raise gone(f"{location} is no run of MLflow's.", location)
        points = _points(folder)
        if not (record.started or record.params or record.tags or len(points)):
            raise UnreadableRun(f"{location} holds nothing that can be read.", hint="It is damaged.")
        reading = Reading(points, Lost(folder.lost, folder.lost_bytes), folder.warnings)
        return run_of(record, reading, self.name, location)


def _points(folder: RunFolder) -> "Points | LongPoints":
    if any(_is_long(path) for key, path in folder.files(METRICS) if not key.startswith(SYSTEM)):
        from runcompare.sources.mlflow.files_long import long_points_of

        return long_points_of(folder)
    return join({key: some for key, path in folder.files(METRICS) if (some := folder.points(path)).times})


def _is_long(path: Path) -> bool:
    """Whether a metric's file has more lines than are held."""
    try:
        with open_regular(path, in_pieces=True) as file:
            size = file.seek(0, 2)
            return size > _SHORTEST * most_rows() and not file.seek(0) and has_more_lines(file, most_rows())
    except (UnreadableRun, OSError):
        return False


def _stamp(meta: Path) -> tuple[int, ...]:
    """Changes when what a listing shows of a run does."""
    watched = [meta, *(meta.parent / kind for kind in (PARAMS, TAGS, METRICS))]
    return tuple(map(changed, watched))


@lru_cache(maxsize=16_384)
def _peek(meta: Path, *_stamp: int) -> Record | None:
    return _record(RunFolder(meta.parent), SEED_KEYS)


def _record(folder: RunFolder, only: tuple[str, ...] | None = None) -> Record | None:
    """A run's description, tags and params (or `only` some); None if the folder is no run's."""
    record = _described(folder)
    if record is None:
        return None
    record.params, record.tags = folder.texts(PARAMS, only), folder.texts(TAGS)
    record.artifacts = str(folder.path.absolute() / "artifacts")
    record.experiment = _experiment(folder.path.parent / META)
    if parent := record.tags.get(PARENT_TAG):
        record.parent = _word(_mapping_or_none(folder.path.parent / Path(parent).name / META), "run_name")
    if record.status == "RUNNING":
        record.last = folder.changed_ms(METRICS)
    return record


def _described(folder: RunFolder) -> Record | None:
    stated = _mapping_or_none(folder.path / META)
    run_id = _run_id(stated, folder.path.name)
    if stated is not None and run_id and "experiment_id" in stated:
        status = stated.get("status")
        return Record(
            id=run_id,
            name=_word(stated, "run_name"),
            status=_STATUS.get(status) if isinstance(status, int) else _word(stated, "status"),
            started=_whole(stated.get("start_time")),
            ended=_whole(stated.get("end_time")),
            deleted=stated.get("lifecycle_stage") == "deleted",
        )
    if not _RUN_ID.fullmatch(folder.path.name) or not changed(folder.path / METRICS):
        return None
    folder.unread.append(f"{META} is {'damaged' if changed(folder.path / META) else 'gone'}.")
    return Record(id=folder.path.name)


def _run_id(stated: Mapping[Any, Any] | None, folder: str) -> str | None:
    """The id; the folder's name, which is the same, where YAML takes it for a number, as it does 6e657700..."""
    found = None if stated is None else stated.get("run_id") or stated.get("run_uuid")
    return found if isinstance(found, str) or not found else folder


@lru_cache(maxsize=1024)
def _name_in(meta: Path, _changed: int) -> str | None:
    return _word(_mapping_or_none(meta), "name")


def _experiment(meta: Path) -> str | None:
    return _name_in(meta, changed(meta))


def _word(stated: Mapping[Any, Any] | None, key: str) -> str | None:
    value = stated.get(key) if stated is not None else None
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < 2**63 else None


def _mapping_or_none(path: Path) -> Mapping[Any, Any] | None:
    """A small YAML file's mapping; None if there is none in it."""
    try:
        return read_settings(path, _LARGEST_META) or None
    except UnreadableRun:
        return None
