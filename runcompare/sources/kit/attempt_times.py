"""When each attempt at a run ran, where the tracker keeps one start and one end for all of them. Unix seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.records.pauses import FEWEST, longest_usual, unusual
from runcompare.records.run import Attempt

__all__ = ["AttemptTimes", "Signs", "attempts_by_clock", "attempts_by_signs"]

# where a tracker states that the run went on, only a long silence speaks against it: a final test may take minutes
SILENCE = 3600.0  # seconds
_MOST_GAPS = 100_000
DRIFT = 60.0  # seconds by which two clocks may come apart without a pause


class AttemptTimes(NamedTuple):
    """The attempts by start; `warnings` say what was assumed."""

    attempts: tuple[Attempt, ...]
    warnings: tuple[str, ...] = ()


def attempts_by_signs(start: float, end: float | None, signs: Iterable[float]) -> AttemptTimes:
    """The attempts between the pauses of a run: silences of over an hour that are unusual for it (see `pauses`).

    Args:
        start: when the run began.
        end: when it ended; None if it isn't known: then the last sign counts.
        signs: when it logged something.

    Returns:
        An attempt for each stretch without a pause. One after a pause begins a usual gap before its first sign. The
        time before the first sign belongs to the first attempt.
    """
    found = Signs(start, end)
    found.add(np.fromiter(signs, np.float64))
    return found.attempts()


@dataclass(slots=True)
class Signs:
    """A run's signs of life as they come, of which the silences and how often each gap occurred are known.

    Attributes:
        beside: others, which are put in where they belong; rising, shape (n,).
        falls: whether a sign came that lies before one of an earlier `add`: what is known is then wrong.
    """

    start: float
    end: float | None
    beside: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    falls: bool = False
    _last: float | None = None
    _gaps: dict[float, int] = field(default_factory=dict)
    _silences: list[tuple[float, float]] = field(default_factory=list)  # the signs around them

    def add(self, times: NDArray[np.float64]) -> None:
        """Some signs in any order, none before those of an earlier call."""
        times = times[np.isfinite(times)]
        if len(times):
            self.falls |= self._last is not None and float(times.min()) < self._last
            earlier = int(np.searchsorted(self.beside, times.max(), side="right"))
            self._add(np.concatenate([times, self.beside[:earlier]]))
            self.beside = self.beside[earlier:]

    def _add(self, times: NDArray[np.float64]) -> None:
        end = np.inf if self.end is None else self.end
        times = np.unique(times[(times >= self.start) & (times <= end)])
        if self._last is not None:
            times = np.concatenate([[self._last], times[times > self._last]])
        if not len(times):
            return
        self._last = float(times[-1])
        self._count(times)

    def _count(self, marks: NDArray[np.float64]) -> None:
        gaps = np.diff(marks)
        self._silences += [(float(marks[i]), float(marks[i + 1])) for i in np.flatnonzero(gaps > SILENCE)]
        lengths, counts = np.unique(gaps, return_counts=True)
        if len(lengths) + len(self._gaps) > _MOST_GAPS:
            lengths = _to_three_digits(lengths)
        for length, count in zip(lengths.tolist(), counts.tolist(), strict=True):
            self._gaps[length] = self._gaps.get(length, 0) + count

    def _usual(self) -> float:
        """The median gap."""
        lengths = np.array(sorted(self._gaps))
        reached = np.cumsum([self._gaps[length] for length in lengths.tolist()])
        middle = np.searchsorted(reached, [(reached[-1] - 1) // 2, reached[-1] // 2], side="right")
        return float(lengths[middle].mean())

    def attempts(self) -> AttemptTimes:
        """The attempts of `attempts_by_signs`, once all signs came."""
        self._add(self.beside)
        last, self.beside = self._last, np.empty(0)
        mark = self.end if self.end is not None and (last is None or self.end > last) else last
        if mark is None:
            return AttemptTimes((Attempt(self.start, self.end),))
        if last is not None and mark != last:
            self._count(np.array([last, mark]))
        cuts = self._cuts()
        if not cuts:
            return AttemptTimes((Attempt(self.start, mark),))
        usual = self._usual()
        begins = [self.start, *(after - usual for _, after in cuts)]
        ends = [*(before for before, _ in cuts), mark]
        found = [Attempt(a, b) for a, b in zip(begins, ends, strict=True)]
        if cuts[-1][1] == mark and mark != last:  # nothing was logged after the last pause
            found.pop()
        silent = ", ".join(f"{(after - before) / 3600:.1f} h" for before, after in cuts)
        note = (
            f"Silences of {silent} between what was logged are taken as pauses between attempts: they are no run time."
        )
        return AttemptTimes(tuple(found), (note,))

    def _cuts(self) -> list[tuple[float, float]]:
        if sum(self._gaps.values()) < FEWEST or not self._silences:
            return []
        lengths = np.array([after - before for before, after in self._silences])
        mask = unusual(lengths, longest_usual(self._usual(), SILENCE))
        return [self._silences[i] for i in np.flatnonzero(mask)]


def _to_three_digits(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """So that a clock of microseconds has no more gaps than can be counted."""
    size = 10.0 ** (np.floor(np.log10(lengths)) - 2)
    return np.round(lengths / size) * size


def attempts_by_clock(times: Sequence[float], clock: Sequence[float], runtime: float) -> tuple[Attempt, ...]:
    """The attempts of a run whose own clock stands still between them.

    Args:
        times: when rows were logged, in their order; shape (n,).
        clock: seconds that the run had run by then, over all attempts, or anew in each; shape (n,).
        runtime: seconds that it ran in all by its clock.

    Returns:
        An attempt for each stretch in which the two clocks go alike. None for no rows.
    """
    if not times:
        return ()
    begins, ends = [times[0] - clock[0]], []
    for (time, ran), (later, ran_later) in pairwise(zip(times, clock, strict=True)):
        since = ran_later - ran if ran_later >= ran else ran_later
        if later - time > since + DRIFT:
            ends.append(time)
            begins.append(later - since)
    ends.append(times[-1] + max(0.0, runtime - clock[-1]))
    return tuple(Attempt(a, b) for a, b in zip(begins, ends, strict=True))
