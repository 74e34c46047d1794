"""One table line from two samples: the ratio, what the statistics say of it, and one word for the cell."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from runcompare import stats
from runcompare.comparison.model import Assessment, Noise, Note, Row, Sample, Test
from runcompare.metrics.metric import Metric

__all__ = ["Policy", "correct_for_many", "make_row"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How rows are decided: the smallest relative effect of interest and the error rate."""

    min_effect: float = 0.02
    alpha: float = 0.05


def make_row(
    metric: Metric,
    candidate: Sample,
    baseline: Sample,
    policy: Policy,
    *,
    role: str = "diagnostic",
    decided: bool = True,
    history: Sequence[tuple[str, Sequence[float]]] = (),
    noise_cv: float | None = None,
) -> Row:
    """The row of a quantity on both sides.

    `decided` asks for a test; settings, epochs and costs go without. `history` holds (group name, its values) of
    replicated groups of the project, for the noise.
    """
    ratio = _ratio(candidate, baseline)
    row = Row(metric, candidate, baseline, ratio, *_range_ratio(candidate, baseline), role=role)  # type: ignore[arg-type]
    if not (_known(candidate) and _known(baseline)):
        return replace(row, assessment="missing")
    if not decided or _settled(candidate, baseline):
        return row
    if baseline.low is not None or candidate.low is not None:
        return replace(row, assessment=_against_range(candidate, baseline))
    test = _test(metric, candidate, baseline, policy, history, noise_cv)
    low, high = (test.low, test.high) if metric.scale == "log" else (None, None)
    bounds = {"ratio_low": None if low is None else 1 + low, "ratio_high": None if high is None else 1 + high}
    return replace(row, test=test, assessment=test.verdict, **bounds)  # type: ignore[arg-type]


def correct_for_many(
    rows: Sequence[Row], alpha: float, method: Callable[[Sequence[float]], Iterable[float]] = stats.benjamini_hochberg
) -> list[Row]:
    """Rows whose p-values are corrected for how many were looked at: by Benjamini and Hochberg where one explores, by
    `stats.holm` where each row must hold. A difference that does not survive becomes "inconclusive".
    """
    tested = [i for i, row in enumerate(rows) if row.test and row.test.p_value is not None]
    p_values = [row.test.p_value for i in tested if (row := rows[i]).test and row.test.p_value is not None]
    corrected = list(rows)
    for i, q in zip(tested, method(p_values), strict=True):
        row = rows[i]
        assert row.test is not None
        lost = row.assessment in ("better", "worse", "higher", "lower") and q > alpha
        word: Assessment = "inconclusive" if lost else row.assessment
        corrected[i] = replace(row, test=replace(row.test, q_value=float(q)), assessment=word)
    return corrected


def _test(
    metric: Metric,
    candidate: Sample,
    baseline: Sample,
    policy: Policy,
    history: Sequence[tuple[str, Sequence[float]]],
    noise_cv: float | None,
) -> Test:
    decision = stats.decide(
        _numbers(candidate),
        _numbers(baseline),
        history=[values for _, values in history],
        scale=metric.scale,
        higher_is_better=metric.higher_is_better,
        min_effect=_margin(metric, baseline, policy),
        alpha=policy.alpha,
        noise_cv=noise_cv,
    )
    noise = decision.noise
    names = tuple(name for name, _ in history) if noise.source == "history" else ()
    return Test(
        verdict=str(decision.verdict),
        effect=decision.effect,
        low=decision.low,
        high=decision.high,
        p_value=decision.p_value,
        q_value=None,
        method=decision.method,
        noise=Noise(noise.source, noise.cv, noise.sd, noise.df, noise.groups, noise.runs, names),
        seeds_for_effect=decision.seeds_for_effect,
        seeds_for_min_effect=decision.seeds_for_min_effect,
        detectable=decision.detectable,
        warnings=tuple(Note(w.code, w.text) for w in decision.warnings),
        assumptions=tuple(Note(a.code, a.text) for a in decision.assumptions),
    )


def _settled(candidate: Sample, baseline: Sample) -> bool:
    """A quantity that no seed changes, such as a count of evaluations: there is nothing to test."""
    sides = [{v.figure.mid for v in side.values} for side in (candidate, baseline)]
    same_everywhere = sides[0] == sides[1] and len(sides[0]) == 1
    return all(len(side) == 1 for side in sides) and (same_everywhere or candidate.n + baseline.n > 2)


def _known(sample: Sample) -> bool:
    return sample.center is not None or sample.nonfinite > 0


def _margin(metric: Metric, baseline: Sample, policy: Policy) -> float:
    """The smallest effect of interest on the metric's scale: relative to the baseline's level on the linear one."""
    level = abs(baseline.center or 0.0) if metric.scale == "linear" else 1.0
    return policy.min_effect * (level or 1.0)


def _numbers(sample: Sample) -> list[float]:
    """Every run's value, diverged ones as NaN; runs that lack the metric are left out (the row counts them)."""
    return [mid for v in sample.values if (mid := v.figure.mid) is not None]


def _ratio(candidate: Sample, baseline: Sample) -> float | None:
    new, old = candidate.center, baseline.center
    return new / old if new is not None and old and new / old > 0 and math.isfinite(new / old) else None


def _range_ratio(candidate: Sample, baseline: Sample) -> tuple[float | None, float | None]:
    """Bounds of the ratio where a side is known as a range only."""
    new_low, new_high = _bounds(candidate)
    old_low, old_high = _bounds(baseline)
    ranged = candidate.low is not None or baseline.low is not None
    if not ranged or new_low is None or new_high is None or not old_low or not old_high:
        return None, None
    return (new_low / old_high, new_high / old_low) if old_low > 0 else (None, None)


def _bounds(sample: Sample) -> tuple[float | None, float | None]:
    if sample.low is not None and sample.high is not None:
        return sample.low, sample.high
    return sample.center, sample.center


def _against_range(candidate: Sample, baseline: Sample) -> Assessment:
    """Where the candidate lies against an estimated range; overlapping ranges are "within"."""
    new_low, new_high = _bounds(candidate)
    old_low, old_high = _bounds(baseline)
    if new_low is None or new_high is None or old_low is None or old_high is None:
        return "missing"
    if new_low > old_high:
        return "above range"
    return "below range" if new_high < old_low else "within range"
