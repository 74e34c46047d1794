"""Which runs meet a condition? Those of the folders as they are now, and those of the store; nothing is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from runcompare.pull.pull import Selection, changed, pull
from runcompare.records.run import RunInfo
from runcompare.store.sql import matching
from runcompare.store.store import Store

__all__ = ["Matches", "search"]


@dataclass(frozen=True, slots=True)
class Matches:
    """The runs found, by start; how many were read for it, since the store has them not or not as they are now."""

    runs: tuple[RunInfo, ...] = ()
    read: int = 0
    problems: tuple[str, ...] = ()


def search(
    condition: str,
    selection: Selection,
    store: Path | str,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Matches:
    """The runs of `selection` and of the store for which an SQL condition on the columns of table `runs` holds.

    What the store lacks goes into a temporary store for the time of the search. Raises UsageError for a condition
    that DuckDB can't read, MissingExtra without DuckDB, and DataError for a store that can't be read.
    """
    with TemporaryDirectory(prefix="runcompare-") as scratch:
        read = pull(changed(selection, store), scratch, progress=progress)
        found = matching(Store(store), condition, newer=Store(scratch))
        lost = tuple(f"Left out: {problem}" for problem in Store(store).listed().problems)
    return Matches(tuple(found), len(read.kept), (*read.problems, *lost))
