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
FEWEST = 10  # evaluations that a curve must have
TAIL = 10  # evaluations at least that the noise inside of a run is estimated from


def noise_taken_away(sides: Sequence[MeasuredSide], quality: Row) -> float | None:
    """Which part of the seed-to-seed standard deviation `mean-last:10%` would take away, between 0 and 1.

    None where a run has no curve of 10 evaluations or more, where the curves still move at their end or their
    neighbouring evaluations are all but the same (`stats.final_values`), or where the noise is not known.
    """
    total = quality.test.noise.sd if quality.test else None
    view = view_of(quality.metric)
    candidate, baseline = (list(_curves(side, quality, view)) for side in sides)
    lengths = [0 if curve is None else len(curve) for curve in (*candidate, *baseline)]
    if not total or not candidate or not baseline or min(lengths) < FEWEST:
        return None
    share = min(1.0, max(SHARE, TAIL / min(lengths)))
    curves = ([c for c in side if c is not None] for side in (candidate, baseline))
    found = stats.final_values(*curves, share=share, scale=view.scale)
    if found.rule != "mean-last" or found.noise is None:
        return None
    single = min(found.noise.evaluation_sd, total) ** 2
    worth = max(1.0, found.noise.effective * SHARE / share)
    return 1 - math.sqrt((total**2 - single + single / worth) / total**2)


def _curves(side: MeasuredSide, quality: Row, view: ScaleView) -> Iterator[NDArray[np.float64] | None]:
    """The evaluations of each run that counts, on the scale of the comparison; None for a run without a curve."""
    for run in side.runs:
        if run.id not in side.left_out:
            series = evaluated(run.run, quality.metric.key)
            yield None if series is None else np.array(view.on_scale(series.value.tolist()))
