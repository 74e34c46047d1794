"""The config to run next: the candidate with what paid, without the rest.

What paid is known from an attribution (an ablation of these two sides, or groups of the project that differ in one
change alone), or from a finding. Where neither says anything of a change, the verdict decides: what is part of a better
candidate stays, since nothing says that it can go; what is part of one that is not shown to be better goes back.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runcompare.comparison.causes.model import Causes, Effect
from runcompare.comparison.effects import costs_more, in_place, paid, told_of
from runcompare.comparison.model import ConfigChange, CorrectedChange, Finding, Interval
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.rules.search import search_pays
from runcompare.comparison.stages.detect import Stage
from runcompare.records.config import nest
from runcompare.records.conventions import is_search_setting
from runcompare.records.redact import MARK

__all__ = ["corrected_changes", "corrected_config"]

WORTH_HAVING = 0.02  # of the metric, or in its units: less does not speak against a finding that nothing was gained
GATE, OVERFIT = "gate_closed", "overfitting"  # rules whose findings undo a setting
SEARCH = ("search_wasted", "search_gain")  # the first that fired is cited


def corrected_changes(
    facts: Facts, findings: Sequence[Finding] = (), causes: Causes | None = None
) -> tuple[CorrectedChange, ...]:
    """Settings to change in the candidate's config, each with its reason and what it rests on."""
    told = {path: effect for path in _paths(facts) if (effect := told_of(causes, path, facts.config)) is not None}
    undone = {change.path: _with_effect(change, told) for change in _by_findings(facts, findings)}
    undone = {path: change for path, change in undone.items() if not _is_shown_to_pay(told.get(path))}
    for change in _by_attribution(facts, told):
        undone.setdefault(change.path, change)
    if facts.verdict != "better":
        for setting in facts.config:
            if (effect := told.get(setting.path)) is None or not paid(effect):
                undone.setdefault(setting.path, _revert(setting))
    return tuple(undone[path] for path in _paths(facts) if path in undone and not _is_secret(undone[path]))


def _is_secret(change: CorrectedChange) -> bool:
    """Whether a value was taken out of what is known: what stands in its place is no setting."""
    return any(MARK in str(value) for value in (change.candidate, change.baseline))


def _paths(facts: Facts) -> list[str]:
    return [change.path for change in facts.config]


def _is_shown_to_pay(effect: Effect | None) -> bool:
    """Whether runs that were made to find out show that a change pays, whatever a finding sees in the candidate's."""
    part = in_place(effect.quality) if effect is not None else None
    known = effect is not None and effect.source == "ablation" and paid(effect)
    return known and part is not None and abs(part.value) >= WORTH_HAVING


def _with_effect(change: CorrectedChange, told: Mapping[str, Effect]) -> CorrectedChange:
    """A change that a finding undoes, with the attribution beside it where there is one of an ablation."""
    effect = told.get(change.path)
    if effect is None or effect.source != "ablation":
        return change
    return replace(change, cites=(*change.cites, effect.name), effect=in_place(effect.quality))


def _by_attribution(facts: Facts, told: Mapping[str, Effect]) -> Iterator[CorrectedChange]:
    """Changes that an attribution shows to do harm, or to cost something without being shown to help."""
    changed = {change.path: change for change in facts.config}
    for path, effect in told.items():
        seen = in_place(effect.quality)
        if seen is None or paid(effect) or not changed.keys() >= set(effect.keys):
            continue
        harm = effect.word == "worse"
        if harm or costs_more(effect):
            reason = "made-it-worse" if harm else "cost-without-gain"
            yield _undo(changed[path], reason, (effect.name,), seen)


def _undo(
    change: ConfigChange, reason: str, cites: tuple[str, ...] = (), effect: Interval | None = None
) -> CorrectedChange:
    """The baseline's value, or none where the baseline has none."""
    return CorrectedChange(change.path, change.baseline, change.candidate, change.baseline, reason, cites, effect)


def _revert(change: ConfigChange) -> CorrectedChange:
    return _undo(change, "removed" if change.kind == "only candidate" else "baseline-value")


def _by_findings(facts: Facts, findings: Sequence[Finding]) -> Iterator[CorrectedChange]:
    """A wider search that gained nothing, longer stages whose gate closed, epochs in which a stage overfitted."""
    codes = {finding.rule: finding.code for finding in findings}
    searched = next((codes[rule] for rule in SEARCH if rule in codes), None)
    closed = {f.stage for f in findings if f.rule == GATE and f.facts.get("role") == "candidate"}
    fitted = {f.stage: f for f in findings if f.rule == OVERFIT and f.strength == "strong"}
    pays = search_pays(facts)
    for change in facts.config:
        section, _, leaf = change.path.rpartition(".")
        new, old = change.candidate, change.baseline
        if not pays and is_search_setting(change.path) and change.kind == "changed":
            yield _undo(change, "search-without-gain", _cited(searched))
        elif leaf == "epochs" and section.rpartition(".")[2] in closed and _is_below(old, new):
            yield _undo(change, "stage-without-effect", _cited(codes.get(GATE)))
        elif (stage := _stage_of(change.path, facts.stages)) is not None and stage.name in fitted:
            best = _best_epoch(fitted[stage.name])
            if best is not None and _is_below(best, new):
                cited = _cited(fitted[stage.name].code)
                yield CorrectedChange(change.path, best, new, old, "overfitted", cited)


def _cited(code: str | None) -> tuple[str, ...]:
    return (code,) if code else ()


def _is_below(low: object, high: object) -> bool:
    return type(low) is int and type(high) is int and low < high


def _best_epoch(finding: Finding) -> int | None:
    """The epoch at which the candidate's held-out loss was lowest."""
    at = finding.facts.get("best_at")
    own = finding.facts.get("role") == "candidate" and finding.facts.get("axis") == "epoch"
    return math.ceil(at) if own and isinstance(at, int | float) and math.isfinite(at) and at >= 1 else None


def _stage_of(path: str, stages: Sequence[Stage]) -> Stage | None:
    """The stage whose number of epochs a path sets: `stages.NAME.epochs` or `NAME.epochs`."""
    parts = path.split(".")
    if len(parts) < 2 or parts[-1] != "epochs":
        return None
    return next((s for s in stages if parts[-2] == s.name or parts[-2] in s.seen_as), None)


def corrected_config(config: Mapping[str, Any], changes: Sequence[CorrectedChange]) -> dict[str, Any]:
    """The candidate's flat shared config with the changes made, nested."""
    flat = dict(config)
    for change in changes:
        if change.value is None:
            flat.pop(change.path, None)
        else:
            flat[change.path] = change.value
    return nest(flat)
