"""What to do next, from the verdict, the findings and what knowing would cost."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.model import ConfigChange, Corrected, Finding, PriceOfKnowing, Recommendation, Row

__all__ = ["recommend"]

MAX_SEEDS_WORTH_ASKING = 200


def recommend(
    verdict: str,
    worth: str | None,
    quality: Row,
    findings: Sequence[Finding],
    knowing: Sequence[PriceOfKnowing],
    config: Sequence[ConfigChange],
    corrected: Corrected | None,
) -> tuple[Recommendation, ...]:
    """Recommendations, the most important first."""
    return (
        *_choice(verdict, worth, findings),
        *_find_out(verdict, quality, knowing),
        *_settings(verdict, findings, config, corrected),
        *_training(findings),
    )


def _choice(verdict: str, worth: str | None, findings: Sequence[Finding]) -> Iterator[Recommendation]:
    dearer = any(f.rule == "dominated" for f in findings)
    if worth == "adopt":
        yield Recommendation("adopt", {}, (verdict,))
    elif worth == "trade-off":
        yield Recommendation("weigh", {}, (verdict,))
    elif worth == "drop" or verdict == "worse" or (dearer and verdict != "not comparable"):
        yield Recommendation("keep_baseline", {"verdict": verdict}, (verdict, *(["dominated"] if dearer else [])))


def _find_out(verdict: str, quality: Row, knowing: Sequence[PriceOfKnowing]) -> Iterator[Recommendation]:
    if verdict == "can't tell":
        sides = {"candidate": quality.candidate.n, "baseline": quality.baseline.n}
        # without any noise estimate the number of seeds can't be known; three a side give a first one
        yield Recommendation("run_seeds", {"seeds_low": 3, "seeds_high": 3, **sides}, (verdict,))
    if verdict != "inconclusive":
        return
    price = next((k for k in knowing if k.why == "smallest effect of interest"), None)
    if price is not None and price.seeds_low <= MAX_SEEDS_WORTH_ASKING:
        facts = {
            "seeds_low": price.seeds_low,
            "seeds_high": price.seeds_high,
            "effect": price.effect,
            "device_hours_low": price.device_hours.low,
            "device_hours_high": price.device_hours.high,
            "money_low": price.money.low,
            "money_high": price.money.high,
            "candidate": quality.candidate.n,
            "baseline": quality.baseline.n,
        }
        yield Recommendation("run_seeds", facts, (verdict,))


def _settings(
    verdict: str, findings: Sequence[Finding], config: Sequence[ConfigChange], corrected: Corrected | None
) -> Iterator[Recommendation]:
    dominated = next((f for f in findings if f.rule == "dominated"), None)
    if dominated is not None and config:
        yield Recommendation("drop_settings", {"paths": [c.path for c in config]}, ("dominated",))
    if corrected is not None and corrected.changes:
        yield Recommendation("use_corrected", {}, (verdict,))
    if len(config) > 1 and verdict in ("better", "worse"):
        yield Recommendation("ablate", {"paths": [c.path for c in config]}, ("confounded",))


def _training(findings: Sequence[Finding]) -> Iterator[Recommendation]:
    if stages := [f.stage for f in findings if f.rule == "best_worse_than_final"]:
        facts: dict[str, object] = {"stages": list(dict.fromkeys(stages)), "keys": ["best_loss"]}
        yield Recommendation("fix_logging", facts, ("best_worse_than_final",))
    for role in ("candidate", "baseline"):
        falling = [f.stage for f in findings if f.rule == "still_falling" and f.facts["role"] == role]
        if falling:
            yield Recommendation("train_longer", {"stages": falling, "role": role}, ("still_falling",))
    for finding in findings:
        if finding.rule == "wasted_epochs":
            facts = {"stage": finding.stage, "role": finding.facts["role"], "best_epoch": finding.facts["best_epoch"]}
            yield Recommendation("stop_earlier", facts, (finding.rule,))
        elif finding.rule == "estimated_figures":
            yield Recommendation("record_more", {"what": finding.facts["role"]}, (finding.rule,))
