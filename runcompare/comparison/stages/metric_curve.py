"""The primary metric over the training: its curve on both sides, its final and its best value, and where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Axis, Curve, MetricCurve, Row, RunValue
from runcompare.comparison.rows import Policy, make_row
from runcompare.comparison.samples import summarise
from runcompare.comparison.stages.axis import against, axis_of
from runcompare.comparison.stages.curves import best_of
from runcompare.comparison.stages.keys import read_key
from runcompare.comparison.stages.seeds import Logged, with_seeds
from runcompare.metrics.metric import Metric, fit_scale
from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = ["metric_curve"]

FEWEST = 2  # values that make a curve


@dataclass(frozen=True, slots=True)
class _SideCurves:
    """The metric in each run of a side, None in one that is left out or did not log it."""

    side: MeasuredSide
    series: tuple[Series | None, ...]
    axis: Axis
    epochs: Sequence[str] = ()

    def values(self, take: Callable[[Series, Axis], Figure]) -> list[RunValue]:
        figures = [Figure.missing("not logged") if s is None else take(s, self.axis) for s in self.series]
        return [RunValue(run.id, figure) for run, figure in zip(self.side.runs, figures, strict=True)]

    @property
    def known(self) -> list[Series]:
        return [s for s in self.series if s is not None]

    @property
    def curve(self) -> Curve:
        logged = [Logged(run, s) for run, s in zip(self.side.runs, self.series, strict=True) if s is not None]
        return with_seeds(logged, "metric", self.side.role, self.axis, epochs=self.epochs)


def metric_curve(candidate: MeasuredSide, baseline: MeasuredSide, metric: Metric, policy: Policy) -> MetricCurve | None:
    """The metric's curves and what they end with; None if no run logged it more than once."""
    sides = (candidate, baseline)
    runs = [run.run for side in sides for run in side.runs]
    epochs = _epoch_keys(metric.key, runs)
    axis = axis_of(runs, [metric.key], epochs)
    found = [_side_curves(side, metric.key, axis, epochs) for side in sides]
    if max((len(s) for curves in found for s in curves.known), default=0) < FEWEST:
        return None
    rows = tuple(_rows(found, metric, policy, axis))
    return MetricCurve(metric, rows, tuple(curves.curve for curves in found if curves.known))


def _epoch_keys(key: str, runs: Sequence[Run]) -> list[str]:
    """The keys under which runs log the epoch that goes with `key`: one of its own stage, else one of no stage."""
    own = [f"{key.rsplit('/', cut)[0]}/epoch" for cut in range(1, key.count("/") + 1)]
    names = dict.fromkeys(name for run in runs for name in run.history.numeric_keys if "epoch" in name.lower())
    whole = [n for n in names if (read := read_key(n)) and read.quantity == "epoch" and not read.stage]
    return [*own, *whole]


def _side_curves(side: MeasuredSide, key: str, axis: Axis, epochs: Sequence[str]) -> _SideCurves:
    counted = [run.run if run.id not in side.left_out and run.run.history.has(key) else None for run in side.runs]
    series = [None if run is None else against(run, key, axis, epochs) for run in counted]
    return _SideCurves(side, tuple(s if s is not None and len(s) else None for s in series), axis, epochs)


def _rows(sides: Sequence[_SideCurves], metric: Metric, policy: Policy, axis: Axis) -> Iterator[Row]:
    yield _row(sides, replace(metric, key=f"{metric.key}/final", label="Final"), policy, _last)
    ways = {"best": metric.direction == "max"} if metric.direction else {"lowest": False, "highest": True}
    for name, highest in ways.items():
        word = name.capitalize()
        value, place = _extreme(highest=highest), _place(highest=highest)
        yield _row(sides, replace(metric, key=f"{metric.key}/{name}", label=word), policy, value)
        where = Metric(f"{metric.key}/{name}_{axis}", f"{word} at {axis}", scale="linear", scale_fixed=True)
        yield _row(sides, where, policy, place, decided=False)


def _row(
    sides: Sequence[_SideCurves],
    metric: Metric,
    policy: Policy,
    take: Callable[[Series, Axis], Figure],
    *,
    decided: bool = True,
) -> Row:
    values = [side.values(take) for side in sides]
    mids = [[m for v in side if (m := v.figure.mid) is not None] for side in values]
    fitted = metric if metric.scale_fixed else fit_scale(metric, *mids)
    new, old = (summarise(side, fitted) for side in values)
    return make_row(fitted, new, old, policy, role="curve", decided=decided)


def _last(series: Series, axis: Axis) -> Figure:
    return Figure(float(series.value[-1]), source=f"{series.key} @ {axis} {series.step[-1]:g}")


def _extreme(*, highest: bool) -> Callable[[Series, Axis], Figure]:
    def take(series: Series, axis: Axis) -> Figure:
        best = best_of(series, highest=highest)
        if best is None:
            return Figure.missing(f"{series.key} has no finite value")
        source = f"{'highest' if highest else 'lowest'} {series.key} @ {axis} {best.at:g}"
        return Figure(best.value, provenance=Provenance.DERIVED, source=source)

    return take


def _place(*, highest: bool) -> Callable[[Series, Axis], Figure]:
    def take(series: Series, axis: Axis) -> Figure:
        best = best_of(series, highest=highest)
        if best is None:
            return Figure.missing(f"{series.key} has no finite value")
        return Figure(best.at, provenance=Provenance.DERIVED, source=f"{axis} of the best {series.key}")

    return take
