"""From an ablation's record to what each change does to quality, time and money, with the seed noise in all intervals.

Quality is attributed on the metric's scale: as ratios on the log scale, whose logarithms add up, else as differences.
Time and money are attributed as they are: seconds and dollars add up.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from runcompare.comparison.causes import Effect, Experiment, Interplay, Part
from runcompare.comparison.causes_ablation import Ablation, ArmRun, Factor
from runcompare.comparison.model import Interval, Note
from runcompare.errors import UsageError
from runcompare.metrics.metric import Metric, fit_scale
from runcompare.stats.attribution import Attribution, Basis, Estimate, attribute
from runcompare.stats.law import effect_of

__all__ = ["Finding", "experiment_of", "word_of"]

Quantity = Literal["quality", "time", "money"]
MATTERS = 0.1  # of the whole difference: an interplay that is smaller is not worth a sentence
ASSUMPTIONS: dict[Basis, str] = {
    "all combinations": "",
    "balanced": "no three of the changes do together what no two of them do",
    "both ends": "a change does no more in between than it does first or last",
    "last only": "the changes all help, or all hinder, each other",
    "first only": "the changes all help, or all hinder, each other",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What an ablation shows, and what stands in its way."""

    experiment: Experiment
    effects: tuple[Effect, ...]
    notes: tuple[Note, ...] = ()


class _Attributed(NamedTuple):
    """A quantity's attribution, and how differences on its scale are told."""

    found: Attribution
    tell: Callable[[float], float]
    runs: int


def experiment_of(ablation: Ablation, metric: Metric, *, path: str = "", alpha: float = 0.05) -> Finding:
    """What an ablation shows.

    Args:
        ablation: Its record.
        metric: What its metric means.
        path: Where the record lies.
        alpha: 1 - the level of the intervals.

    Returns:
        The whole and its parts; a quantity that too few arms have is None everywhere, with a note that says why.
    """
    read = {quantity: _read(ablation, quantity, metric) for quantity in _QUANTITIES}
    made = {quantity: _attributed(ablation, quantity, one, alpha) for quantity, one in read.items()}
    found = {quantity: None if isinstance(one, Note) else one for quantity, one in made.items()}
    diverged = [note for one in read.values() for note in one.notes]
    notes = (*diverged, *(one for one in made.values() if isinstance(one, Note)))
    quality = found["quality"]
    basis: Basis = quality.found.basis if quality else "first only"
    done = sum(len(arm.runs) for arm in ablation.arms)
    experiment = Experiment(
        path=path,
        metric=ablation.metric,
        design=ablation.design,
        arms=len(ablation.arms),
        runs=done,
        seeds=ablation.seeds,
        exact=quality is not None and basis == "all combinations",
        assumption=ASSUMPTIONS[basis] if quality else "",
        **{name: _told(one.found.total, one.tell) if one else None for name, one in found.items()},
        interplay=tuple(_interplay(ablation, found, alpha)),
        unfinished=len(ablation.arms) * ablation.seeds - done,
        hardware=ablation.hardware,
    )
    effects = [_effect(ablation, place, found, metric) for place in range(len(ablation.factors))]
    effects.sort(key=lambda effect: -_size(effect))
    return Finding(experiment, tuple(effects), notes)


_QUANTITIES: tuple[Quantity, ...] = ("quality", "time", "money")


def _value(run: ArmRun, quantity: Quantity) -> float | None:
    return {"quality": run.value, "time": run.seconds, "money": run.money}[quantity]


class _Values(NamedTuple):
    """A quantity's finite values, one list an arm, and whether their logarithms are what adds up."""

    arms: list[list[float]]
    logs: bool
    notes: list[Note]


def _read(ablation: Ablation, quantity: Quantity, metric: Metric) -> _Values:
    values = [[v for run in arm.runs if (v := _value(run, quantity)) is not None] for arm in ablation.arms]
    finite = [[v for v in arm if math.isfinite(v)] for arm in values]
    diverged = sum(map(len, values)) - sum(map(len, finite))
    text = f"{diverged} runs of the ablation ended with a {quantity} that is not finite, and don't count."
    logs = quantity == "quality" and fit_scale(metric, *finite).scale == "log"
    return _Values(finite, logs, [Note("ablation-diverged", text)] if diverged else [])


def _attributed(ablation: Ablation, quantity: Quantity, read: _Values, alpha: float) -> _Attributed | Note:
    kept = [(arm, values) for arm, values in zip(ablation.arms, read.arms, strict=True) if values]
    levels = [[factor.name in arm.on for factor in ablation.factors] for arm, _ in kept]
    samples = [[math.log(v) for v in values] if read.logs else values for _, values in kept]
    try:
        found = attribute(levels, samples, alpha=alpha)
    except UsageError as error:
        text = f"The ablation does not say what {quantity} is due to: {error.message}"
        return Note("ablation-incomplete", text)
    return _Attributed(found, _relative if read.logs else float, sum(map(len, samples)))


def _relative(difference: float) -> float:
    return effect_of(difference, "log")


def _effect(ablation: Ablation, place: int, found: dict[Quantity, _Attributed | None], metric: Metric) -> Effect:
    factor: Factor = ablation.factors[place]
    parts = {quantity: _part(one, place) if one else None for quantity, one in found.items()}
    quality = found["quality"]
    return Effect(
        name=factor.name,
        category=factor.category,
        changes=factor.changes,
        source="ablation",
        quality=parts["quality"],
        time=parts["time"],
        money=parts["money"],
        word=word_of(parts["quality"], metric),
        groups=(ablation.candidate, ablation.baseline),
        runs=quality.runs if quality else 0,
    )


def _part(one: _Attributed, place: int) -> Part:
    found = one.found
    share, alone, last = found.shares[place], found.alone[place], found.last[place]
    return Part(
        effect=_told(found.shapley[place], one.tell),
        share=_told(share, float) if share else None,
        alone=_told(alone, one.tell) if alone else None,
        last=_told(last, one.tell) if last else None,
    )


def _told(estimate: Estimate, tell: Callable[[float], float]) -> Interval:
    low, high = (None if bound is None else tell(bound) for bound in (estimate.low, estimate.high))
    return Interval(tell(estimate.value), low, high)


def word_of(part: Part | None, metric: Metric) -> Literal["better", "worse", "higher", "lower", "not shown", "unknown"]:
    """What an effect on quality is called: by its interval, and by which way the metric is better."""
    if part is None or part.effect.low is None or part.effect.high is None:
        return "unknown"
    if part.effect.low <= 0 <= part.effect.high:
        return "not shown"
    rises = part.effect.value > 0
    if metric.higher_is_better is None:
        return "higher" if rises else "lower"
    return "better" if rises == metric.higher_is_better else "worse"


def _interplay(ablation: Ablation, found: dict[Quantity, _Attributed | None], alpha: float) -> Sequence[Interplay]:
    """The pairs that matter: beyond noise, and no small part of the whole."""
    names = [factor.name for factor in ablation.factors]
    return [
        Interplay(
            names[pair.first],
            "the others" if pair.second is None else names[pair.second],
            quantity,
            _told(pair.effect, one.tell),
            pair.p_value,
        )
        for quantity, one in found.items()
        if one is not None
        for pair in sorted(one.found.interactions, key=lambda pair: -abs(pair.effect.value))
        if pair.p_value is not None
        and pair.p_value < alpha
        and abs(pair.effect.value) >= MATTERS * abs(one.found.total.value)
    ]


def _size(effect: Effect) -> float:
    part = effect.quality
    if part is None:
        return 0.0
    return abs(part.share.value) if part.share else abs(part.effect.value)
