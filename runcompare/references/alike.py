"""Which of many runs may be the training that another is? Found without holding each against each.

Two runs that are one training agree in the settings that both know, and in the values of a measured curve at the same
steps. The first is exact: runs are looked up by those settings. Where that leaves many, runs are looked up by the
values at some of their steps: the first, the last, and some that are the same ones in every run.
"""

import math
import zlib
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from runcompare.records.config import essentials
from runcompare.records.run import Run
from runcompare.sources.kit.curves import is_measured, plain_name

__all__ = ["Alike"]

FEW = 100  # runs of the same settings that are held against each other, every one
FIRST, LAST, SPREAD = 8, 4, 20  # steps of a curve by which it is looked up
SMALLEST = 1e-300
DIGITS = 5  # of a value; neighbours are looked up, too

Point = tuple[str, float, int, int]


class Alike:
    """Runs that were added, each with its number, to be asked which of them a further run may be."""

    def __init__(self) -> None:
        self._settings: list[Mapping[str, Hashable]] = []
        self._of_keys: dict[frozenset[str], list[int]] = defaultdict(list)
        self._tables: dict[frozenset[str], dict[frozenset[str], dict[Hashable, list[int]]]] = defaultdict(dict)
        self._curves: list[Run] = []
        self._points: dict[Point, list[int]] = defaultdict(list)
        self._listed = 0  # runs whose points are in the table

    def add(self, run: Run) -> None:
        """Add a run, which gets the next number."""
        number, settings = len(self._settings), _settings(run)
        keys = frozenset(settings)
        self._settings.append(settings)
        self._curves.append(run)
        self._of_keys[keys].append(number)
        for common, table in self._tables[keys].items():
            table.setdefault(_values(settings, common), []).append(number)

    def of(self, run: Run) -> Sequence[int]:
        """The numbers of those that may be the same training, in the order in which they were added."""
        settings = _settings(run)
        keys = frozenset(settings)
        found: list[int] = []
        for theirs in list(self._of_keys):
            common = keys & theirs
            found += self._table(theirs, common).get(_values(settings, common), ())
        return sorted(found if len(found) <= FEW else self._with_points({*found}, run))

    def _table(self, keys: frozenset[str], common: frozenset[str]) -> dict[Hashable, list[int]]:
        """The runs that know `keys`, by their values of some of these."""
        tables = self._tables[keys]
        if common not in tables:
            table: dict[Hashable, list[int]] = {}
            for number in self._of_keys[keys]:
                table.setdefault(_values(self._settings[number], common), []).append(number)
            tables[common] = table
        return tables[common]

    def _with_points(self, numbers: set[int], run: Run) -> set[int]:
        """Those of the numbers that have a point of the run's curves."""
        for number in range(self._listed, len(self._curves)):
            for point in _points(self._curves[number]):
                self._points[point].append(number)
        self._listed = len(self._curves)
        near = ((name, step, size, digits + by) for name, step, size, digits in _points(run) for by in (-1, 0, 1))
        return {number for point in near for number in self._points.get(point, ())} & numbers


def _settings(run: Run) -> dict[str, Hashable]:
    return {key: _hashable(value) for key, value in essentials(run.config)}


def _values(settings: Mapping[str, Hashable], keys: frozenset[str]) -> Hashable:
    return tuple(settings[key] for key in sorted(keys))


def _hashable(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(item)) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(map(_hashable, value))
    return value if isinstance(value, Hashable) else repr(value)


def _points(run: Run) -> Iterator[Point]:
    """Some points of each measured curve, by name, step and the digits of the value."""
    for key in filter(is_measured, run.history.numeric_keys):
        series = run.history.series(key)
        steps, values = series.step.tolist(), series.value.tolist()
        last = [n for n, (a, b) in enumerate(pairwise((*steps, math.nan))) if a != b]  # the last value at a step counts
        chosen = sorted(last, key=lambda n: zlib.crc32(repr(steps[n]).encode()))[:SPREAD]
        for n in {*last[:FIRST], *last[-LAST:], *chosen}:
            if SMALLEST < abs(values[n]) < math.inf:
                size = math.floor(math.log10(abs(values[n])))
                yield plain_name(key), steps[n], size, round(values[n] / 10.0**size * 10**DIGITS)
