"""Which groups of the project's history tell of the noise here? Those that measured the same thing, to the end.

The metric, the data and the evaluation's settings are those of the runs compared. A run that stopped short of its
siblings is no result: its last value would make the noise as large as a training's progress.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from runcompare.comparison.comparable import DATA, FINGERPRINT, TRAINING_SHARE, WHERE
from runcompare.comparison.left_out import PARTIAL, left_out
from runcompare.metrics.value import value
from runcompare.records.config import flatten, same_setting
from runcompare.records.run import Group, Run

__all__ = ["Past", "usable_history"]

NAMED = 5  # groups that are left out for one reason


class Past(NamedTuple):
    """Groups whose runs are results of the same kind, and what was left out."""

    groups: tuple[Group, ...]
    notes: tuple[str, ...]


def usable_history(history: Sequence[Group], side: Group, key: str) -> Past:
    """The groups to learn the noise of metric `key` from, for runs such as those of `side`."""
    groups: list[Group] = []
    notes: list[str] = []
    apart: dict[str, list[str]] = {}  # groups left out, by why
    for group in history:
        if other := _other_data(group.runs[0], side.runs[0]):
            apart.setdefault(other, []).append(group.label)
            continue
        out = left_out(group.runs, key, unknown=PARTIAL)
        notes += [f"History: {run} of {group.label} is left out: {why}." for run, why in out.items()]
        kept = tuple(run for run in group.runs if run.id not in out)
        if sum(value(run, key).mid is not None for run in kept) < 2:
            few = f"fewer than two runs have a result {key}"
            apart.setdefault(few, []).append(group.label)
            continue
        groups.append(replace(group, runs=kept))
        notes += [f"History: {note}" for note in group.notes]
    left = [f"History: {_listed(labels)} left out: {why}." for why, labels in apart.items()]
    return Past(_told_apart(groups), (*left, *notes))


def _told_apart(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups with labels of their own, by which their values are kept."""
    counts = Counter(group.label for group in groups)
    return tuple(
        replace(group, label=f"{group.label} ({group.runs[0].id})") if counts[group.label] > 1 else group
        for group in groups
    )


def _listed(labels: Sequence[str]) -> str:
    """The groups by name, the first few of many."""
    if len(labels) == 1:
        return f"{labels[0]} is"
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return f"{', '.join(labels[:NAMED])}{more} are"


def _other_data(run: Run, side: Run) -> str:
    """The first setting of data or evaluation in which a run of the history differs; empty if none is known to."""
    theirs, ours = _settings(run), _settings(side)
    apart = (k for k in sorted({*theirs} & {*ours}) if not same_setting(theirs[k], ours[k]))
    return next((f"{key} is {theirs[key]} there and {ours[key]} here" for key in apart), "")


def _settings(run: Run) -> Mapping[str, Any]:
    return {
        key: value
        for key, value in flatten(run.config)
        if (DATA.search(key) or FINGERPRINT.search(key)) and not WHERE.search(key) and not TRAINING_SHARE.search(key)
    }
