"""Would the mean of a curve's last part be a less noisy result than its last value?

The spread of final values over seeds holds two kinds of noise: that of the seeds, and that of a single evaluation. Only
the second is averaged away, as far as neighbouring evaluations are independent of one another.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from runcompare import stats
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Row
from runcompare.comparison.scales import ScaleView, view_of
from runcompare.metrics.value import evaluated

__all__ = ["noise_taken_away"]

SHARE = 0.1  # of the evaluations: the last part
FEWEST = 10  # evaluations a curve must have
MOVING = 0.5  # of the curves; where more still move, their last part is no level


def noise_taken_away(sides: Sequence[MeasuredSide], quality: Row) -> float | None:
    """Which part of the seed-to-seed standard deviation `mean-last:10%` would take away, between 0 and 1.

    None where a run has no curve of 10 evaluations or more, where the curves still move at their end, or where the
    noise is not known.
    """
    total = quality.test.noise.sd if quality.test else None
    view = view_of(quality.metric)
    curves = list(_curves(sides, quality, view))
    if not total or not curves or any(c is None or len(c) < FEWEST for c in curves):
        return None
    tails = [c for c in curves if c is not None]
    levels = [stats.curve_level(c, tail=2 * SHARE, scale="linear") for c in tails]
    moving = sum(any(note.code == "still-moving" for note in level.warnings) for level in levels)
    if moving > MOVING * len(levels):
        return None
    ends = [c[-max(8, round(2 * SHARE * len(c))) :] for c in tails]
    single = min(float(np.mean([np.var(end, ddof=1) for end in ends])), total**2)
    worth = float(np.mean([max(1.0, SHARE * len(c) * _independence(ends)) for c in tails]))
    return 1 - math.sqrt((total**2 - single + single / worth) / total**2)


def _independence(ends: Sequence[NDArray[np.float64]]) -> float:
    """How many independent evaluations one is worth, from the correlation of neighbours over all runs, corrected for
    its bias (Marriott and Pope 1954)."""
    rests = [end - end.mean() for end in ends]
    square = math.fsum(float(rest @ rest) for rest in rests)
    raw = math.fsum(float(rest[1:] @ rest[:-1]) for rest in rests) / square if square else 0.0
    n = float(np.mean([len(end) for end in ends]))
    rho = min(max((n * raw + 1) / (n - 3), 0.0), 1 - 2 / n)
    return (1 - rho) / (1 + rho)


def _curves(sides: Sequence[MeasuredSide], quality: Row, view: ScaleView) -> Iterator[NDArray[np.float64] | None]:
    """Each run's finite evaluations on the scale of the comparison; None for a run without a curve."""
    for side in sides:
        for run in side.runs:
            if run.id in side.left_out:
                continue
            series = evaluated(run.run, quality.metric.key)
            if series is None:
                yield None
                continue
            values = np.array(view.on_scale(series.value.tolist()))
            if view.scale == "log":
                values = np.log(values, where=values > 0, out=np.full(len(values), np.nan))
            yield values[np.isfinite(values)]
