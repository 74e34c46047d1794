"""From an ablation's record to what each change does to quality, time and money, with the seed noise in all intervals.

Quality is attributed on the metric's scale: as ratios on the log scale, whose logarithms add up, else as differences.
Time and money are attributed as they are: seconds and dollars add up.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from runcompare.comparison.causes.ablation import Ablation, ArmRun, Factor
from runcompare.comparison.causes.model import Effect, Experiment, Interplay, Part
from runcompare.comparison.model import Interval, Note
from runcompare.errors import UsageError
from runcompare.metrics.metric import Metric, fit_scale
from runcompare.stats.attribution import Attribution, Basis, Estimate, attribute
from runcompare.stats.law import effect_of

__all__ = ["Finding", "counts_for_costs", "experiment_of", "word_of"]

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
    quality = _attributed(ablation, "quality", metric, alpha=alpha, counts=lambda run: True)
    costs = _on_one_machine(ablation, metric, alpha)
    made = {"quality": quality, "time": costs.time, "money": costs.money}
    found = {name: None if isinstance(one, Note) else one for name, one in made.items()}
    notes = (*_diverged(ablation), *_without_noise(ablation), *_untold(made))
    experiment = _experiment(ablation, found, costs, path, alpha=alpha)
    effects = [_effect(ablation, place, found, metric) for place in range(len(ablation.factors))]
    effects.sort(key=lambda effect: -_size(effect))
    return Finding(experiment, tuple(effects), notes)


Found = Mapping[str, "_Attributed | None"]


def _untold(made: Mapping[str, "_Attributed | Note"]) -> Iterator[Note]:
    """What the ablation does not say, quantities with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for quantity, one in made.items():
        if isinstance(one, Note):
            reasons.setdefault(one.text, []).append(quantity)
    for reason, quantities in reasons.items():
        verb = "is" if len(quantities) == 1 else "are"
        text = f"The ablation does not say yet what {' and '.join(quantities)} {verb} due to: {reason}"
        yield Note("ablation-incomplete", text)


def _experiment(ablation: Ablation, found: Found, costs: "_Costs", path: str, *, alpha: float) -> Experiment:
    quality = found["quality"]
    basis: Basis = quality.found.basis if quality else "first only"
    sizes = [len(arm.runs) for arm in ablation.arms]
    runs = [run for arm in ablation.arms for run in arm.runs]
    whole = {name: _told(one.found.total, one.tell) if one else None for name, one in found.items()}
    return Experiment(
        path=path,
        metric=ablation.metric,
        design=ablation.design,
        arms=sum(size > 0 for size in sizes),
        runs=len(runs),
        fewest=min((size for size in sizes if size), default=0),
        most=max(sizes),
        exact=quality is not None and basis == "all combinations",
        assumption=ASSUMPTIONS[basis] if quality else "",
        quality=whole["quality"],
        time=whole["time"],
        money=whole["money"],
        interplay=tuple(_interplay(ablation, found, alpha)),
        unfinished=sum(max(0, ablation.seeds - size) for size in sizes),
        reused=sum(run.reused for run in runs),
        cost_runs=costs.runs,
        machine=costs.machine,
        machines=tuple(dict.fromkeys(run.machine for run in runs if run.machine)),
    )


def _value(run: ArmRun, quantity: Quantity) -> float | None:
    return {"quality": run.value, "time": run.seconds, "money": run.money}[quantity]


class _Costs(NamedTuple):
    """What time and money are due to, by `runs` on `machine`."""

    time: "_Attributed | Note"
    money: "_Attributed | Note"
    machine: str
    runs: int


def _on_one_machine(ablation: Ablation, metric: Metric, alpha: float) -> _Costs:
    """Costs by the runs that one kind of machine made for the ablation, of the kind with the most runs that tell the
    changes apart."""
    counting = [run for arm in ablation.arms for run in arm.runs if counts_for_costs(ablation, run)]
    machines = Counter(run.machine for run in counting if run.seconds is not None).most_common()
    tried = [_costs(ablation, metric, alpha, machine) for machine, _ in machines or [("", 0)]]
    return next((costs for costs in tried if not isinstance(costs.time, Note)), tried[0])


def counts_for_costs(ablation: Ablation, run: ArmRun) -> bool:
    """Whether a run's time and money are compared: those of other days, which were there before, count only where there
    are no others."""
    return not run.reused or all(one.reused for arm in ablation.arms for one in arm.runs if one.seconds is not None)


def _costs(ablation: Ablation, metric: Metric, alpha: float, machine: str) -> _Costs:
    def counts(run: ArmRun) -> bool:
        return run.machine == machine and counts_for_costs(ablation, run)

    time = _attributed(ablation, "time", metric, alpha=alpha, counts=counts)
    money = _attributed(ablation, "money", metric, alpha=alpha, counts=counts)
    return _Costs(time, money, machine, 0 if isinstance(time, Note) else time.runs)


def _diverged(ablation: Ablation) -> Iterator[Note]:
    values = [run.value for arm in ablation.arms for run in arm.runs if run.value is not None]
    if diverged := sum(not math.isfinite(v) for v in values):
        text = f"{diverged} runs of the ablation ended with a value that is not finite, and don't count for quality."
        yield Note("ablation-diverged", text)


def _without_noise(ablation: Ablation) -> Iterator[Note]:
    """Seeds that all end with the very same value are no replicates: their intervals of width 0 say nothing."""
    arms = [[run.value for run in arm.runs if run.value is not None] for arm in ablation.arms]
    several = [values for values in arms if len(values) > 1]
    if several and all(len(set(values)) == 1 for values in several):
        text = (
            "All seeds of a combination ended with exactly the same value, as if the seed had no effect: the noise is "
            "not known, and the intervals of quality leave it out. Check that the command uses {seed}."
        )
        yield Note("ablation-no-noise", text)


def _attributed(
    ablation: Ablation, quantity: Quantity, metric: Metric, *, alpha: float, counts: Callable[[ArmRun], bool]
) -> "_Attributed | Note":
    arms = [
        [v for run in arm.runs if counts(run) and (v := _value(run, quantity)) is not None] for arm in ablation.arms
    ]
    finite = [[v for v in arm if math.isfinite(v)] for arm in arms]
    logs = quantity == "quality" and fit_scale(metric, *finite).scale == "log"
    kept = [(arm, values) for arm, values in zip(ablation.arms, finite, strict=True) if values]
    where = "" if quantity == "quality" else ", of runs made for it on one kind of machine"
    if not kept:
        return Note("ablation-incomplete", f"no run has a figure for it{where}.")
    levels = [[factor.name in arm.on for factor in ablation.factors] for arm, _ in kept]
    samples = [[math.log(v) for v in values] if logs else values for _, values in kept]
    try:
        found = attribute(levels, samples, alpha=alpha)
    except UsageError as error:
        return Note("ablation-incomplete", f"{error.message.rstrip('.')}{where}.")
    return _Attributed(found, _relative if logs else float, sum(map(len, samples)))


def _relative(difference: float) -> float:
    return effect_of(difference, "log")


def _effect(ablation: Ablation, place: int, found: Found, metric: Metric) -> Effect:
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


def _interplay(ablation: Ablation, found: Found, alpha: float) -> Sequence[Interplay]:
    """The pairs that matter: beyond noise, and no small part of the whole."""
    names = [factor.name for factor in ablation.factors]
    quantities: tuple[Quantity, ...] = ("quality", "time", "money")
    return [
        Interplay(
            names[pair.first],
            "the others" if pair.second is None else names[pair.second],
            quantity,
            _told(pair.effect, one.tell),
            pair.p_value,
        )
        for quantity in quantities
        if (one := found[quantity]) is not None
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
