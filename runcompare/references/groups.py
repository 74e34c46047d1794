"""Which groups of replicates are there, what tells them apart, and how is each referred to?

Every run is read: what a run was told stands in its log, not in its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runcompare.errors import RuncompareError
from runcompare.records.boundary import boundary
from runcompare.records.config import essentials, same_setting
from runcompare.records.run import Group, Grouping, Log, Run, RunInfo
from runcompare.references.local import find_local
from runcompare.references.places import Places
from runcompare.references.replicates import differences, knows_settings, seedless, signature, without_seed
from runcompare.references.trainings import one_each
from runcompare.sources.registry import read_run, training_key

__all__ = ["FoundGroup", "FoundGroups", "Neighbour", "found_groups", "grouped", "neighbour"]


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Replicates that were found. `group.reference` is what to type for them; `shared` are the settings that all their
    runs have, `differs` those of them that other groups have otherwise."""

    group: Group
    shared: Mapping[str, Any]
    differs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """The groups, largest first; `warnings` say what could not be read and what was made one training, and
    `passed_over` what was not looked into; `again` are logs of the runs that were not read, by the runs' ids."""

    groups: tuple[FoundGroup, ...]
    warnings: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    again: Mapping[str, tuple[Log, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The run outside of a group that is most like it, and what keeps it out: a setting and both values."""

    run: Run
    apart: Mapping[str, tuple[Any, ...]]


def found_groups(places: Places, replicate_keys: Sequence[str] = ()) -> FoundGroups:
    """The trainings below the folders, grouped by equal settings, else by names that differ by the seed only."""
    runs, problems = _read(places)
    each = one_each(runs)
    local = places.local
    found = grouped(each.runs, local.runs, replicate_keys)
    return FoundGroups(found, (*local.warnings, *problems, *each.notes), local.passed_over, local.again)


def grouped(
    runs: Sequence[Run], listed: Sequence[RunInfo], replicate_keys: Sequence[str] = ()
) -> tuple[FoundGroup, ...]:
    """Trainings that were read, grouped, the largest group first; `listed` are all that references are told from."""
    families: dict[str, list[Run]] = {}
    for run in runs:
        families.setdefault(_family(run, replicate_keys), []).append(run)
    parts = [part for family in families.values() for part in _agreeing(family, replicate_keys)]
    varied = _varied(parts)
    found = [_group(part, listed, varied) for part in parts]
    return tuple(sorted(found, key=lambda one: (-len(one.group), one.group.label)))


def neighbour(group: Group, others: Sequence[Group]) -> Neighbour | None:
    """The run of another group that differs least from this one's."""
    pairs = [Neighbour(other.runs[0], differences((group.runs[0], other.runs[0]))) for other in others]
    return min(pairs, key=lambda pair: (len(pair.apart), pair.run.id), default=None)


class _Opened(NamedTuple):
    runs: list[Run]
    problems: list[str]


def _read(places: Places) -> _Opened:
    opened = _Opened([], [])
    for info in places.local.runs:
        try:
            with boundary(info.location or info.id):
                run = places.read_local(info)
                knows_settings(run)
                signature(run)
            opened.runs.append(run)
        except RuncompareError as error:
            opened.problems.append(error.message)
    return opened


def _family(run: Run, replicate_keys: Sequence[str]) -> str:
    if knows_settings(run):
        return f"settings {run.info.project} {signature(run, replicate_keys)}"
    return f"names {seedless(run) or run.id}"


def _agreeing(runs: Sequence[Run], replicate_keys: Sequence[str]) -> list[list[Run]]:
    """Runs of one family, apart where what they logged of their settings differs."""
    parts: list[list[Run]] = []
    for run in runs:
        for part in parts:
            if not differences((part[0], run), replicate_keys):
                part.append(run)
                break
        else:
            parts.append([run])
    return parts


def _varied(parts: Sequence[Sequence[Run]]) -> frozenset[str]:
    """The settings that are not the same in all groups."""
    flat = [dict(essentials(part[0].config)) for part in parts]
    keys = {key for config in flat for key in config}
    return frozenset(k for k in keys if any(not same_setting(flat[0].get(k), config.get(k)) for config in flat[1:]))


def _group(runs: Sequence[Run], listed: Sequence[RunInfo], varied: frozenset[str]) -> FoundGroup:
    shared = dict(essentials(runs[0].config))
    differs = {key: shared[key] for key in sorted(shared) if key in varied}
    reference = _reference(runs, listed, differs)
    kind = Grouping.SETTINGS if knows_settings(runs[0]) or len(runs) == 1 else Grouping.NAMES
    return FoundGroup(Group(reference, reference, tuple(runs), grouping=kind), shared, differs)


def _reference(runs: Sequence[Run], listed: Sequence[RunInfo], differs: Mapping[str, Any]) -> str:
    """The shortest of what a user can type that names these runs and no others."""
    wanted = {training_key(run.info) for run in runs}
    groups = {run.info.group for run in runs if run.info.group}
    patterns = {pattern for run in runs if (pattern := without_seed(run.id))}
    options: list[str] = [*groups, *(patterns if len(patterns) == 1 else ())]
    if len(runs) == 1:
        options = [runs[0].id]
    for option in options:
        if _names_exactly(option, listed, wanted):
            return option
    if differs and not any(isinstance(value, list | tuple | dict) for value in differs.values()):
        condition = " AND ".join(f"config:{key}={value}" for key, value in differs.items())
        if len(differs) <= 3 and _names_exactly(condition, listed, wanted):
            return condition
    return ",".join(run.id for run in runs)


def _names_exactly(reference: str, listed: Sequence[RunInfo], wanted: set[str]) -> bool:
    try:
        found = find_local(reference, listed, read_run)
    except RuncompareError:
        return False
    return found is not None and {training_key(info) for info in found.infos} == wanted
