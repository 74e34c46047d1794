"""What a configuration will cost, from runs that were measured on the same hardware.

The time of a stage is epochs x seconds an epoch + what it does besides its epochs; that of an evaluation goes with
its network evaluations. Both are predicted from the runs' settings (see `elasticity`), and the parts are summed. All
figures are estimates with a 95 % interval; the parts' bounds are added as if they erred together.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcompare.costs.arithmetic import add, multiply
from runcompare.costs.energy.telemetry import Telemetry
from runcompare.costs.forecasts.observed import Observed, observe
from runcompare.costs.forecasts.regression import predict
from runcompare.costs.forecasts.workload import FEATURES, configured_stages, flatten, match_stage, work
from runcompare.costs.hardware import Machine, machine_of
from runcompare.costs.prices.book import PriceBook
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

__all__ = ["Forecast", "ForecastLine", "forecast"]

OTHER, EVAL, WHOLE = "other", "eval", "whole run"


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What a stage, or the whole, is expected to take: s, h and USD."""

    stage: str
    wall: Figure
    device_hours: Figure
    money: Figure


@dataclass(frozen=True, slots=True)
class Forecast:
    """`lines` add up to `total`. `method` says in a few words where the figures come from."""

    total: ForecastLine
    lines: tuple[ForecastLine, ...]
    method: str
    notes: tuple[str, ...] = ()


def forecast(config: Mapping[str, Any], runs: Sequence[Run], book: PriceBook) -> Forecast:
    """Time, device-hours and money of a run of `config`, as measured on the hardware of most of `runs`.

    Settings that `config` leaves out are those of the run with the most similar settings. Without runs, or without
    times in them, everything is missing and the notes say why.
    """
    notes: list[str] = []
    alike = _same_hardware(_related(config, runs, notes), notes)
    seen = [o for o in (observe(run, book) for run in alike) if o is not None]
    if not seen:
        return _nothing("no run with recorded times to go by")
    machine = machine_of(alike[0], Telemetry({}, {}, None), book, [])
    flat = flatten(config)
    nearest = min(seen, key=lambda o: _distance(flat, o))
    filled = _fill(flat, nearest, notes)
    times, method = _times(filled, configured_stages(flat), seen, nearest, notes)
    if not book.states(machine.device) and not nearest.price.is_missing:
        machine = replace(machine, price=nearest.price)  # a record's stated cost says more than the book
    lines = tuple(_line(stage, wall, machine) for stage, wall in times.items())
    total = _line("total", add([line.wall for line in lines], "s", method), machine)
    return Forecast(total, lines, method, tuple(notes))


def _times(
    flat: Mapping[str, Any], asked: Collection[str], seen: Sequence[Observed], nearest: Observed, notes: list[str]
) -> tuple[dict[str, Figure], str]:
    """Seconds by stage, and how they were found. `asked` are the stages that the config itself names."""
    epochs = configured_stages(flat)
    staged = [_renamed(o, epochs) for o in seen if o.epoch_seconds]
    if not staged:
        return _coarse(flat, epochs, seen, notes)
    times: dict[str, Figure] = {}
    for stage in dict.fromkeys(s for o in staged for s in o.epoch_seconds):
        times[stage] = _stage(flat, stage, epochs.get(stage), staged, nearest, notes)
    for stage in asked:
        if stage not in times:
            times[stage] = Figure.missing(f"no run has a stage '{stage}'", "s")
    if any(o.eval_seconds for o in staged):
        times[EVAL] = _evaluation(flat, staged)
    for name in dict.fromkeys(s for o in staged for s in o.without_epochs):
        times.setdefault(name, _as_it_was([o.without_epochs[name] for o in staged if name in o.without_epochs]))
    if any(o.other_seconds for o in staged):
        times[OTHER] = _as_it_was([o.other_seconds for o in staged])
    return times, _method(flat, staged, nearest)


def _renamed(seen: Observed, configured: Mapping[str, float]) -> Observed:
    """The run's stages under the names that the config gives them."""
    name = {logged: match_stage(logged, configured) or logged for logged in seen.epochs}
    epochs, each, besides = (
        {name[s]: v for s, v in part.items()} for part in (seen.epochs, seen.epoch_seconds, seen.besides)
    )
    return replace(seen, epochs=epochs, epoch_seconds=each, besides=besides)


def _stage(
    flat: Mapping[str, Any],
    stage: str,
    epochs: float | None,
    seen: Sequence[Observed],
    nearest: Observed,
    notes: list[str],
) -> Figure:
    """Epochs x predicted seconds an epoch, and the time that the stage takes besides."""
    with_it = [o for o in seen if stage in o.epoch_seconds]
    if epochs is None:
        epochs = nearest.epochs.get(stage, with_it[0].epochs[stage])
        notes.append(f"the config sets no epochs for {stage}: {epochs:g} as in {nearest.run_id}")
    target = work(flat, stage)
    settings = [work(o.flat, stage) for o in with_it]
    each = predict(target, settings, [o.epoch_seconds[stage] for o in with_it])
    besides = [o.besides[stage] for o in with_it]
    extra = sum(besides) / len(besides)
    source = f"{epochs:g} epochs x {each.value:.3g} s" + (f" + {extra:.3g} s" if extra >= 0.005 else "")
    value, low, high = (
        epochs * t + b for t, b in zip((each.value, each.low, each.high), _spread(besides), strict=True)
    )
    return Figure(value, "s", low, high, Provenance.ESTIMATED, source)


def _as_it_was(seconds: Sequence[float]) -> Figure:
    """Time that no setting we know of decides."""
    mean, low, high = _spread(seconds)
    return Figure(mean, "s", low, high, Provenance.ESTIMATED, f"as in {len(seconds)} run(s)")


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return sum(values) / len(values), min(values), max(values)


def _evaluation(flat: Mapping[str, Any], seen: Sequence[Observed]) -> Figure:
    with_it = [o for o in seen if o.eval_seconds]
    target = work(flat, EVAL, evaluation=True)
    found = predict(target, [work(o.flat, EVAL, evaluation=True) for o in with_it], [o.eval_seconds for o in with_it])
    source = f"{target['network evaluations']:g} network evaluations a step"
    return Figure(found.value, "s", found.low, found.high, Provenance.ESTIMATED, source)


def _coarse(
    flat: Mapping[str, Any], epochs: Mapping[str, float], seen: Sequence[Observed], notes: list[str]
) -> tuple[dict[str, Figure], str]:
    """Where only whole times are known: training by the sum of epochs, evaluation by network evaluations."""
    nearest = min(seen, key=lambda o: _distance(flat, o))
    theirs = sum(configured_stages(nearest.flat).values()) or sum(nearest.epochs.values())
    ours = sum(epochs.values())
    factor = ours / theirs if ours and theirs else 1.0
    for name, there, here in _ratios(work(nearest.flat, "operator"), work(flat, "operator")):
        factor *= (here / there) ** FEATURES[name].elasticity
    notes.append(f"{nearest.run_id} has no times by epoch: its training time is scaled by {factor:.3g} as a whole")
    times = {"training": _rough(nearest.train_seconds * factor, "training", nearest)}
    if nearest.eval_seconds:
        share = work(flat, EVAL, evaluation=True), work(nearest.flat, EVAL, evaluation=True)
        ratio = share[0]["network evaluations"] / share[1]["network evaluations"]
        times[EVAL] = _rough(nearest.eval_seconds * ratio, "evaluation", nearest)
    return times, f"scaled as a whole from {nearest.run_id}"


def _rough(seconds: float, what: str, nearest: Observed) -> Figure:
    """A factor of 1.5 either way: what a scaling of whole times is good for."""
    source = f"{what} of {nearest.run_id}, scaled"
    return Figure(seconds, "s", seconds / 1.5, seconds * 1.5, Provenance.ESTIMATED, source)


def _ratios(there: Mapping[str, float], here: Mapping[str, float]) -> list[tuple[str, float, float]]:
    return [(name, there[name], here[name]) for name in here if name in there and there[name] != here[name]]


def _method(flat: Mapping[str, Any], seen: Sequence[Observed], nearest: Observed) -> str:
    """How the figures were found, by how much the runs' settings say about these."""
    mine, theirs = _settings(flat), [_settings(o.flat) for o in seen]
    same = sum(s == mine for s in theirs)
    if same:
        return f"mean of {same} run(s) with these sizes, by epochs"
    distinct = len({tuple(sorted(s.items())) for s in theirs})
    if distinct > 1:
        return f"regression on {len(seen)} runs of {distinct} configurations"
    if len(seen) > 1:
        return f"scaled from {len(seen)} runs, the nearest {nearest.run_id}"
    return f"scaled from {nearest.run_id}, the nearest run"


def _settings(flat: Mapping[str, Any]) -> dict[str, float]:
    return work(flat, "operator") | work(flat, EVAL, evaluation=True)


def _distance(flat: Mapping[str, Any], other: Observed) -> float:
    """How far apart two configs are in the settings that both give, epochs included."""
    mine = _settings(flat) | {f"epochs of {s}": e for s, e in configured_stages(flat).items() if e > 0}
    theirs = _settings(other.flat) | {f"epochs of {s}": e for s, e in configured_stages(other.flat).items() if e > 0}
    return sum(abs(math.log(here / there)) for _, there, here in _ratios(theirs, mine))


def _fill(flat: Mapping[str, Any], nearest: Observed, notes: list[str]) -> dict[str, Any]:
    """The config with what it leaves out taken from the nearest run; a rollout loss that it leaves out is off."""
    left_out = {p: v for p, v in nearest.flat.items() if p not in flat and "rollout" not in p}
    changed = {**left_out, **flat}
    used = sorted(set(_settings(changed)) - set(_settings(flat)))
    if used:
        notes.append(f"not in the config, taken from {nearest.run_id}: {', '.join(used)}")
    return changed


def _related(config: Mapping[str, Any], runs: Sequence[Run], notes: list[str]) -> Sequence[Run]:
    """The runs whose configs have a stage in common with this one; all, if none has."""
    wanted = configured_stages(flatten(config))
    related = [r for r in runs if any(match_stage(s, wanted) for s in configured_stages(flatten(r.config)))]
    if related and len(related) < len(runs):
        notes.append(f"{len(runs) - len(related)} run(s) of other stages left out")
    return related or runs


def _same_hardware(runs: Sequence[Run], notes: list[str]) -> list[Run]:
    """The runs on the hardware that most of them ran on."""
    kinds = Counter(_kind(run) for run in runs)
    if not kinds:
        return []
    kind = max(kinds, key=lambda k: kinds[k])
    if len(kinds) > 1:
        notes.append(f"{len(runs) - kinds[kind]} run(s) on other hardware than {' '.join(map(str, kind[:2]))} left out")
    return [run for run in runs if _kind(run) == kind]


def _kind(run: Run) -> tuple[str | int | None, ...]:
    hw = run.hardware
    if hw.accelerator:
        return hw.accelerator_count or 1, hw.accelerator
    return hw.cpu_count, hw.cpu, hw.world_size


def _line(stage: str, wall: Figure, machine: Machine) -> ForecastLine:
    hours = multiply(wall, machine.count, "h", "time x devices", 1 / 3600)
    return ForecastLine(stage, wall, hours, multiply(hours, machine.price, "USD", machine.price.source))


def _nothing(why: str) -> Forecast:
    line = ForecastLine("total", Figure.missing(why, "s"), Figure.missing(why, "h"), Figure.missing(why, "USD"))
    return Forecast(line, (), "none", (why,))
