"""What a corrected config should reach, and what it did where it was run."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from runcompare.comparison.causes.model import Causes, Effect
from runcompare.comparison.config_changes import config_changes, shared_config
from runcompare.comparison.cost_rows import cost_rows
from runcompare.comparison.effects import in_place, told_of
from runcompare.comparison.left_out import left_out
from runcompare.comparison.measured import MeasuredSide, fitted_to, measure
from runcompare.comparison.model import Corrected, CorrectedChange, Interval, Outlook, Row, Tried
from runcompare.comparison.rows import Policy, make_row
from runcompare.comparison.rules.records import hardware_words
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.rules.search import search_gain
from runcompare.costs import PriceBook
from runcompare.metrics.value import ValueRule
from runcompare.records.config import flatten
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group

__all__ = ["Judging", "find_tried", "measure_tried", "outlook", "saving"]

DAY = 86_400.0  # seconds
TOGETHER = "the changes are taken to add up, as they do where they don't interact; the bounds are those of all of them"
PART_OF_IT = "the narrower search lies between the candidate's and none at all"
SAME = "it is the baseline's configuration"


def outlook(
    facts: Facts, changes: Sequence[CorrectedChange], causes: Causes | None, *, is_baseline: bool
) -> Outlook | None:
    """What the corrected config's mean should be; None where the effect of a change is not known."""
    center = facts.quality.candidate.center
    if center is None:
        return None
    if is_baseline:
        return _like_baseline(facts)
    relative = facts.quality.metric.scale == "log"
    known = {change.path: told_of(causes, change.path, facts.config) for change in changes}
    attributed: list[Effect] = []
    parts: list[Interval | None] = []
    searched = [change for change in changes if change.reason == "search-without-gain"]
    if searched:  # with and without it in the same runs: nearer than any difference between runs
        parts.append(_without_search(facts))
    for change in changes:
        effect = known[change.path]
        if change in searched or change.reason == "stage-without-effect":
            continue
        if effect is None:
            return None
        attributed += [effect] if effect not in attributed else []
    parts += [_undone(in_place(effect.quality), relative=relative) for effect in attributed]
    sure = [part for part in parts if part is not None]
    if len(sure) < len(parts):
        return None
    total = _sum(sure, relative=relative)
    notes = [TOGETHER] * (len(sure) > 1) + [PART_OF_IT] * bool(searched)
    source = "attribution" if attributed else "search"
    return Outlook(total, _reached(center, total, relative=relative), source, "; ".join(notes))  # type: ignore[arg-type]


def _like_baseline(facts: Facts) -> Outlook | None:
    test, center = facts.quality.test, facts.quality.candidate.center
    relative = facts.quality.metric.scale == "log"
    if test is None or test.effect is None or center is None:
        return None
    undone = _undone(Interval(test.effect, test.low, test.high), relative=relative)
    if undone is None:
        return None
    return Outlook(undone, _reached(center, undone, relative=relative), "baseline", SAME)


def _without_search(facts: Facts) -> Interval | None:
    """What less of the candidate's search would do to its metric: anything from nothing to the whole of its gain."""
    gain = search_gain(facts, "candidate")
    if gain is None or gain.low is None or gain.high is None or max(gain.high, gain.mean) >= 1:
        return None
    alone = [1 / (1 - g) - 1 for g in (gain.mean, gain.low, gain.high)]
    whole = Interval(alone[0], min(alone), max(alone))
    assert whole.low is not None
    assert whole.high is not None
    if facts.quality.metric.scale != "log":
        return None
    return Interval(whole.value / 2, min(0.0, whole.low), max(0.0, whole.high))


def _undone(effect: Interval | None, *, relative: bool) -> Interval | None:
    """The effect of taking a change back; None where it has no interval."""
    if effect is None or effect.low is None or effect.high is None:
        return None
    if not relative:
        return Interval(-effect.value, -effect.high, -effect.low)
    if min(effect.value, effect.low) <= -1:
        return None
    return Interval(1 / (1 + effect.value) - 1, 1 / (1 + effect.high) - 1, 1 / (1 + effect.low) - 1)


def _sum(parts: Sequence[Interval], *, relative: bool) -> Interval:
    """The effect of several together: factors multiply, differences add; bounds as if all parts erred together."""
    if not relative:
        values = (math.fsum(getattr(p, name) or 0.0 for p in parts) for name in ("value", "low", "high"))
    else:
        values = (math.prod(1 + (getattr(p, name) or 0.0) for p in parts) - 1 for name in ("value", "low", "high"))
    return Interval(*values)


def _reached(center: float, effect: Interval, *, relative: bool) -> Interval:
    def moved(by: float | None) -> float | None:
        return None if by is None else center * (1 + by) if relative else center + by

    value = moved(effect.value)
    assert value is not None
    bounds = sorted(bound for bound in (moved(effect.low), moved(effect.high)) if bound is not None)
    return Interval(value, bounds[0], bounds[-1]) if len(bounds) == 2 else Interval(value)


def saving(facts: Facts, money: Figure) -> Figure | None:
    """USD a run less than the candidate's, by the forecast's range; None where a price is not known."""
    row = facts.cost_row("cost/money")
    now = row.candidate.center if row is not None else None
    if now is None or row is None or money.mid is None:
        return None
    low, high = (None if bound is None else now - bound for bound in (money.high, money.low))
    source = "the candidate's mean cost less the forecast"
    weakest = Provenance.weakest(row.candidate.provenance, money.provenance)
    return Figure(now - money.mid, "USD", low, high, weakest, source)


class Judging(NamedTuple):
    """How rows are made: which value stands for a run, when a difference is one, and what a device-hour costs."""

    rule: ValueRule
    policy: Policy
    book: PriceBook


def find_tried(corrected: Corrected, groups: Sequence[Group]) -> Group | None:
    """The runs of the corrected config among the project's groups; the largest group if there are several."""
    wanted = dict(flatten(corrected.config))
    return max((group for group in groups if _is_told(group, wanted)), key=len, default=None)


def _is_told(group: Group, wanted: dict[str, object]) -> bool:
    shared = shared_config([run.config for run in group.runs])
    return bool(shared) and not config_changes(shared, wanted)


def measure_tried(facts: Facts, corrected: Corrected, group: Group, judging: Judging) -> Tried:
    """What runs of the corrected config came to, against both sides."""
    key = facts.quality.metric.key
    side = measure("candidate", group, judging.book, left_out=left_out(group.runs, key))
    rows = [_row(facts, side, other, judging) for other in facts.sides]
    hardware = sorted({words for run in group.runs if (words := hardware_words(run))})
    cost = cost_rows(side.ledgers, facts.candidate.ledgers, judging.policy.general)
    within = {key: known for key, known in (_within(row, corrected) for row in cost) if known is not None}
    return Tried(
        label=group.label,
        reference=group.reference,
        runs=tuple(run.id for run in group.runs),
        against_candidate=rows[0],
        against_baseline=rows[1],
        cost=cost,
        hardware=", ".join(hardware),
        held=_held(corrected.quality, rows[0]),
        outside=tuple(key for key, known in within.items() if not known),
        inside=tuple(key for key, known in within.items() if known),
        days=_days_between(facts.candidate.group, group),
    )


def _days_between(earlier: Group, later: Group) -> int:
    """Whole days from the start of the last run of one group to that of the first of another; 0 if they overlap."""
    ends, starts = ([at for run in group.runs if (at := run.info.started_at)] for group in (earlier, later))
    return max(0, int((min(starts) - max(ends)) / DAY)) if ends and starts else 0


class _Within(NamedTuple):
    """A cost's key, and whether its mean lies in the range that was forecast; None where there is none."""

    key: str
    known: bool | None


def _within(row: Row, corrected: Corrected) -> _Within:
    forecast = {"cost/time": corrected.time, "cost/money": corrected.money}.get(row.metric.key)
    mean = row.candidate.center
    if forecast is None or mean is None or forecast.low is None or forecast.high is None:
        return _Within(row.metric.key, None)
    return _Within(row.metric.key, forecast.low <= mean <= forecast.high)


def _row(facts: Facts, side: MeasuredSide, other: MeasuredSide, judging: Judging) -> Row:
    fitted = fitted_to(facts.quality.metric, side, other, rule=judging.rule)
    new, old = (one.sample(fitted, judging.rule) for one in (side, other))
    return make_row(fitted, new, old, judging.policy, role="primary")


def _held(expected: Outlook | None, row: Row) -> bool | None:
    test = row.test
    if expected is None or test is None or test.low is None or test.high is None:
        return None
    low, high = expected.effect.low, expected.effect.high
    return None if low is None or high is None else test.low <= high and test.high >= low
