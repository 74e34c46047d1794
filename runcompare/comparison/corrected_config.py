"""The config to run next: the candidate without what made it dearer and was not shown to help."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.model import ConfigChange, CorrectedChange
from runcompare.comparison.rules.training import STILL_FALLING
from runcompare.comparison.stages.curves import best_epoch, curve, fall_at_end
from runcompare.comparison.stages.detect import Stage
from runcompare.records.config import nest
from runcompare.records.run import Group

__all__ = ["corrected_changes", "corrected_config"]


def corrected_changes(
    candidate: Group,
    baseline: Group,
    changes: Sequence[ConfigChange],
    stages: Sequence[Stage],
    verdict: str,
    search_pays: bool = True,
) -> tuple[CorrectedChange, ...]:
    """Settings to change in the candidate's config.

    Not better: every changed setting goes back to the baseline's value, but a stage whose baseline was still falling
    at its end keeps part of the extra epochs. Better: the extra settings stay, but epochs after the best one go, and so
    do a wider search that gained nothing (`search_pays` is False) and longer stages whose gate stayed shut.
    """
    if verdict == "better":
        trimmed = (*_trim_epochs(candidate, changes, stages), *_without_effect(candidate, changes, search_pays))
        return tuple({change.path: change for change in trimmed}.values())
    return tuple(_revert(change, baseline, stages) for change in changes)


def _revert(change: ConfigChange, baseline: Group, stages: Sequence[Stage]) -> CorrectedChange:
    stage = _stage_of(change.path, stages)
    if stage and isinstance(change.baseline, int) and isinstance(change.candidate, int):
        more = _enough_epochs(change.baseline, change.candidate, baseline, stage)
        if more > change.baseline:
            return CorrectedChange(change.path, more, change.candidate, change.baseline, "baseline-still-falling")
    reason = "removed" if change.kind == "only candidate" else "baseline-value"
    return CorrectedChange(change.path, change.baseline, change.candidate, change.baseline, reason)


def _enough_epochs(old: int, new: int, baseline: Group, stage: Stage) -> int:
    """The baseline's epochs, half as many again if its loss was still falling, never more than the candidate's."""
    falls = [f for run in baseline.runs if (c := curve(run, stage, "loss")) and (f := fall_at_end(c)) is not None]
    if not falls or float(np.median(falls)) < STILL_FALLING:
        return old
    return max(old, min(new, math.ceil(1.5 * old)))


def _trim_epochs(
    candidate: Group, changes: Sequence[ConfigChange], stages: Sequence[Stage]
) -> tuple[CorrectedChange, ...]:
    trimmed = []
    for change in changes:
        stage = _stage_of(change.path, stages)
        if stage is None or not isinstance(change.candidate, int):
            continue
        found = [b for run in candidate.runs if (c := curve(run, stage, "val_loss")) and (b := best_epoch(c))]
        last_best = max((int(epoch) for epoch, _ in found), default=change.candidate)
        if last_best < change.candidate:
            trimmed.append(CorrectedChange(change.path, last_best, change.candidate, change.baseline, "best-epoch"))
    return tuple(trimmed)


def _without_effect(candidate: Group, changes: Sequence[ConfigChange], search_pays: bool) -> Iterator[CorrectedChange]:
    shut = _shut_stages(candidate)
    for change in changes:
        section, _, leaf = change.path.rpartition(".")
        new, old = change.candidate, change.baseline
        if not search_pays and change.path.startswith("ttc.") and change.kind == "changed":
            yield CorrectedChange(change.path, old, new, old, "search-without-gain")
        elif leaf == "epochs" and section.rpartition(".")[2] in shut and isinstance(old, int) and old < new:
            yield CorrectedChange(change.path, old, new, old, "stage-without-effect")


def _shut_stages(candidate: Group) -> set[str]:
    """Stages whose gate ended at 0 in every run: what they trained was not used."""
    keys = {key for run in candidate.runs for key in run.summary if key.endswith("/gate")}
    return {key.rpartition("/")[0] for key in keys if all(run.summary.get(key) == 0 for run in candidate.runs)}


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
