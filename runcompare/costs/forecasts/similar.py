"""Which runs a forecast goes by: those of the same stages on the same hardware, and the nearest of them by settings."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from runcompare.costs.durations.stages import EVAL
from runcompare.costs.forecasts.observed import Observed
from runcompare.costs.forecasts.workload import configured_stages, match_stage, shared_work, work
from runcompare.records.config import flatten
from runcompare.records.conventions import UNROLLING
from runcompare.records.counted import counted
from runcompare.records.run import Run

__all__ = ["Filled", "Similar", "different", "distance", "fill", "related", "same_hardware", "settings"]


class Similar(NamedTuple):
    """Runs to go by, and which others were left out."""

    runs: Sequence[Run]
    notes: tuple[str, ...] = ()


def related(flat: Mapping[str, Any], runs: Sequence[Run]) -> Similar:
    """The runs whose configs have a stage in common with a flat config; all, if none has."""
    wanted = configured_stages(flat)
    alike = [r for r in runs if any(match_stage(s, wanted) for s in configured_stages(dict(flatten(r.config))))]
    if not alike or len(alike) == len(runs):
        return Similar(runs)
    return Similar(alike, (f"{counted(len(runs) - len(alike), 'run')} of other stages left out",))


def same_hardware(runs: Sequence[Run]) -> Similar:
    """The runs on the hardware that most of them ran on."""
    kinds = Counter(_kind(run) for run in runs)
    if len(kinds) < 2:
        return Similar(runs)
    kind = max(kinds, key=lambda k: kinds[k])
    name = " ".join(map(str, kind[:2]))
    note = f"{counted(len(runs) - kinds[kind], 'run')} on other hardware than {name} left out"
    return Similar([run for run in runs if _kind(run) == kind], (note,))


def _kind(run: Run) -> tuple[str | int | None, ...]:
    hardware = run.hardware
    if hardware.accelerator:
        return hardware.accelerator_count or 1, hardware.accelerator
    return hardware.cpu_count, hardware.cpu, hardware.world_size


def settings(flat: Mapping[str, Any]) -> dict[str, float]:
    """The settings of a flat config that decide time, by feature name."""
    return shared_work(flat) | work(flat, EVAL, evaluation=True)


def distance(flat: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How far apart two flat configs are in the settings that both give, epochs included: the sum of log ratios."""
    return sum(abs(math.log(x.here / x.there)) for x in different(_with_epochs(other), _with_epochs(flat)))


def _with_epochs(flat: Mapping[str, Any]) -> dict[str, float]:
    return settings(flat) | {f"epochs of {s}": e for s, e in configured_stages(flat).items() if e > 0}


class Difference(NamedTuple):
    """A setting that two configs have, with different values."""

    name: str
    there: float
    here: float


def different(there: Mapping[str, float], here: Mapping[str, float]) -> list[Difference]:
    """The settings that both have and that differ."""
    return [Difference(k, there[k], here[k]) for k in here if k in there and there[k] != here[k]]


class Filled(NamedTuple):
    """A flat config with what it left out, and where that is from."""

    flat: dict[str, Any]
    notes: tuple[str, ...] = ()


def fill(flat: Mapping[str, Any], nearest: Observed) -> Filled:
    """The config with what it leaves out taken from the nearest run; a loss on unrolled steps is off if left out."""
    left_out = {p: v for p, v in nearest.flat.items() if p not in flat and UNROLLING.word not in p}
    filled = {**left_out, **flat}
    used = sorted(set(settings(filled)) - set(settings(flat)))
    return Filled(filled, (f"not in the config, taken from {nearest.run_id}: {', '.join(used)}",) if used else ())
