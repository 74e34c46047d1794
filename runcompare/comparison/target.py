"""One group of runs against a claimed number: is the mean of its seeds beyond it, and what would show it?

The claim is about the mean of the metric as it is logged, so values are taken as they are unless the user names the
log scale. The noise of other groups is brought to this group's level first, by the scale that the metric has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runcompare import stats
from runcompare.comparison.choices import single_side_choices
from runcompare.comparison.comparison import MadeChoice, Options, Side
from runcompare.comparison.left_out import left_out
from runcompare.comparison.measured import MeasuredSide, measure
from runcompare.comparison.model import Note, Sample
from runcompare.comparison.past import usable_history
from runcompare.comparison.request import Request, directed, options_of, reading_notes, side_of, values_of
from runcompare.comparison.searches import Search, how_many, searches_of
from runcompare.costs import PriceBook, TargetCost, cost_to_target, group_ledger, price_book
from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings, Metric, fit_scale
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import ValueRule
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group
from runcompare.records.shown import Shown
from runcompare.stats.intervals import center
from runcompare.version import __version__

__all__ = ["Showing", "Spent", "TargetReport", "judge_target"]


@dataclass(frozen=True, slots=True)
class Spent:
    """One kind of cost of a group: `what`, the geometric mean of one run, and the sum over all runs."""

    what: str
    a_run: Figure
    in_all: Figure


@dataclass(frozen=True, slots=True)
class Showing:
    """How many runs in all would show, with 80 % power, that the mean lies where it was seen to lie, as a range; what
    those still missing cost."""

    runs_low: int
    runs_high: int
    device_hours: Figure
    money: Figure


@dataclass(frozen=True, slots=True, repr=False)
class TargetReport(Shown):
    """A group against a claimed number; `test.verdict` is the word.

    `sample` holds each run's value. `to_target` is what the runs took to be at the target for the first time, None
    where it is not known which values are better. `noise_groups` are the groups of the history behind the noise.
    """

    version: str
    options: Options
    side: Side
    metric: Metric
    target: float
    sample: Sample
    test: stats.TargetTest
    cost: tuple[Spent, ...]
    needed: Showing | None = None
    to_target: TargetCost | None = None
    noise_groups: tuple[str, ...] = ()
    warnings: tuple[Note, ...] = ()
    choices: tuple[MadeChoice, ...] = ()
    left_out: tuple[Note, ...] = ()
    searches: tuple[Search, ...] = ()  # what the group was picked from
    kind: str = "target"

    @property
    def is_directed(self) -> bool:
        """Whether it is known which values are better, so that the target can be reached."""
        return self.metric.direction is not None


def judge_target(group: Group, target: float, request: Request) -> TargetReport:
    """The mean of the group's runs against `target`.

    Args:
        group: Replicates.
        target: The claimed number, in the metric's units.
        request: What to judge by, and the project's history for the noise.

    Raises:
        UsageError: For a metric that no run has, or a target that the metric can't have.
    """
    book = price_book(request)
    meanings = Meanings.of(group.runs, request.overrides)
    choice = choose_metric(group, group, meanings, request.metric)
    meanings = meanings.overridden(choice.metric.key, request.primary)
    metric = meanings.metric(choice.metric.key)
    side = measure("candidate", group, book, left_out=left_out(group.runs, metric.key))
    rule = directed(request.value, metric, meanings)
    known = [m for v in side.values(metric.key, rule) if (m := v.figure.mid) is not None]
    fitted = metric if metric.scale_fixed else fit_scale(metric, known)
    past = usable_history(request.history, group, metric.key)
    judged = _as_logged(fitted)
    _check(target, judged)
    sample = side.sample(judged, rule)
    history = {g.label: _at_level(values_of(g, judged, rule), fitted, sample.center) for g in past.groups}
    searches = searches_of(group, replace(group, searched=()), metric.key)
    test = stats.decide_target(
        known,
        target,
        history=[values for values in history.values() if len(values) > 1],
        scale="log" if judged.scale == "log" else "linear",
        higher_is_better=judged.higher_is_better,
        alpha=request.alpha,
        noise_cv=request.noise_cv,
        searched=how_many(searches),
    )
    ledger = group_ledger(side.ledgers)
    return TargetReport(
        version=__version__,
        options=options_of(judged, request),
        side=side_of(side),
        metric=judged,
        target=target,
        sample=sample,
        test=test,
        cost=(
            Spent("time", ledger.mean.wall, ledger.total.wall),
            Spent("device-hours", ledger.mean.device_hours, ledger.total.device_hours),
            Spent("money", ledger.mean.money, ledger.total.money),
        ),
        needed=_needed(test, sample, ledger.mean.device_hours, ledger.mean.money),
        to_target=_to_target(side, judged, target, book, rule=rule),
        noise_groups=tuple(history) if test.noise.source == "history" else (),
        warnings=(*reading_notes(side), *(Note("history", text) for text in past.notes)),
        choices=single_side_choices(replace(choice, metric=judged), rule, test.noise.source),
        left_out=tuple(Note(run, why) for run, why in side.left_out.items()),
        searches=searches,
    )


def _as_logged(metric: Metric) -> Metric:
    """The metric as it is logged, but where the user asked for its logarithm; a share stays known as one."""
    if metric.scale_fixed and metric.scale == "log":
        return metric
    source = "a claim is about the mean" if not metric.scale_fixed else metric.scale_source
    bounded = metric.bounded or metric.scale == "logit"
    return replace(metric, scale="linear", bounded=bounded, scale_source=source)


def _check(target: float, metric: Metric) -> None:
    if not math.isfinite(target):
        raise UsageError(f"The target {target:g} is no number that a mean can reach.", hint="Use a finite number.")
    if metric.bounded and not 0 <= target <= metric.full:
        hint = f"Write {target / 100:g}." if metric.full == 1 and 0 <= target <= 100 else "Use a number in its range."
        raise UsageError(
            f"'{metric.key}' is a share from 0 to {metric.full:g}, and the target is {target:g}.", hint=hint
        )


def _at_level(values: Sequence[float], metric: Metric, level: float | None) -> list[float]:
    """A group's values as they would vary around `level`, on the scale on which noise is alike at all levels."""
    known = [v for v in values if math.isfinite(v)]
    stays = metric.scale == "linear" or (metric.scale == "log" and metric.scale_fixed)
    if level is None or stays or not known:
        return known
    if metric.scale == "log":
        usable = [v for v in known if v > 0]
        if not usable or level <= 0:
            return []
        return [level * (1 + math.log(v / center(usable))) for v in usable]
    shares = [v / metric.full for v in known if 0 < v < metric.full]
    if not shares or not 0 < level < metric.full:
        return []
    odds = [math.log(p / (1 - p)) for p in shares]
    slope = level * (1 - level / metric.full)
    return [level + slope * (x - math.fsum(odds) / len(odds)) for x in odds]


def _needed(test: stats.TargetTest, sample: Sample, hours: Figure, money: Figure) -> Showing | None:
    seeds = test.seeds_needed
    if seeds is None:
        return None
    missing = [max(0, n - sample.n) for n in seeds]
    return Showing(seeds.low, seeds.high, _times(hours, missing), _times(money, missing))


def _times(a_run: Figure, runs: Sequence[int]) -> Figure:
    each = a_run.mid
    if each is None:
        return a_run
    low, high = (n * each for n in runs)
    return Figure(None, a_run.unit, low, high, Provenance.ESTIMATED, "mean of a run x runs still missing")


def _to_target(
    side: MeasuredSide, metric: Metric, target: float, book: PriceBook, *, rule: ValueRule
) -> TargetCost | None:
    """Not where another value than the last stands for a run: the first time at a target is of the curve as it is."""
    if metric.direction is None or rule.kind not in ("final", "best"):
        return None
    runs = [run.run for run in side.runs if run.id not in side.left_out]
    found = cost_to_target(runs, metric.key, target, book, higher_is_better=metric.direction == "max")
    return found if found.arrivals else None
