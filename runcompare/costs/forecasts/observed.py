"""The times of one run: seconds an epoch by stage, and what it takes besides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from runcompare.costs.durations.running import LATEST, cleaned
from runcompare.costs.durations.stages import EPOCH_TIME, TRAINING, is_eval, stage_key
from runcompare.costs.durations.timeline import OTHER
from runcompare.costs.forecasts.workload import configured_stages, match_stage
from runcompare.costs.ledgers import ledger
from runcompare.costs.prices.book import PriceBook
from runcompare.records.config import flatten
from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["Observed", "observe"]


@dataclass(frozen=True, slots=True)
class Observed:
    """One run's times in seconds, by the stages' names in its log. `besides` is a stage's time outside its epochs,
    `without_epochs` that of stages that have none."""

    run_id: str
    flat: Mapping[str, Any]
    price: Figure  # USD per device-hour that the run was charged at
    epochs: dict[str, float] = field(default_factory=dict)
    epoch_seconds: dict[str, float] = field(default_factory=dict)
    besides: dict[str, float] = field(default_factory=dict)
    without_epochs: dict[str, float] = field(default_factory=dict)
    train_seconds: float = 0.0
    eval_seconds: float = 0.0
    other_seconds: float = 0.0


def observe(run: Run, book: PriceBook) -> Observed | None:
    """The times of a run, or None if it has none."""
    run = cleaned(run).run
    costs = ledger(run, book)
    total, evaluation = costs.total.wall.mid, costs.eval.wall.mid or 0.0
    if not total:
        return None
    flat, training = dict(flatten(run.config)), total - evaluation
    seen = Observed(run.id, flat, costs.price, train_seconds=training, eval_seconds=evaluation)
    for line in costs.lines:
        seconds = line.wall.mid
        if seconds is None or is_eval(line.stage) or line.stage == OTHER:
            continue
        epochs = _epochs(run, line.stage, seen.flat)
        if epochs and seconds > 0:
            timed = _epoch_times(run, line.stage)
            inside = min(seconds, (timed.seconds if timed else 0.0) or seconds)
            seen.epochs[line.stage] = epochs
            seen.epoch_seconds[line.stage] = inside / epochs
            seen.besides[line.stage] = seconds - inside
        else:
            seen.without_epochs[line.stage] = seconds
    staged = sum(seen.epoch_seconds[s] * seen.epochs[s] + seen.besides[s] for s in seen.epochs)
    rest = max(0.0, seen.train_seconds - staged - sum(seen.without_epochs.values()))
    return replace(seen, epochs=seen.epochs or _stated_epochs(run), other_seconds=rest)


def _epochs(run: Run, stage: str, flat: Mapping[str, Any]) -> float | None:
    """Epochs that the stage ran, those that were run twice after a resume included."""
    if timed := _epoch_times(run, stage):
        return float(timed.epochs)
    stated = run.figures.get(f"{stage}/epochs")
    if stated is not None and not stated.is_missing:
        return stated.mid
    if key := stage_key(run, stage, "epoch"):
        logged = run.history.series(key).value
        return float(len(np.unique(logged[np.isfinite(logged)]))) or None
    configured = configured_stages(flat)
    name = match_stage(stage, configured)
    return configured[name] if name and run.info.state == "finished" else None


class _Timed(NamedTuple):
    epochs: int
    seconds: float


def _epoch_times(run: Run, stage: str) -> _Timed | None:
    """How many epochs of a stage were timed, and their sum; None if none was."""
    for key in run.history.numeric_keys:
        match = EPOCH_TIME.fullmatch(key)
        if match and (match["stage"] or TRAINING) == stage:
            series = run.history.series(key)
            if series.whole is not None:  # not all of the times were kept
                return _Timed(series.whole.finite, series.whole.total)
            times = [float(v) for v in series.value if 0 <= v < LATEST]
            return _Timed(len(times), sum(times)) if times else None
    return None


def _stated_epochs(run: Run) -> dict[str, float]:
    known = {key: f.mid for key, f in run.figures.items() if not f.is_missing}
    stated = {key.removesuffix("/epochs"): mid for key, mid in known.items() if key.endswith("/epochs")}
    return {stage: epochs for stage, epochs in stated.items() if epochs}
