"""Findings about what the difference cost and what the extra search bought."""

import re
from collections.abc import Iterator

from runcompare.comparison.model import Evidence, Finding, Row
from runcompare.comparison.rules.facts import ASSOCIATION, Facts, Rule, evidence, same_cost, strength_of
from runcompare.comparison.rules.search import search_gain, with_and_without
from runcompare.records.figure import Figure

__all__ = ["RULES"]

# Below this ratio a cost difference is not worth a sentence.
NOTABLE = 1.1


NO_GAIN = ("equivalent", "worse", "inconclusive", "can't tell")


def dominated(facts: Facts) -> Iterator[Finding]:
    """No better as far as the data show, and dearer."""
    row, time = facts.dearer, facts.cost_row("cost/time")
    if facts.verdict not in NO_GAIN or row is None or row.ratio is None or row.ratio < NOTABLE or same_cost(row):
        return
    shown = facts.verdict in ("equivalent", "worse")
    yield Finding(
        "dominated",
        "strong" if shown else "suggestive",
        {
            "verdict": facts.verdict,
            "time_ratio": time.ratio if time else None,
            "cost_ratio": row.ratio,
            "basis": row.metric.key.removeprefix("cost/"),
        },
        (*evidence(facts.quality), *evidence(row)),
        limits="" if shown else "The data do not exclude that the candidate is better: see the noise section.",
    )


def time_share(facts: Facts) -> Iterator[Finding]:
    """The stage that took most of the extra time."""
    total = facts.cost_row("cost/time")
    extra = _extra(total)
    if total is None or total.ratio is None or extra is None or total.ratio < NOTABLE or same_cost(total):
        return
    rows = [(t.name, row, _extra(row)) for t in facts.tables if (row := t.row("time")) is not None]
    known = [(name, row, more) for name, row, more in rows if more is not None]
    if not known:
        return
    name, row, more = max(known, key=lambda part: part[2])
    if more / extra >= 0.25:
        yield Finding(
            "time_share", "strong", {"share": min(1.0, more / extra), "extra_s": more}, evidence(row), stage=name
        )


def search(facts: Facts) -> Iterator[Finding]:
    """What test-time compute gained on each side, and whether it made up for a weaker model."""
    pairs = with_and_without(facts)
    if pairs is None:
        return
    without, searched = pairs
    gains = {side: search_gain(without, searched, side) for side in ("candidate", "baseline")}
    shown = {side: gain.shown for side, gain in gains.items() if gain is not None}
    spent = facts.metric("eval/network_evaluations")
    yield Finding(
        "search_gain",
        "strong" if shown and all(shown.values()) else "suggestive",
        {
            **{f"{side}_gain": gain.mean if gain else None for side, gain in gains.items()},
            **{f"{side}_shown": shown.get(side) for side in gains},
            "candidate_evaluations": spent.candidate.center if spent else None,
            "baseline_evaluations": spent.baseline.center if spent else None,
        },
        (*evidence(without), *evidence(searched), *(evidence(spent) if spent else ())),
        limits="The gain is within each side's own runs; the sides also differ in training.",
    )
    yield from _rescued(without, searched)


def _rescued(without: Row, searched: Row) -> Iterator[Finding]:
    if without.ratio is None or searched.ratio is None or without.assessment == "missing":
        return
    sign = -1 if without.metric.higher_is_better else 1
    weaker, level = sign * (without.ratio - 1), sign * (searched.ratio - 1)
    if weaker > 0.02 and level < weaker / 2:
        yield Finding(
            "ttc_rescued",
            strength_of(without),
            {
                "candidate_without": without.candidate.center,
                "baseline_without": without.baseline.center,
                "candidate_with": searched.candidate.center,
                "baseline_with": searched.baseline.center,
                "without_ratio": without.ratio,
                "with_ratio": searched.ratio,
            },
            (*evidence(without), *evidence(searched)),
            limits=ASSOCIATION,
        )


def claims(facts: Facts) -> Iterator[Finding]:
    """Ratios that somebody stated, checked against the figures."""
    for claim in (c for run in facts.candidate.runs for c in run.claims):
        row = facts.cost_row(f"cost/{_COSTS.get(claim.quantity, claim.quantity)}") or facts.metric(claim.quantity)
        if row is None or row.ratio is None:
            continue
        stated = {"text": claim.text, "claimed": claim.ratio, "actual": row.ratio, "against": claim.against}
        if _close(claim.ratio, row.ratio):
            yield Finding("claim_holds", "strong", stated, evidence(row))
            continue
        matches = _matching_alternative(facts, claim.quantity, claim.ratio)
        name, ratio, figure = matches or (None, None, None)
        proof = (Evidence(f"expected {claim.quantity} of {name}", None, figure),) if figure else ()
        facts_ = {**stated, "matches": name, "matches_ratio": ratio}
        yield Finding("claim_refuted", "strong", facts_, (*evidence(row), *proof))


_COSTS = {"cost": "money", "time": "time", "eval_time": "eval_time"}


def _close(claimed: float, actual: float) -> bool:
    """Whether a claim is the actual ratio, rounded as people round: to the digits that it was stated with."""
    return abs(claimed - actual) <= max(0.5 * 0.1 ** _decimals(claimed), 0.005 * abs(actual)) * 1.0001


def _decimals(number: float) -> int:
    text = f"{number:.6g}"
    return len(re.sub(r"^[^.]*\.?", "", text))


def _matching_alternative(facts: Facts, quantity: str, ratio: float) -> tuple[str, float, Figure] | None:
    for run in facts.candidate.runs:
        mine = run.figures.get(quantity)
        for other in run.alternatives:
            figure = other.figures.get(quantity)
            if mine is None or figure is None or not mine.mid or not figure.mid:
                continue
            if _close(ratio, mine.mid / figure.mid):
                return other.name, mine.mid / figure.mid, figure
    return None


def _extra(row: Row | None) -> float | None:
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center - row.baseline.center


RULES: tuple[Rule, ...] = (dominated, time_share, search, claims)
