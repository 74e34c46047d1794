"""The config to run next: the candidate without what made it more expensive and was not shown to help."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import ConfigChange, CorrectedChange
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.rules.search import search_pays
from runcompare.comparison.stages.curves import best_of
from runcompare.comparison.stages.detect import Stage
from runcompare.records.config import nest
from runcompare.records.conventions import gate_closed, gate_keys, is_search_setting

__all__ = ["corrected_changes", "corrected_config"]

IDLE = 0.75  # of the epochs, after which none improved


def corrected_changes(facts: Facts) -> tuple[CorrectedChange, ...]:
    """Settings to change in the candidate's config.

    Not better: every changed setting goes back to the baseline's value. Better: the extra settings stay, but a last
    quarter of the epochs or more in which no run improved goes, and so do a wider search that gained nothing and longer
    stages whose gate stayed closed.
    """
    if facts.verdict == "better":
        trimmed = (*_trim_epochs(facts), *_without_effect(facts))
        return tuple({change.path: change for change in trimmed}.values())
    return tuple(_revert(change) for change in facts.config)


def _revert(change: ConfigChange) -> CorrectedChange:
    reason = "removed" if change.kind == "only candidate" else "baseline-value"
    return CorrectedChange(change.path, change.baseline, change.candidate, change.baseline, reason)


def _trim_epochs(facts: Facts) -> Iterator[CorrectedChange]:
    for change in facts.config:
        stage = _stage_of(change.path, facts.stages)
        if stage is None or stage.axis != "epoch" or not isinstance(change.candidate, int):
            continue
        curves = [c for run in facts.candidate.runs if (c := run.curve(stage, "val_loss")) is not None]
        last_best = max((math.ceil(b.at) for c in curves if (b := best_of(c)) is not None), default=change.candidate)
        if curves and last_best <= IDLE * change.candidate:
            yield CorrectedChange(change.path, last_best, change.candidate, change.baseline, "best-epoch")


def _without_effect(facts: Facts) -> Iterator[CorrectedChange]:
    closed, pays = _closed_stages(facts.candidate), search_pays(facts)
    for change in facts.config:
        section, _, leaf = change.path.rpartition(".")
        new, old = change.candidate, change.baseline
        if not pays and is_search_setting(change.path) and change.kind == "changed":
            yield CorrectedChange(change.path, old, new, old, "search-without-gain")
        elif leaf == "epochs" and section.rpartition(".")[2] in closed and isinstance(old, int) and old < new:
            yield CorrectedChange(change.path, old, new, old, "stage-without-effect")


def _closed_stages(candidate: MeasuredSide) -> set[str]:
    """Stages whose gate ended closed in every run: what they trained was not used."""
    summaries = [run.run.summary for run in candidate.runs]
    keys = gate_keys(key for summary in summaries for key in summary)
    return {key.rpartition("/")[0] for key in keys if gate_closed(s.get(key, 1.0) for s in summaries)}


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
