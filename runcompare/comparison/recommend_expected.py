"""What a recommendation should bring, what it rests on, and which comes first: the most benefit per dollar."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from runcompare.comparison.causes.model import Causes
from runcompare.comparison.model import Corrected, Expected, Finding, Interval, Recommendation, Row
from runcompare.comparison.rules.rule import Facts
from runcompare.records.figure import Figure, Provenance

__all__ = ["CHECK_SEEDS", "ranked", "with_expectations"]

CHECK_SEEDS = 3  # runs that show whether a corrected config keeps what it should
CHOICES = 20  # ranks below are choices that cost nothing and come first
UNKNOWN = Expected(basis="unknown")


def with_expectations(
    found: Iterable[Recommendation],
    facts: Facts,
    findings: Sequence[Finding],
    *,
    corrected: Corrected | None,
    causes: Causes | None,
) -> list[Recommendation]:
    """Each recommendation with the findings and attributions that it rests on, and what it should bring."""
    codes = {finding.rule: finding.code for finding in findings if finding.code}
    return [
        replace(
            one,
            cites=one.cites or tuple(codes[why] for why in one.because if why in codes),
            expected=one.expected or _expected(one, facts, corrected=corrected, causes=causes),
        )
        for one in found
    ]


def _expected(
    one: Recommendation, facts: Facts, *, corrected: Corrected | None, causes: Causes | None
) -> Expected | None:
    if one.action in ("use_corrected", "adopt_corrected") and corrected is not None:
        return _of_corrected(corrected, facts)
    if one.action == "keep_baseline":
        return _of_baseline(facts)
    if one.action == "run_seeds":
        return Expected(price=_range(one.facts))
    if one.action == "ablate" and causes is not None and causes.next_run is not None:
        run = causes.next_run
        return Expected(price=times(run.money, run.seeds), basis="which change did it, one run at a time")
    if one.rank < CHOICES or one.action in ("fix_logging", "record_more"):
        return None
    return UNKNOWN


def _of_corrected(corrected: Corrected, facts: Facts) -> Expected:
    tried = corrected.tried
    if tried is None:
        quality = corrected.quality.effect if corrected.quality is not None else None
        basis = corrected.quality.source if corrected.quality is not None else "unknown"
        return Expected(quality, corrected.saving, times(corrected.money, CHECK_SEEDS), basis)
    test = tried.against_candidate.test
    known = None if test is None or test.effect is None else Interval(test.effect, test.low, test.high)
    money = next((row for row in tried.cost if row.metric.key == "cost/money"), None)
    return Expected(known, _saved(money), None, "measured")


def _saved(row: Row | None) -> Figure | None:
    """USD a run that a row's first side costs less than its second."""
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    weakest = Provenance.weakest(row.candidate.provenance, row.baseline.provenance)
    return Figure(row.baseline.center - row.candidate.center, "USD", provenance=weakest, source="means of both sides")


def _of_baseline(facts: Facts) -> Expected | None:
    row = facts.cost_row("cost/money")
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    weakest = Provenance.weakest(row.candidate.provenance, row.baseline.provenance)
    saved = row.candidate.center - row.baseline.center
    return Expected(saving=Figure(saved, "USD", provenance=weakest, source="means of both sides"), basis="measured")


def _range(facts: Mapping[str, object]) -> Figure | None:
    low, high = facts.get("money_low"), facts.get("money_high")
    if not isinstance(low, float) or not isinstance(high, float):
        return None
    return Figure(None, "USD", low, high, Provenance.ESTIMATED, "runs still missing")


def times(money: Figure, runs: int) -> Figure:
    """What several runs cost."""
    low, high = (None if bound is None else runs * bound for bound in (money.low, money.high))
    return replace(money, value=None if money.value is None else runs * money.value, low=low, high=high)


def ranked(found: Iterable[Recommendation], facts: Facts) -> tuple[Recommendation, ...]:
    """Choices first, which cost nothing; then by expected benefit per dollar, where both are known; then the rest.

    A per cent that the metric gets better counts as much as a per cent that a run gets cheaper. A gain counts only
    where its interval excludes 0.
    """
    scored = [(one, _score(one, facts)) for one in found]
    return tuple(replace(one, rank=n) for n, (one, _) in enumerate(sorted(scored, key=_order), start=1))


class _Place(NamedTuple):
    """Choices first, then scores, then the rest."""

    turn: int
    within: float


def _order(scored: tuple[Recommendation, float | None]) -> _Place:
    one, score = scored
    if one.rank < CHOICES:
        return _Place(0, one.rank)
    return _Place(1, -score) if score is not None and score > 0 else _Place(2, one.rank)


def _score(one: Recommendation, facts: Facts) -> float | None:
    """Benefit per dollar; without a price of its own, infinite for one that is shown to bring something."""
    if one.expected is None:
        return None
    benefit = _gain(one.expected.quality, facts) + _saved_share(one.expected.saving, facts)
    price = one.expected.price.mid if one.expected.price is not None else 0.0
    if price is None or not benefit:
        return None
    return benefit / price if price > 0 else math.copysign(math.inf, benefit)


def _gain(effect: Interval | None, facts: Facts) -> float:
    """By how much the metric gets better, in relative terms; 0 where that is not shown."""
    metric, center = facts.quality.metric, facts.quality.candidate.center
    if effect is None or effect.low is None or effect.high is None or effect.low <= 0 <= effect.high:
        return 0.0
    sign = 1.0 if metric.higher_is_better else -1.0
    if metric.scale == "log":
        return sign * math.log1p(effect.value) if effect.value > -1 else 0.0
    return sign * effect.value / abs(center) if center else 0.0


def _saved_share(saving: Figure | None, facts: Facts) -> float:
    row = facts.cost_row("cost/money")
    now = row.candidate.center if row is not None else None
    return 0.0 if saving is None or saving.mid is None or not now else saving.mid / now
