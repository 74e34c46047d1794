"""The value that stands for a run: its final one, its best, the mean of its last part, or the area under its curve.

The final value is what the run itself calls final, its summary, else what a record states, else the last value that it
logged. A run that logs NaN on rows without an evaluation has not diverged: its last evaluation counts.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runcompare.errors import UsageError
from runcompare.metrics.patterns import Direction
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["FINAL", "ValueRule", "evaluated", "parse_rule", "value", "without_gaps"]

HINT = "Use final, best, best-by:KEY, mean-last:10% or auc."


@dataclass(frozen=True, slots=True)
class ValueRule:
    """How a run's curve becomes one number, the same for both sides.

    `key` is the metric that picks the step of "best-by", `direction` which of its values is best; `share` is the part
    of the evaluations that "mean-last" averages.
    """

    kind: Literal["final", "best", "best-by", "mean-last", "auc"] = "final"
    key: str = ""
    share: float = 0.1
    direction: Direction | None = None

    def __str__(self) -> str:
        if self.kind == "best-by":
            return f"best-by:{self.key}"
        return f"mean-last:{self.share:.3g}" if self.kind == "mean-last" else self.kind


FINAL = ValueRule()


def parse_rule(text: str) -> ValueRule:
    """A rule as it is typed: "final", "best", "best-by:val/loss", "mean-last:10%", "auc".

    Raises UsageError for another word or a share outside (0, 1].
    """
    kind, _, rest = text.partition(":")
    if kind in ("final", "best", "auc") and not rest:
        return ValueRule(kind)  # type: ignore[arg-type]
    if kind == "best-by" and rest:
        return ValueRule("best-by", key=rest)
    if kind == "mean-last":
        return ValueRule("mean-last", share=_share(rest or "10%"))
    raise UsageError(f"Unknown value '{text}'.", hint=HINT)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise UsageError(f"'{text}' is no part of a curve.", hint="mean-last:10% is the last tenth of the evaluations.")
    return share


def value(run: Run, key: str, rule: ValueRule = FINAL) -> Figure:
    """The value of `key` that stands for a run.

    Args:
        run: with or without a history.
        key: as it was logged.
        rule: what to take; "best" and "best-by" need the rule's direction.

    Returns:
        The figure with its source; missing where the run did not log the key, or has no curve to take it from.

    Raises:
        UsageError: For "best" and "best-by" without a direction.
    """
    if rule.kind == "final":
        return _final(run, key)
    series = evaluated(run, key)
    if series is None:
        return Figure.missing(f"{key} has no curve to take the {rule.kind} of")
    if rule.kind == "mean-last":
        return _mean_last(series, rule.share)
    if rule.kind == "auc":
        return _area(series)
    if rule.direction is None:
        name = rule.key or key
        raise UsageError(f"Which value of '{name}' is best is not known.", hint="Say it with --direction min or max.")
    return _best(series, rule.direction) if rule.kind == "best" else _best_by(run, series, rule)


def _final(run: Run, key: str) -> Figure:
    number = run.summary.get(key)
    stated = float(number) if isinstance(number, int | float) and not isinstance(number, bool) else None
    if stated is not None and not math.isnan(stated):
        return Figure(stated, source=f"summary {key}")
    if key in run.figures:
        return run.figures[key]
    series = evaluated(run, key)
    if series is not None:
        return Figure(float(series.value[-1]), source=f"{key} @ step {series.step[-1]:g}")
    if stated is not None:
        return Figure(stated, source=f"summary {key}")
    return Figure.missing(f"{key} was not logged")


def evaluated(run: Run, key: str) -> Series | None:
    """The curve of `key` without the rows on which it was not evaluated; None if the run logged no number under it."""
    if not run.history.has(key):
        return None
    series = run.history.series(key)
    return without_gaps(series) if len(series) else None


def without_gaps(series: Series) -> Series:
    """A curve without the rows on which it was not evaluated.

    NaN between numbers means "not evaluated here" where the gaps at the end are no longer than those before: a run
    that diverges stays NaN. A curve that ends in a longer stretch of NaN keeps it.
    """
    real = np.flatnonzero(~np.isnan(series.value))
    if len(real) in (0, len(series)):
        return series
    if series.whole is not None:
        return _rows(series, real) if series.whole.is_gappy else series
    gaps = np.diff(real)
    tail = len(series) - real[-1]
    if len(gaps) and gaps.max() > 1 and tail <= gaps.max():
        return _rows(series, real)
    return series


def _rows(series: Series, rows: NDArray[np.intp]) -> Series:
    return replace(series, step=series.step[rows], time=series.time[rows], value=series.value[rows])


def _mean_last(series: Series, share: float) -> Figure:
    count, of = max(1, round(share * len(series))), len(series)
    if series.whole is not None:
        (mean, count), of = series.whole.tail(share), series.whole.used
    else:
        mean = float(np.mean(series.value[-count:]))
    source = f"mean of the last {count} of {of} values of {series.key}"
    return Figure(mean, provenance=Provenance.DERIVED, source=source)


def _area(series: Series) -> Figure:
    """The mean height of the curve over its steps, by trapezoids; one value is its own."""
    span = float(series.step[-1] - series.step[0])
    widths, middles = np.diff(series.step), (series.value[1:] + series.value[:-1]) / 2
    height = float(series.value[0]) if span <= 0 else float(widths @ middles) / span
    height = height if series.whole is None else series.whole.area
    return Figure(height, provenance=Provenance.DERIVED, source=f"area under {series.key} over its {span:g} steps")


def _best(series: Series, direction: Direction) -> Figure:
    at = _best_row(series, direction)
    if at is None:
        return Figure(math.nan, source=f"{series.key}: no finite value")
    source = f"best {series.key} @ step {series.step[at]:g}"
    return Figure(float(series.value[at]), provenance=Provenance.DERIVED, source=source)


def _best_by(run: Run, series: Series, rule: ValueRule) -> Figure:
    """The metric at the step at which another one was best, or at the last evaluation before it."""
    chooser = evaluated(run, rule.key)
    assert rule.direction is not None
    best = None if chooser is None else _best_row(chooser, rule.direction)
    if chooser is None or best is None:
        return Figure.missing(f"{rule.key} has no curve to choose by")
    before = np.flatnonzero(series.step <= chooser.step[best])
    if not len(before):
        return Figure.missing(f"{series.key} was not logged up to step {chooser.step[best]:g}")
    at = before[-1]
    source = f"{series.key} @ step {series.step[at]:g}, where {rule.key} was best"
    return Figure(float(series.value[at]), provenance=Provenance.DERIVED, source=source)


def _best_row(series: Series, direction: Direction) -> int | None:
    finite = np.flatnonzero(np.isfinite(series.value))
    if not len(finite):
        return None
    values = series.value[finite]
    return int(finite[np.argmax(values) if direction == "max" else np.argmin(values)])
