"""A quantity over one side's runs: center, spread, range and provenance."""

import math
from collections.abc import Sequence

from runcompare.comparison.model import RunValue, Sample
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Provenance
from runcompare.stats.intervals import center

__all__ = ["summarise"]


def summarise(values: Sequence[RunValue], metric: Metric) -> Sample:
    """Center, spread and provenance of per-run figures; see `Sample` for the rules."""
    mids = [v.figure.mid for v in values]
    finite = [m for m in mids if m is not None and math.isfinite(m)]
    ranges = [v.figure for v in values if v.figure.is_range]
    low = min((f.low for f in ranges if f.low is not None), default=None)
    high = max((f.high for f in ranges if f.high is not None), default=None)
    known = [v.figure.provenance for v in values if not v.figure.is_missing]
    return Sample(
        values=tuple(values),
        center=_center(finite, metric),
        sd=_sd(finite),
        low=low,
        high=high,
        provenance=max(known, key=lambda p: p.rank) if known else Provenance.MISSING,
        nonfinite=sum(m is not None and not math.isfinite(m) for m in mids),
        missing=sum(m is None for m in mids),
    )


def _center(finite: Sequence[float], metric: Metric) -> float | None:
    return center(finite, metric.scale, metric.full) if finite else None


def _sd(finite: Sequence[float]) -> float | None:
    if len(finite) < 2:
        return None
    mean = math.fsum(finite) / len(finite)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in finite) / (len(finite) - 1))
