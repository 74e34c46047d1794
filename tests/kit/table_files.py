"""Tables read back: the one run of a file, and its rows."""

from pathlib import Path
from typing import Any

from runcompare.records.as_json import rows_of
from runcompare.records.run import Run
from runcompare.sources.tables.source import TableFiles


def one(path: Path) -> Run:
    (info,) = TableFiles().scan_named(path)
    run = TableFiles().read(info.location)
    assert run.info == info
    return run


def logged(run: Run) -> list[dict[str, Any]]:
    """Rows without our own axes; NaN as a word, so that rows compare."""
    own = ("_step", "_timestamp", "_runtime")
    return [{k: v for k, v in row.items() if k not in own} for row in rows_of(run.history)]
