"""Stores in folders and on object storage, and runs to put there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runcompare.records.run import Run


@pytest.fixture(params=["folder", "file", "local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """`file://` is a folder; `local://` is the same disk as an object store, by fsspec."""
    where = {"folder": "", "file": "file://", "local": "local://", "memory": "memory:/"}[request.param]
    return f"{where}{tmp_path}/store"


@pytest.fixture
def numbered(full_run: Run) -> Callable[[int], list[Run]]:
    """So many runs that differ by id and start."""
    return lambda count: [
        replace(full_run, info=replace(full_run.info, id=f"r{i}", started_at=float(i))) for i in range(count)
    ]
