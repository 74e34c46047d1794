"""Source `trackio`: Trackio's SQLite files, one a project, without Trackio.

They lie in `TRACKIO_DIR`, by default `~/.cache/huggingface/trackio`. A location is `FILE#RUN_ID`. Trackio keeps no
state and no end of a run: its state is unknown, and it ends with its last sign of life. A run that was resumed has no
start either, for Trackio overwrites it.
"""

from collections.abc import Iterator
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.sqlite import has_magic, query, tables_of
from runcompare.sources.trackio.run import Tables, info_of, is_project, list_known, read_run

__all__ = ["Trackio"]


class Trackio:
    """Finds and reads the runs of Trackio projects. A database that can't be read at all is left to others to name."""

    name = "trackio"
    keeps_ids = True

    def accepts(self, path: Path) -> bool:
        return path.suffix == ".db"

    def scan(self, path: Path) -> Iterator[RunInfo]:
        if path.is_dir() or not has_magic(path):
            return
        tables = _tables(path)
        if tables is None:
            return
        known = query(path, lambda db: list_known(db, tables))
        for run in known.runs:
            yield info_of(run, path)
        if known.damage:
            raise UnreadableRun(f"{path} is damaged ({known.damage}): runs or their configs may be missing.")

    def read(self, location: str) -> Run:
        path, _, run_id = location.rpartition("#")
        tables = tables_of(Path(path))
        if not is_project(tables):
            raise gone(f"{path} is no Trackio project.", path)
        return query(Path(path), lambda db: read_run(db, tables, Path(path), run_id))


def _tables(path: Path) -> Tables | None:
    try:
        tables = tables_of(path)
    except UnreadableRun:
        return None
    return tables if is_project(tables) else None
