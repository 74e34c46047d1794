"""Seconds that each stage of a configuration will take, from what runs took.

A stage takes epochs x seconds an epoch + what it takes besides; an evaluation goes with its network evaluations. Where
runs have no times by epoch, their whole times are scaled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from runcompare.costs.durations.stages import EVAL
from runcompare.costs.durations.timeline import OTHER
from runcompare.costs.forecasts.observed import Observed
from runcompare.costs.forecasts.regression import predict
from runcompare.costs.forecasts.similar import different, distance, settings
from runcompare.costs.forecasts.workload import (
    EVALUATIONS,
    FEATURES,
    configured_stages,
    match_stage,
    shared_work,
    work,
)
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance

__all__ = ["StageTimes", "stage_times"]


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Seconds by stage, how they were found in a few words, and what was assumed."""

    seconds: Mapping[str, Figure]
    method: str
    notes: tuple[str, ...] = ()


def stage_times(
    flat: Mapping[str, Any], seen: Sequence[Observed], nearest: Observed, *, asked: Collection[str]
) -> StageTimes:
    """The time of every stage that runs went through or that is asked for.

    Args:
        flat: the configuration, with what it leaves out filled in.
        seen: the runs to go by, at least one.
        nearest: the one of them with the most similar settings.
        asked: the stages that the configuration itself names; missing where no run has them.
    """
    epochs = configured_stages(flat)
    staged = [_renamed(o, epochs) for o in seen if o.epoch_seconds]
    if not staged:
        return _scaled_whole(flat, epochs, seen)
    times: dict[str, Figure] = {}
    notes: list[str] = []
    for stage in dict.fromkeys(s for o in staged for s in o.epoch_seconds):
        found = _stage(flat, stage, staged, _epochs(stage, epochs, staged, nearest))
        times[stage] = found.wall
        notes += [found.note] if found.note else []
    for stage in asked:
        times.setdefault(stage, Figure.missing(f"no run has a stage '{stage}'", "s"))
    return StageTimes(times | _rest(flat, staged, times), _method(flat, staged, nearest), tuple(notes))


def _rest(flat: Mapping[str, Any], staged: Sequence[Observed], times: Collection[str]) -> dict[str, Figure]:
    """Evaluation, stages without epochs, and time in no stage."""
    rest: dict[str, Figure] = {}
    if any(o.eval_seconds for o in staged):
        rest[EVAL] = _evaluation(flat, staged)
    for name in dict.fromkeys(s for o in staged for s in o.without_epochs):
        if name not in times and name not in rest:
            rest[name] = _as_before([o.without_epochs[name] for o in staged if name in o.without_epochs])
    if any(o.other_seconds for o in staged):
        rest[OTHER] = _as_before([o.other_seconds for o in staged])
    return rest


def _renamed(seen: Observed, configured: Mapping[str, float]) -> Observed:
    """The run's stages under the names that the config gives them."""
    name = {logged: match_stage(logged, configured) or logged for logged in seen.epochs}
    epochs, each, besides = (
        {name[s]: v for s, v in part.items()} for part in (seen.epochs, seen.epoch_seconds, seen.besides)
    )
    return replace(seen, epochs=epochs, epoch_seconds=each, besides=besides)


class _Epochs(NamedTuple):
    number: float
    note: str = ""


def _epochs(stage: str, configured: Mapping[str, float], staged: Sequence[Observed], nearest: Observed) -> _Epochs:
    """Epochs of a stage as configured, else as in the nearest run, else as in the first that has the stage."""
    if stage in configured:
        return _Epochs(configured[stage])
    first = next(o for o in staged if stage in o.epoch_seconds)
    number = nearest.epochs.get(stage, first.epochs[stage])
    return _Epochs(number, f"the config sets no epochs for {stage}: {number:g} as in {nearest.run_id}")


class _StageTime(NamedTuple):
    wall: Figure
    note: str = ""


def _stage(flat: Mapping[str, Any], stage: str, seen: Sequence[Observed], epochs: _Epochs) -> _StageTime:
    """Epochs x predicted seconds an epoch, and the time that the stage takes besides."""
    with_it = [o for o in seen if stage in o.epoch_seconds]
    each = predict(work(flat, stage), [work(o.flat, stage) for o in with_it], [o.epoch_seconds[stage] for o in with_it])
    besides = _spread([o.besides[stage] for o in with_it])
    n = epochs.number
    source = f"{n:g} epochs x {each.value:.3g} s" + (f" + {besides.mean:.3g} s" if besides.mean >= 0.005 else "")
    value, low, high = n * each.value + besides.mean, n * each.low + besides.low, n * each.high + besides.high
    return _StageTime(Figure(value, "s", low, high, Provenance.ESTIMATED, source), epochs.note)


def _as_before(seconds: Sequence[float]) -> Figure:
    """Time that no setting we know of decides."""
    mean, low, high = _spread(seconds)
    return Figure(mean, "s", low, high, Provenance.ESTIMATED, f"as in {counted(len(seconds), 'run')}")


class _Spread(NamedTuple):
    mean: float
    low: float
    high: float


def _spread(values: Sequence[float]) -> _Spread:
    return _Spread(sum(values) / len(values), min(values), max(values))


def _evaluation(flat: Mapping[str, Any], seen: Sequence[Observed]) -> Figure:
    with_it = [o for o in seen if o.eval_seconds]
    target = work(flat, EVAL, evaluation=True)
    found = predict(target, [work(o.flat, EVAL, evaluation=True) for o in with_it], [o.eval_seconds for o in with_it])
    source = f"{target[EVALUATIONS.name]:g} network evaluations a step"
    return Figure(found.value, "s", found.low, found.high, Provenance.ESTIMATED, source)


def _scaled_whole(flat: Mapping[str, Any], epochs: Mapping[str, float], seen: Sequence[Observed]) -> StageTimes:
    """Where only whole times are known: training by the sum of epochs, evaluation by network evaluations."""
    nearest = min(seen, key=lambda o: distance(flat, o.flat))
    theirs = sum(configured_stages(nearest.flat).values()) or sum(nearest.epochs.values())
    ours = sum(epochs.values())
    factor = ours / theirs if ours and theirs else 1.0
    for x in different(shared_work(nearest.flat), shared_work(flat)):
        factor *= (x.here / x.there) ** FEATURES[x.name].elasticity
    note = f"{nearest.run_id} has no times by epoch: its training time is scaled by {factor:.3g} as a whole"
    times = {"training": _rough(nearest.train_seconds * factor, "training", nearest)}
    if nearest.eval_seconds:
        here, there = (work(x, EVAL, evaluation=True)[EVALUATIONS.name] for x in (flat, nearest.flat))
        times[EVAL] = _rough(nearest.eval_seconds * here / there, "evaluation", nearest)
    return StageTimes(times, f"scaled as a whole from {nearest.run_id}", (note,))


def _rough(seconds: float, what: str, nearest: Observed) -> Figure:
    """A factor of 1.5 either way: what a scaling of whole times is good for."""
    source = f"{what} of {nearest.run_id}, scaled"
    return Figure(seconds, "s", seconds / 1.5, seconds * 1.5, Provenance.ESTIMATED, source)


def _method(flat: Mapping[str, Any], seen: Sequence[Observed], nearest: Observed) -> str:
    """How the figures were found, by how near the runs' settings are to these."""
    mine, theirs = settings(flat), [settings(o.flat) for o in seen]
    same = sum(s == mine for s in theirs)
    if same:
        return f"mean of {counted(same, 'run')} with these sizes, by epochs"
    distinct = len({tuple(sorted(s.items())) for s in theirs})
    if distinct > 1:
        return f"regression on {len(seen)} runs of {distinct} configurations"
    if len(seen) > 1:
        return f"scaled from {len(seen)} runs, the nearest {nearest.run_id}"
    return f"scaled from {nearest.run_id}, the nearest run"
