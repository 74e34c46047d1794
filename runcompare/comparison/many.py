"""Several candidates against one baseline, in one report: each is judged at the level that Holm's procedure leaves it.

The smallest p-value is held to alpha over the number of candidates, the next one to alpha over one fewer, until the
first that fails; that one and all after it are held to the level at which it failed (Holm 1979). Each comparison is
made at its level, so that its verdict, its interval and what follows from them agree, and the chance that any candidate
is falsely told to differ from the baseline is alpha at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runcompare import stats
from runcompare.comparison.build import build
from runcompare.comparison.comparison import Comparison, Options, Side
from runcompare.comparison.model import Note
from runcompare.comparison.request import Request
from runcompare.errors import UsageError
from runcompare.records.run import Group
from runcompare.records.shown import Shown
from runcompare.version import __version__

__all__ = ["ManyReport", "compare_many", "holm_levels"]


@dataclass(frozen=True, slots=True, repr=False)
class ManyReport(Shown):
    """Candidates against one baseline, in the order in which they were named.

    Each comparison was made at its own level (`options.alpha` of it); the p-value of its primary metric after Holm is
    the `q_value` of its test. `alpha` is the error rate of all verdicts together. `left_out` says of candidates why
    they are not compared.
    """

    version: str
    options: Options
    baseline: Side
    metric: str
    alpha: float
    candidates: tuple[Comparison, ...]
    left_out: tuple[Note, ...] = ()
    kind: str = "many"


def compare_many(candidates: Sequence[Group], baseline: Group, request: Request) -> ManyReport:
    """Each candidate against the baseline, by one metric and at one error rate for all.

    Raises:
        UsageError: If no candidate can be compared, and as `build`.
    """
    first = _each(candidates, baseline, request)
    key = first.made[0].quality.metric.key
    request = replace(request, metric=key)  # one for all
    p_values = [_p_value(one) for one in first.made]
    levels = holm_levels(p_values, request.alpha)
    adjusted = stats.holm(p_values)
    made = []
    for one, group, level, q in zip(first.made, first.groups, levels, adjusted, strict=True):
        leveled = replace(_beside(request, candidates, group), alpha=level)
        at_level = one if level == request.alpha else build(group, baseline, leveled)
        made.append(_with_q(at_level, float(q)))
    return ManyReport(
        version=__version__,
        options=first.made[0].options,
        baseline=first.made[0].baseline,
        metric=key,
        alpha=request.alpha,
        candidates=tuple(made),
        left_out=first.left_out,
    )


def _beside(request: Request, candidates: Sequence[Group], group: Group) -> Request:
    """The request for one candidate: the others tell of the noise, as they would if they were not asked about."""
    others = (other for other in candidates if other is not group and len(other) > 1)
    return replace(request, history=(*request.history, *others))


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """The level that Holm's procedure holds each p-value to, in the order given; below it, the null is rejected.

    Args:
        p_values: one a comparison, 1 where there is none.
        alpha: the error rate of all together.
    """
    count, levels = len(p_values), [alpha] * len(p_values)
    failed: float | None = None
    for step, i in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        levels[i] = alpha / (count - step) if failed is None else failed
        if failed is None and not p_values[i] < levels[i]:
            failed = levels[i]
    return levels


def _p_value(comparison: Comparison) -> float:
    test = comparison.quality.test
    return 1.0 if test is None or test.p_value is None else test.p_value


def _with_q(comparison: Comparison, q: float) -> Comparison:
    test = comparison.quality.test
    if test is None or test.p_value is None:
        return comparison
    return replace(comparison, quality=replace(comparison.quality, test=replace(test, q_value=q)))


@dataclass(frozen=True, slots=True)
class _Made:
    """Comparisons at the full level with their candidates, and why others could not be made."""

    made: tuple[Comparison, ...]
    groups: tuple[Group, ...]
    left_out: tuple[Note, ...]


def _each(candidates: Sequence[Group], baseline: Group, request: Request) -> _Made:
    made, groups, out = [], [], []
    for group in candidates:
        try:
            made.append(build(group, baseline, _beside(request, candidates, group)))
            groups.append(group)
        except UsageError as error:
            out.append(Note(group.label, str(error)))
        if made and request.metric is None:  # one metric for all: that of the first
            request = replace(request, metric=made[0].quality.metric.key)
    if not made:
        raise UsageError("No candidate can be compared with the baseline.", hint=out[0].text if out else "")
    return _Made(tuple(made), tuple(groups), tuple(out))
