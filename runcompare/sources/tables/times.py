"""When a table's attempts ran, by what their rows say: added up piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from runcompare.records.history import RUNTIME, TIME
from runcompare.records.run import Attempt, time_of_attempts
from runcompare.sources.kit.attempts import Joined

__all__ = ["Kept", "Times", "attempts_by_times", "runtime_by_times", "times_of"]


@dataclass(slots=True)
class _Axis:
    """What is known of an axis' finite values."""

    count: int = 0
    first: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def add(self, frame: pl.DataFrame, name: str) -> None:
        if name not in frame.columns or not frame.schema[name].is_numeric():
            return
        column = frame[name].cast(pl.Float64)
        known = column.filter(column.is_finite().fill_null(False)).to_numpy()
        if not len(known):
            return
        if not self.count:
            self.first, self.low, self.high = float(known[0]), float(known[0]), float(known[0])
        self.low, self.high = min(self.low, float(known.min())), max(self.high, float(known.max()))
        self.count += len(known)


class Times:
    """The time and the clock of an attempt's rows."""

    def __init__(self) -> None:
        self.time, self.clock = _Axis(), _Axis()

    def add(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        self.time.add(frame, TIME)
        self.clock.add(frame, RUNTIME)

    @property
    def start(self) -> float | None:
        """When the program began: its first row's time, less the seconds that it ran until then if the row has them."""
        time, clock = self.time, self.clock
        if not time.count:
            return None
        ran = clock.first if clock.count == time.count and time.first == time.low else 0.0
        return time.low - max(ran, 0.0)


@dataclass(frozen=True, slots=True)
class Kept:
    """Of a table of several attempts whose rows are too many to be held: those that are kept, and when each ran."""

    joined: Joined
    times: tuple[Times, ...]


def times_of(frame: pl.DataFrame) -> Times:
    """Those of rows that are held."""
    found = Times()
    found.add(frame)
    return found


def attempts_by_times(times: Sequence[Times]) -> tuple[Attempt, ...]:
    """The attempts that have times."""
    found: list[Attempt] = []
    elapsed = 0.0
    for one in times:
        goes_on = bool(found and one.clock.count and one.clock.first >= elapsed)  # it doesn't say when this one began
        start = one.time.low if goes_on and one.time.count else None if goes_on else one.start
        if start is not None:
            found.append(Attempt(start, one.time.high))
        elapsed = one.clock.high if one.clock.count else elapsed
    return tuple(found)


def runtime_by_times(times: Sequence[Times], attempts: Sequence[Attempt]) -> float | None:
    """The run's own clock at the end, of each attempt where it starts anew; else from the first row to the last."""
    ends: list[float] = []
    for clock in (one.clock for one in times if one.clock.count):
        ends = [*(ends if ends and clock.first < ends[-1] else ()), clock.high]
    return sum(ends) if ends else time_of_attempts(attempts)
