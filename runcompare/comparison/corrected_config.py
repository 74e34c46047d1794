"""The config to run next: the candidate without what made it more expensive and was not shown to help."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import ConfigChange, CorrectedChange
from runcompare.comparison.rules.rule import Facts
from runcompare.comparison.rules.search import search_pays
from runcompare.comparison.rules.training import STILL_FALLING
from runcompare.comparison.stages.curves import best_of, fall_at_end
from runcompare.comparison.stages.detect import Stage
from runcompare.records.config import nest
from runcompare.records.conventions import gate_closed, gate_keys, is_search_setting

__all__ = ["corrected_changes", "corrected_config"]


def corrected_changes(facts: Facts) -> tuple[CorrectedChange, ...]:
    """Settings to change in the candidate's config.

    Not better: every changed setting goes back to the baseline's value, but a stage whose baseline was still falling
    at its end keeps part of the extra epochs. Better: the extra settings stay, but epochs after the best one go, and so
    do a wider search that gained nothing and longer stages whose gate stayed closed.
    """
    if facts.verdict == "better":
        trimmed = (*_trim_epochs(facts), *_without_effect(facts))
        return tuple({change.path: change for change in trimmed}.values())
    return tuple(_revert(change, facts.baseline, facts.stages) for change in facts.config)


def _revert(change: ConfigChange, baseline: MeasuredSide, stages: Sequence[Stage]) -> CorrectedChange:
    stage = _stage_of(change.path, stages)
    if stage and isinstance(change.baseline, int) and isinstance(change.candidate, int):
        more = _enough_epochs(change.baseline, change.candidate, baseline, stage)
        if more > change.baseline:
            return CorrectedChange(change.path, more, change.candidate, change.baseline, "baseline-still-falling")
    reason = "removed" if change.kind == "only candidate" else "baseline-value"
    return CorrectedChange(change.path, change.baseline, change.candidate, change.baseline, reason)


def _enough_epochs(old: int, new: int, baseline: MeasuredSide, stage: Stage) -> int:
    """The baseline's epochs, half as many again if its loss was still falling, never more than the candidate's."""
    losses = [c for run in baseline.runs if (c := run.curve(stage, "loss")) is not None]
    falls = [fall for c in losses if (fall := fall_at_end(c)) is not None]
    if not falls or float(np.median(falls)) < STILL_FALLING:
        return old
    return max(old, min(new, math.ceil(1.5 * old)))


def _trim_epochs(facts: Facts) -> Iterator[CorrectedChange]:
    for change in facts.config:
        stage = _stage_of(change.path, facts.stages)
        if stage is None or stage.axis != "epoch" or not isinstance(change.candidate, int):
            continue
        curves = [c for run in facts.candidate.runs if (c := run.curve(stage, "val_loss")) is not None]
        last_best = max((math.ceil(b.at) for c in curves if (b := best_of(c)) is not None), default=change.candidate)
        if last_best < change.candidate:
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
