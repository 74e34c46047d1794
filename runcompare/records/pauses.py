"""Which silences of a run are pauses: those that are far longer than what is usual between its signs of life.

A tracker that keeps only the start and the end of a run that was resumed the next day counts the night as run time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FEWEST", "longest_step", "longest_usual", "pauses", "unusual"]

SILENCE = 600.0  # seconds
UNUSUAL = 20.0  # times the median gap
FEWEST = 4  # gaps below which nothing is usual
RECURRING = 3  # as many silences of like length are work that comes again: an evaluation, an epoch
LIKE = 2.0  # times as long or as short


def longest_step(gaps: Sequence[float], at_least: float = SILENCE) -> float:
    """Seconds over which a gap between signs of life is a silence: `at_least`, and 20 times the median gap."""
    return longest_usual(float(np.median(gaps)), at_least)


def longest_usual(median: float, at_least: float = SILENCE) -> float:
    """The same, where the median gap is known."""
    return max(at_least, UNUSUAL * median)


def pauses(gaps: ArrayLike, at_least: float = SILENCE) -> NDArray[np.bool_]:
    """Which of a run's gaps are pauses.

    Args:
        gaps: seconds between one sign of life and the next, none below 0; shape (n,).
        at_least: seconds below which no silence is a pause.

    Returns:
        A mask of shape (n,): silences, but for those that recur at like length. None of fewer than 4 gaps.
    """
    lengths = np.asarray(gaps, dtype=float)
    if len(lengths) < FEWEST:
        return np.zeros(len(lengths), dtype=bool)
    return unusual(lengths, longest_step(lengths.tolist(), at_least))


def unusual(gaps: NDArray[np.float64], longest: float) -> NDArray[np.bool_]:
    """Which of a run's gaps, those beyond `longest` at least, are pauses; shape (n,)."""
    lengths, silent = gaps, gaps > longest
    silences = np.sort(lengths[silent])
    alike = np.searchsorted(silences, LIKE * lengths, "right") - np.searchsorted(silences, lengths / LIKE, "left")
    return silent & (alike < RECURRING)
