"""Labels for people: the shortest ends of paths that tell two sides apart."""

import os
from pathlib import Path

from runcompare.records.run import Group
from runcompare.sources.kit.path_ids import place_of, shortest_tails

__all__ = ["distinct_labels"]


def distinct_labels(one: Group, other: Group) -> tuple[str, str]:
    """Labels for two sides that have the same: `ppo/seed0` and `a2c/seed0`, else what was typed, else numbered."""
    places = [_place(group) for group in (one, other)]
    if places[0] is not None and places[1] is not None and places[0] != places[1]:
        first, second = shortest_tails([places[0], places[1]])
        return first, second
    if one.reference != other.reference:
        return one.reference, other.reference
    return f"{one.label} (candidate)", f"{other.label} (baseline)"


def _place(group: Group) -> Path | None:
    """The folder that holds a group's runs, or its only run."""
    if not all(run.info.location for run in group.runs):
        return None
    places = [place_of(run.info) for run in group.runs]
    return Path(os.path.commonpath(places))
