"""What the project's other groups say of a change: pairs of groups that differ in it and in nothing else.

Settings that are told apart by no group of the project are one change. To find pairs among many groups with many
settings, each configuration has a hash that is a sum over its settings: without one change, it is that sum less a few
terms.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, NamedTuple

from runcompare.comparison.model import ConfigChange
from runcompare.records.config import same_setting

__all__ = ["Observed", "PairOfGroups", "find_pairs"]


class PairOfGroups(NamedTuple):
    """Two groups, by their places, that differ in the settings `paths` alone; `new` has values nearer the candidate's.
    `whole`: the values are those of the candidate and of the baseline."""

    paths: tuple[str, ...]
    new: int
    old: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """The changes that some pair shows, and the settings that nothing tells apart."""

    pairs: tuple[PairOfGroups, ...]
    inseparable: tuple[tuple[str, ...], ...]


def find_pairs(configs: Sequence[Mapping[str, Any]], changes: Sequence[ConfigChange]) -> Observed:
    """Pairs of groups that differ in one change each.

    Args:
        configs: The groups' flat settings without bookkeeping; the first one is the candidate's, the second the
            baseline's.
        changes: What these two differ in.

    Returns:
        One pair a change at most, one of both sides' own values where there is one.
    """
    units = _units(configs, [change.path for change in changes])
    hashes = [sum(_term(key, value) for key, value in config.items()) for config in configs]
    pairs = [pair for unit in units if (pair := _pair(unit, configs, hashes)) is not None]
    return Observed(tuple(pairs), tuple(unit for unit in units if len(unit) > 1))


def _units(configs: Sequence[Mapping[str, Any]], paths: Sequence[str]) -> list[tuple[str, ...]]:
    """The paths by which groups they tell apart; those that tell the same ones apart belong together."""
    units: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for path in paths:
        seen: dict[Any, int] = {}
        units[tuple(seen.setdefault(_canonical(c.get(path)), len(seen)) for c in configs)].append(path)
    return [tuple(unit) for unit in units.values()]


def _pair(unit: tuple[str, ...], configs: Sequence[Mapping[str, Any]], hashes: Sequence[int]) -> PairOfGroups | None:
    alike: dict[int, list[int]] = defaultdict(list)
    for place, config in enumerate(configs):
        alike[hashes[place] - sum(_term(path, config.get(path)) for path in unit)].append(place)
    found = [pair for places in alike.values() if len(places) > 1 for pair in _directed(unit, configs, places)]
    return min(found, key=lambda pair: (not pair.whole, pair.new, pair.old), default=None)


def _directed(unit: tuple[str, ...], configs: Sequence[Mapping[str, Any]], places: Sequence[int]) -> list[PairOfGroups]:
    """Pairs of which one has the candidate's values, or the other one the baseline's."""
    new = [place for place in places if _same(unit, configs[place], configs[0])]
    old = [place for place in places if _same(unit, configs[place], configs[1])]
    between = [place for place in places if place not in new and place not in old]
    whole = [PairOfGroups(unit, a, b, True) for a in new[:1] for b in old[:1]]
    return [
        *whole,
        *(PairOfGroups(unit, a, b, False) for a in new[:1] for b in between),
        *(PairOfGroups(unit, a, b, False) for a in between for b in old[:1]),
    ]


def _same(unit: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(same_setting(one.get(path), other.get(path)) for path in unit)


def _term(key: str, value: Any) -> int:
    """A setting's part of a configuration's hash; one that is not there adds nothing, as None does."""
    return 0 if value is None else hash((key, _canonical(value)))


def _canonical(value: Any) -> Any:
    """Equal for settings that are the same (see `same_setting`), and hashable."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return "NaN" if value != value else value
    if isinstance(value, str) and value.startswith("/"):
        return "/", PurePath(value).name
    if isinstance(value, list | tuple):
        return tuple(_canonical(item) for item in value)
    return value if isinstance(value, str) else repr(value)
