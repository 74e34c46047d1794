"""What to do next, from the verdict, the findings and what knowing would cost."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from runcompare.comparison.model import Corrected, Finding, PriceOfKnowing, Recommendation
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.rule import Facts
from runcompare.records.figure import Figure

__all__ = ["recommend"]

MAX_SEEDS_WORTH_ASKING = 200
FIRST_SEEDS = 3  # a side: without any noise estimate the number can't be known; three give a first one


def recommend(
    facts: Facts,
    worth: str | None,
    findings: Sequence[Finding],
    *,
    price: Figure | None,
    knowing: Sequence[PriceOfKnowing],
    corrected: Corrected | None,
) -> tuple[Recommendation, ...]:
    """Recommendations by rank: the choice, finding out, settings, training, records.

    `price` is what each per cent of the metric costs more a run, where that is known.
    """
    found = [
        *_choice(facts, worth, price),
        *_find_out(facts, knowing),
        *_corrected(facts, corrected),
        *_by_rules(facts, findings),
    ]
    return tuple(sorted(found, key=lambda r: r.rank))


def _by_rules(facts: Facts, findings: Sequence[Finding]) -> Iterator[Recommendation]:
    by_code = {code: list(same) for code, same in groupby(sorted(findings, key=_code), key=_code)}
    for rule in RULES:
        if rule.code in by_code:
            yield from rule.recommend(by_code[rule.code], facts)


def _code(finding: Finding) -> str:
    return finding.rule


def _choice(facts: Facts, worth: str | None, price: Figure | None) -> Iterator[Recommendation]:
    verdict, dominated = facts.verdict, facts.dominated
    because = (verdict, *(["dominated"] if dominated else []))
    if worth == "adopt":
        yield Recommendation("adopt", {}, because[:1], "**Adopt the candidate.**", rank=10)
    elif worth == "trade-off":
        stated: dict[str, Any] = {"price": price, "metric": facts.quality.metric.label}
        yield Recommendation("weigh", stated, because[:1], _weigh(price), rank=10)
    elif worth == "drop" or verdict == "worse" or (dominated and verdict != "not comparable"):
        stated = {"verdict": verdict}
        yield Recommendation("keep_baseline", stated, because, f"**Keep the baseline.** {_why(verdict)}", rank=10)


def _weigh(price: Figure | None) -> str:
    each = ": {price:figure} more a run for each per cent of {metric}" if price is not None else ""
    return f"**Weigh it.** The gain is real and has a price{each}. Whether it is worth it is yours to say."


def _why(verdict: str) -> str:
    if verdict in ("worse", "equivalent"):
        return "The candidate is {verdict} and more expensive."
    if verdict == "can't tell":
        return "The candidate is more expensive, and nothing here shows that it is better."
    return "The candidate is more expensive, and its gain is not shown."


def _find_out(facts: Facts, knowing: Sequence[PriceOfKnowing]) -> Iterator[Recommendation]:
    have = {"candidate": facts.quality.candidate.n, "baseline": facts.quality.baseline.n}
    if facts.verdict == "can't tell" or facts.verdict.startswith("beyond"):
        stated: dict[str, Any] = {"seeds_low": FIRST_SEEDS, "seeds_high": FIRST_SEEDS, **have}
        yield Recommendation("run_seeds", stated, (facts.verdict,), _seeds_sentence(stated), rank=20)
    if facts.verdict != "inconclusive":
        return
    price = next((k for k in knowing if k.why == "smallest effect of interest"), None)
    if price is not None and price.seeds_low <= MAX_SEEDS_WORTH_ASKING:
        stated = {
            "seeds_low": price.seeds_low,
            "seeds_high": price.seeds_high,
            "effect": abs(price.effect),
            "device_hours_low": price.device_hours.low,
            "device_hours_high": price.device_hours.high,
            "money_low": price.money.low,
            "money_high": price.money.high,
            **have,
        }
        yield Recommendation("run_seeds", stated, (facts.verdict,), _seeds_sentence(stated), rank=20)


def _seeds_sentence(facts: dict[str, Any]) -> str:
    seeds = "{seeds_low}" if facts["seeds_low"] == facts["seeds_high"] else "{seeds_low} to {seeds_high}"
    why = " to resolve {effect:share}" if facts.get("effect") else " for a first estimate of the noise"
    price = ""
    if facts.get("money_low") is not None:
        price = ", {money_low:money} to {money_high:money}"
    elif facts.get("device_hours_low") is not None:
        price = ", {device_hours_low:number} to {device_hours_high:number} device-hours"
    return (
        f"**Run more seeds** before deciding: {seeds} a side{why} "
        f"(there are {{candidate}} and {{baseline}} now){price}."
    )


def _corrected(facts: Facts, corrected: Corrected | None) -> Iterator[Recommendation]:
    if corrected is not None and corrected.changes:
        yield Recommendation("use_corrected", {}, (facts.verdict,), "**Run the corrected config** below.", rank=31)
