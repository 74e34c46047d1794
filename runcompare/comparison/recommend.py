"""What to do next, from the verdict, the findings and what knowing would cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from runcompare.comparison.causes.model import Causes
from runcompare.comparison.model import Corrected, Finding, PriceOfGain, PriceOfKnowing, Recommendation
from runcompare.comparison.next_look import looks_sentence, next_look
from runcompare.comparison.recommend_expected import ranked, with_expectations
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.worth import Worth, worth_it

__all__ = ["recommend", "worth_of"]

MAX_SEEDS_WORTH_ASKING = 200
COSTS = {
    "more": "is more expensive",
    "same": "costs the same",
    "close": "is not shown to be cheaper",
    "open": "is not shown to be cheaper",
}
DIRECTION = (
    "**Say which is better**, high or low {metric:code}, with `--direction max` or `--direction min`: "
    "it is {verdict}, and nothing else says whether that is good."
)
FIRST_SEEDS = 3  # a side: without any noise estimate the number can't be known; three give a first one


def worth_of(facts: Facts) -> Worth | None:
    """What to do about the verdict, given what is known of the cost and of the guardrails."""
    test, vetoed = facts.quality.test, bool(facts.vetoes)
    if facts.quality.metric.direction is None and facts.verdict != "not comparable" and not vetoed:
        return "find out"
    found = worth_it(
        facts.verdict,
        (None, None) if test is None or _seen_elsewhere(facts) else (test.low, test.high),
        facts.cost_word,
        higher_is_better=facts.quality.metric.higher_is_better,
        min_effect=test.margin if test and test.margin is not None else 0.0,
        vetoed=vetoed,
    )
    wanted = found in ("adopt", "trade-off") or (found is None and facts.verdict in ("better", "equivalent"))
    return "find out" if wanted and facts.open_guardrails else found


def _seen_elsewhere(facts: Facts) -> bool:
    """Whether one run a side is judged by noise that these runs can't test: no interval then settles what to do."""
    quality = facts.quality
    source = quality.test.noise.source if quality.test is not None else ""
    return source == "library" or (source == "history" and quality.candidate.n == quality.baseline.n == 1)


def recommend(
    facts: Facts,
    worth: str | None,
    findings: Sequence[Finding],
    *,
    price: PriceOfGain | None,
    knowing: Sequence[PriceOfKnowing],
    corrected: Corrected | None,
    causes: Causes | None = None,
) -> tuple[Recommendation, ...]:
    """Recommendations by expected benefit per dollar, after the choice, which costs nothing.

    `price` is what the gain costs more a run, where that is known.
    """
    found = [
        *_choice(facts, worth, price),
        *_find_out(facts, knowing),
        *_corrected(facts, corrected),
        *(_first_step(one, causes) for one in _by_rules(facts, findings) if not _is_answered(one, causes)),
    ]
    return ranked(with_expectations(found, facts, findings, corrected=corrected, causes=causes), facts)


def _is_answered(one: Recommendation, causes: Causes | None) -> bool:
    """Whether an ablation that was made has told what another one would."""
    return one.action == "ablate" and causes is not None and causes.experiment is not None


def _first_step(one: Recommendation, causes: Causes | None) -> Recommendation:
    """An ablation with the run that it had best begin with."""
    run = causes.next_run if one.action == "ablate" and causes is not None else None
    if run is None:
        return one
    text = (
        "**Ablate** to learn which of {count} changed settings did it, or begin with the candidate without {name}, the "
        "run that would tell most."
    )
    return replace(one, facts={**one.facts, "count": len(one.facts["paths"]), "name": run.name}, sentence=text)


def _by_rules(facts: Facts, findings: Sequence[Finding]) -> Iterator[Recommendation]:
    by_code = {code: list(same) for code, same in groupby(sorted(findings, key=_code), key=_code)}
    for rule in RULES:
        if rule.name in by_code:
            yield from rule.recommend(by_code[rule.name], facts)


def _code(finding: Finding) -> str:
    return finding.rule


def _choice(facts: Facts, worth: str | None, price: PriceOfGain | None) -> Iterator[Recommendation]:
    verdict, dominated = facts.verdict, facts.dominated
    because = (verdict, *(["dominated"] if dominated else []))
    guardrails = [row.metric.label for row in facts.vetoes] if worth == "drop" else []
    if facts.quality.metric.direction is None and verdict in ("higher", "lower") and not guardrails:
        stated: dict[str, Any] = {"metric": facts.quality.metric.key, "verdict": verdict}
        yield Recommendation("state_direction", stated, because[:1], DIRECTION, rank=10)
    elif worth == "adopt":
        yield Recommendation("adopt", {}, because[:1], "**Adopt the candidate.**", rank=10)
    elif worth == "trade-off":
        stated = {"price": price.price if price else None, "unit": price.unit if price else ""}
        stated["metric"] = facts.quality.metric.label
        yield Recommendation("weigh", stated, because[:1], _weigh(verdict, price), rank=10)
    elif worth == "drop" or verdict == "worse" or (dominated and verdict != "not comparable"):
        stated = {"verdict": verdict, "guardrails": guardrails}
        why = _vetoed(guardrails) if guardrails else _why(facts)
        yield Recommendation("keep_baseline", stated, because, f"**Keep the baseline.** {why}", rank=10)


def _weigh(verdict: str, price: PriceOfGain | None) -> str:
    if verdict == "worse":
        return "**Weigh it.** The candidate is worse and cheaper. Whether the saving is worth it is yours to say."
    each = ": {price:figure} more a run for each {unit} of {metric}" if price is not None else ""
    return f"**Weigh it.** The gain is real and has a price{each}. Whether it is worth it is yours to say."


def _vetoed(guardrails: Sequence[str]) -> str:
    return f"The guardrail{'s' if len(guardrails) > 1 else ''} {{guardrails:list}} got worse."


def _why(facts: Facts) -> str:
    """Why the baseline is kept: what is known of quality, then of cost."""
    cost = COSTS.get(facts.cost_word, "")
    if facts.verdict == "worse":
        return f"The candidate is worse{f' and {cost}' if cost else ''}."
    if facts.verdict == "equivalent":
        return f"The candidate makes no difference that matters{f', and {cost}' if cost else ''}."
    test = facts.quality.test
    if test is not None and test.within_margin:
        return f"The candidate's gain is smaller than what was asked for{f', and it {cost}' if cost else ''}."
    if facts.verdict == "can't tell":
        return f"The candidate {cost}, and nothing here shows that it is better."
    return f"The candidate {cost}, and its gain is not shown."


def _find_out(facts: Facts, knowing: Sequence[PriceOfKnowing]) -> Iterator[Recommendation]:
    if facts.vetoes:
        return
    yield from _of_guardrails(facts)
    have = {"candidate": facts.quality.candidate.n, "baseline": facts.quality.baseline.n}
    if facts.verdict == "can't tell" or facts.verdict.startswith("beyond"):
        stated: dict[str, Any] = {"seeds_low": FIRST_SEEDS, "seeds_high": FIRST_SEEDS, **have}
        yield _run_seeds(facts, stated, _seeds_sentence(stated))
    if facts.verdict.startswith("likely"):
        yield _confirm(facts, have)
    if facts.verdict != "inconclusive":
        return
    price = _asked(knowing)
    if price is not None and price.seeds_low <= MAX_SEEDS_WORTH_ASKING:
        metric = facts.quality.metric
        stated = {
            "seeds_low": price.seeds_low,
            "seeds_high": price.seeds_high,
            "effect": abs(price.effect) * (1.0 if metric.scale == "log" else metric.points),
            "unit": "points" if metric.is_share else metric.unit,
            "device_hours_low": price.device_hours.low,
            "device_hours_high": price.device_hours.high,
            "money_low": price.money.low,
            "money_high": price.money.high,
            **have,
        }
        yield _run_seeds(facts, stated, _seeds_sentence(stated, relative=metric.scale == "log"))


def _run_seeds(facts: Facts, stated: dict[str, Any], sentence: str) -> Recommendation:
    """More seeds, and the look that is to follow; where the looks are used up, that."""
    tested = facts.verdict != "can't tell"
    look, n = facts.look, min(facts.quality.candidate.n, facts.quality.baseline.n)
    alpha = facts.alpha if look is None else look.alpha
    after = next_look(look, n, tested=tested, wanted=stated["seeds_low"], alpha=alpha)
    stated |= after.facts
    more = looks_sentence(after, recorded=look is not None)
    if after.state == "used up":
        return Recommendation("looks_used_up", stated, (facts.verdict,), more, rank=20)
    return Recommendation("run_seeds", stated, (facts.verdict,), f"{sentence} {more}", rank=20)


def _of_guardrails(facts: Facts) -> Iterator[Recommendation]:
    """Seeds that would show that a guardrail holds within its margin, if it does."""
    for row in facts.open_guardrails:
        assert row.guard is not None
        more = min(row.candidate.n, row.baseline.n) + 1
        low, high = (max(more, seeds) for seeds in row.guard.seeds or (FIRST_SEEDS, FIRST_SEEDS))
        if low > MAX_SEEDS_WORTH_ASKING:
            continue
        stated: dict[str, Any] = {
            "seeds_low": low,
            "seeds_high": high,
            "guardrail": row.metric.label,
            "margin": row.guard.margin,
            "candidate": row.candidate.n,
            "baseline": row.baseline.n,
        }
        seeds = "{seeds_low}" if low == high else "{seeds_low} to {seeds_high}"
        why = "a first estimate of its noise" if row.guard.seeds is None else "it to be shown, if nothing changed"
        sentence = (
            "**Find out whether the guardrail {guardrail} holds** within {margin}: "
            f"{seeds} seeds a side for {why} (there are {{candidate}} and {{baseline}} now)."
        )
        yield Recommendation("run_seeds", stated, ("guardrail",), sentence, rank=21)


def _confirm(facts: Facts, have: Mapping[str, int]) -> Recommendation:
    """Seeds of both sides, as many as would show the difference that one run a side makes likely."""
    test = facts.quality.test
    seeds = test.seeds_for_effect if test is not None else None
    known = seeds is not None and seeds[1] <= MAX_SEEDS_WORTH_ASKING
    low, high = (max(FIRST_SEEDS, n) for n in seeds) if known and seeds else (FIRST_SEEDS, FIRST_SEEDS)
    stated: dict[str, Any] = {"seeds_low": low, "seeds_high": high, "verdict": facts.verdict, **have}
    count = "{seeds_low}" if low == high else "{seeds_low} to {seeds_high}"
    text = f"**Confirm it** with {count} seeds a side: it is {{verdict}}, judged by noise that was seen elsewhere."
    return _run_seeds(facts, stated, text)


def _asked(knowing: Sequence[PriceOfKnowing]) -> PriceOfKnowing | None:
    """The effect to plan seeds for: the smallest of interest, where none was stated the one that was seen."""
    by_reason = {k.why: k for k in knowing}
    return by_reason.get("smallest effect of interest") or by_reason.get("observed effect")


def _seeds_sentence(facts: dict[str, Any], *, relative: bool = True) -> str:
    seeds = "{seeds_low}" if facts["seeds_low"] == facts["seeds_high"] else "{seeds_low} to {seeds_high}"
    why = " for a first estimate of the noise"
    if facts.get("effect"):
        unit = " {unit}" if facts["unit"] else ""
        size = "{effect:share}" if relative else f"{{effect:number}}{unit}"
        why = f" to resolve a difference of {size}"
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
    if corrected is None or corrected.is_baseline:
        return  # to keep the baseline is said already
    cites = tuple(dict.fromkeys(cited for change in corrected.changes for cited in change.cites))
    stated: dict[str, Any] = {"count": len(corrected.changes), "of": len(facts.config)}
    if corrected.tried is None:
        text = "**Run the corrected config** below: {count} of {of} changed settings undone."
        yield Recommendation("use_corrected", stated, (facts.verdict,), text, rank=31, cites=cites)
        return
    word = corrected.tried.against_candidate.assessment
    stated |= {"label": corrected.tried.label, "runs": len(corrected.tried.runs)}
    if word == "worse":
        text = "**Don't use the corrected config**: its {runs} runs ({label:code}) are worse than the candidate's."
        yield Recommendation("drop_corrected", stated, (word,), text, rank=31, cites=cites)
        return
    text = (
        "**Use the corrected config** below rather than the candidate's: its {runs} runs ({label:code}) are not shown "
        "to be worse."
    )
    yield Recommendation("adopt_corrected", stated, (word,), text, rank=31, cites=cites)
