"""What a reference names, in a form that tests compare."""

from collections.abc import Callable
from pathlib import Path

from runcompare.records.run import Group

Make = Callable[..., Path]  # writes a run's record and returns its folder


def found(group: Group) -> list[str]:
    """The ids of a group's runs, sorted."""
    return sorted(run.id for run in group.runs)
