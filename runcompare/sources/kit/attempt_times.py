"""When each attempt at a run ran, where the tracker keeps one start and one end for all of them. Unix seconds."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from runcompare.records.pauses import pauses
from runcompare.records.run import Attempt

__all__ = ["AttemptTimes", "attempts_by_clock", "attempts_by_signs"]

# where a tracker states that the run went on, only a long silence speaks against it: a final test may take minutes
SILENCE = 3600.0  # seconds
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
    lived = sorted(t for t in set(signs) if t >= start and (end is None or t <= end))
    marks = [*lived, *([end] if end is not None and (not lived or end > lived[-1]) else [])]
    if not marks:
        return AttemptTimes((Attempt(start, end),))
    gaps = np.diff(marks)
    cuts = np.flatnonzero(pauses(gaps, at_least=SILENCE)).tolist()
    if not cuts:
        return AttemptTimes((Attempt(start, marks[-1]),))
    usual = float(np.median(gaps))
    begins = [start, *(marks[i + 1] - usual for i in cuts)]
    ends = [*(marks[i] for i in cuts), marks[-1]]
    found = [Attempt(a, b) for a, b in zip(begins, ends, strict=True)]
    if cuts[-1] == len(marks) - 2 and marks[-1] not in lived:  # nothing was logged after the last pause
        found.pop()
    silent = ", ".join(f"{gaps[i] / 3600:.1f} h" for i in cuts)
    note = f"Silences of {silent} between what was logged are taken as pauses between attempts: they are no run time."
    return AttemptTimes(tuple(found), (note,))


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
