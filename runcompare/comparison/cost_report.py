"""What groups of runs cost, and which of them are worth it, as plain data.

Each group has the ledgers of its runs; all but the last group are compared with the last, as they are and at equal
quality.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runcompare.costs import (
    Choice,
    GroupLedger,
    IsoQuality,
    Ledger,
    PriceBook,
    TargetCost,
    Waste,
    cost_to_target,
    final_value,
    frontier,
    group_ledger,
    iso_quality,
    ledger,
    mean_cost,
    ratio,
    search_waste,
    seed_waste,
    waste,
)
from runcompare.costs.arithmetic import add
from runcompare.costs.wasted.seeds import seeds_to_decide
from runcompare.errors import UsageError, did_you_mean
from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.override import Override
from runcompare.metrics.primary import choose_metric
from runcompare.records.counted import counted, few
from runcompare.records.figure import Figure
from runcompare.records.run import Group
from runcompare.records.shown import Shown

__all__ = ["CostRatios", "CostReport", "GroupCost", "Point", "WasteSum", "cost_report"]

RATIOS = ("wall", "train.wall", "eval.wall", "device_hours", "energy", "money")
MOST_NAMED = 12  # metrics in a message
Groups = Mapping[str, Group]
Ledgers = Mapping[str, tuple[Ledger, ...]]


@dataclass(frozen=True, slots=True)
class WasteSum:
    """One kind of spending without gain in one stage, summed over the `runs` of a group that show it; the evidence is
    that of the first."""

    what: str
    stage: str
    runs: int
    wall: Figure
    money: Figure
    evidence: str


@dataclass(frozen=True, slots=True)
class GroupCost:
    """One group: the ledger of each of its `runs`, the mean run and the sum (`group`), and what was spent without
    gain, by run (`waste`) and by kind and stage (`waste_sums`)."""

    label: str
    runs: tuple[Ledger, ...]
    group: GroupLedger
    waste: tuple[Waste, ...]
    waste_sums: tuple[WasteSum, ...]


@dataclass(frozen=True, slots=True)
class CostRatios:
    """Candidate over baseline by field of the ledger: `wall`, `train.wall`, `eval.wall`, `device_hours`, `energy` and
    `money`, each with its interval over seeds."""

    candidate: str
    baseline: str
    ratios: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Point:
    """One run of group `label`: its device-hours and its final value of the metric."""

    label: str
    run_id: str
    device_hours: float
    quality: float


@dataclass(frozen=True, slots=True, repr=False)
class CostReport(Shown):
    """What groups of runs cost.

    `ratios` and `iso_quality` (the cost of two groups at equal quality) have an entry for each group but the last,
    which is the baseline; pairs that share no metric have no `iso_quality`. With a metric, `to_target` is what each
    group took to reach the target, `frontier` the groups by cost and quality, and `points` their runs. `warnings` say
    how the references were understood.
    """

    groups: tuple[GroupCost, ...]
    ratios: tuple[CostRatios, ...] = ()
    iso_quality: tuple[IsoQuality, ...] = ()
    metric: str | None = None
    to_target: Mapping[str, TargetCost] = field(default_factory=dict)
    frontier: tuple[Choice, ...] = ()
    points: tuple[Point, ...] = ()
    warnings: tuple[str, ...] = ()


def cost_report(
    groups: Sequence[Group],
    book: PriceBook,
    *,
    metric: str | None = None,
    target: float | None = None,
    region: str | None = None,
    overrides: Mapping[str, Override] | None = None,
) -> CostReport:
    """The costs of at least one group, and of all but the last against the last.

    Args:
        groups: Groups of replicates; those of one label are told apart by their reference.
        book: What a device-hour is charged at.
        metric: Judge by this metric, and say what it cost to reach `target`.
        target: The value to reach; by default the mean that the last group ended with.
        region: Country of the power grid, two letters; the world's average by default.
        overrides: What the user says of metrics, by key.

    Raises:
        UsageError: For no group, a target without a metric, a metric that no run of the last group has or whose
            direction nobody says, or an unknown region.
    """
    if not groups:
        raise UsageError("A cost report needs at least one group of runs.", hint="Name runs, such as a group or an id.")
    if metric is None and target is not None:
        raise UsageError("A target needs a metric.", hint="Name the metric, such as --metric eval/nrmse.")
    named = _labelled(groups)
    ledgers = {name: tuple(ledger(run, book, region=region) for run in group.runs) for name, group in named.items()}
    meanings = Meanings.of((run for group in groups for run in group.runs), overrides)
    aim = _target(named, metric, target) if metric is not None else None
    judged = _directed(metric, meanings) if metric is not None else None
    lost = _waste(named, ledgers, metric, meanings)
    return CostReport(
        groups=tuple(
            GroupCost(name, x, group_ledger(x), lost[name], _waste_sums(lost[name])) for name, x in ledgers.items()
        ),
        ratios=_ratios(ledgers),
        iso_quality=_at_equal_quality(named, metric, book, meanings),
        metric=metric,
        to_target=_to_target(named, judged, aim, book) if judged is not None and aim is not None else {},
        frontier=_frontier(named, ledgers, judged) if judged is not None else (),
        points=_points(named, ledgers, metric) if metric is not None else (),
        warnings=tuple(dict.fromkeys(note for group in groups for note in group.notes)),
    )


def _labelled(groups: Sequence[Group]) -> dict[str, Group]:
    """Groups by label; the reference, and then a prime, tells apart those of one label."""
    named: dict[str, Group] = {}
    for group in groups:
        name = group.label if group.label not in named else group.reference
        while name in named:
            name += "'"
        named[name] = group
    return named


def _ratios(ledgers: Ledgers) -> tuple[CostRatios, ...]:
    *others, last = ledgers
    return tuple(
        CostRatios(name, last, {figure: ratio(ledgers[name], ledgers[last], figure) for figure in RATIOS})
        for name in others
    )


def _judged_by(groups: Groups, name: str, metric: str | None, meanings: Meanings) -> Metric | None:
    """The metric that a group and the last are judged by; None if they share none whose direction is known."""
    try:
        last = list(groups.values())[-1]
        judged = choose_metric(groups[name], last, meanings, metric).metric
    except UsageError:
        return None
    return judged if judged.direction is not None else None


def _at_equal_quality(
    groups: Groups, metric: str | None, book: PriceBook, meanings: Meanings
) -> tuple[IsoQuality, ...]:
    *others, last = groups
    found = []
    for name in others:
        judged = _judged_by(groups, name, metric, meanings)
        if judged is None:
            continue
        sides = {name: groups[name].runs, last: groups[last].runs}
        found.append(iso_quality(sides, judged.key, book, higher_is_better=judged.direction == "max"))
    return tuple(equal for equal in found if equal is not None)


def _directed(key: str, meanings: Meanings) -> Metric:
    """The metric, whose direction must be known. Raises UsageError."""
    metric = meanings.metric(key)
    if metric.direction is None:
        raise UsageError(f"Whether more or less of '{key}' is better is not known.", hint="Say --direction min or max.")
    return metric


def _target(groups: Groups, metric: str, target: float | None) -> float:
    """The value to reach: the one named, else what the last group ended with."""
    *_, last = groups
    aim = target if target is not None else final_value(groups[last].runs, metric)
    if aim is None:
        known = sorted({k for group in groups.values() for run in group.runs for k in (*run.summary, *run.figures)})
        near = did_you_mean(metric, known) or f"They have: {few(known, MOST_NAMED) or 'no metric'}."
        raise UsageError(f"No run of {last} has '{metric}'.", hint=near)
    return aim


def _to_target(groups: Groups, metric: Metric, target: float, book: PriceBook) -> dict[str, TargetCost]:
    return {
        name: cost_to_target(group.runs, metric.key, target, book, higher_is_better=metric.direction == "max")
        for name, group in groups.items()
    }


def _frontier(groups: Groups, ledgers: Ledgers, metric: Metric) -> tuple[Choice, ...]:
    """The groups by mean device-hours and metric; those without one of them are left out."""
    choices = []
    for name, group in groups.items():
        hours = mean_cost(ledgers[name], "device_hours").mid
        final = final_value(group.runs, metric.key)
        if hours is not None and final is not None:
            choices.append(Choice(name, hours, final))
    return frontier(choices, higher_is_better=metric.direction == "max")


def _points(groups: Groups, ledgers: Ledgers, metric: str) -> tuple[Point, ...]:
    return tuple(
        Point(name, run.id, hours, final)
        for name, group in groups.items()
        for run, x in zip(group.runs, ledgers[name], strict=True)
        if (hours := x.total.device_hours.mid) is not None and (final := final_value([run], metric)) is not None
    )


def _waste(groups: Groups, ledgers: Ledgers, metric: str | None, meanings: Meanings) -> dict[str, tuple[Waste, ...]]:
    """By group: epochs after the best, idle devices, search without gain, and seeds beyond the decision."""
    searched = search_waste({name: group.runs for name, group in groups.items()}, ledgers)
    seeds = _seeds_beyond(groups, ledgers, metric, meanings)
    found = {}
    for name, group in groups.items():
        within = [w for run, x in zip(group.runs, ledgers[name], strict=True) for w in waste(run, x)]
        found[name] = (*within, *searched[name], *seeds.get(name, ()))
    return found


def _waste_sums(parts: Sequence[Waste]) -> tuple[WasteSum, ...]:
    by_kind: dict[tuple[str, str], list[Waste]] = {}
    for part in parts:
        by_kind.setdefault((part.what, part.stage), []).append(part)
    return tuple(_waste_sum(same) for same in by_kind.values())


def _waste_sum(same: Sequence[Waste]) -> WasteSum:
    first, source = same[0], f"sum over {counted(len(same), 'run')}"
    wall, money = add([w.wall for w in same], "s", source), add([w.money for w in same], "USD", source)
    return WasteSum(first.what, first.stage, len(same), wall, money, first.evidence)


def _seeds_beyond(groups: Groups, ledgers: Ledgers, metric: str | None, meanings: Meanings) -> dict[str, list[Waste]]:
    """Seeds after the look that decided between each group and the last, which needed as many as its closest case."""
    *others, last = groups
    needed: dict[str, int] = {}
    for name in others:
        judged = _judged_by(groups, name, metric, meanings)
        if judged is None:
            return {}
        enough = seeds_to_decide(groups[name].runs, groups[last].runs, judged)
        needed[name], base = enough or (len(groups[name]), len(groups[last]))
        needed[last] = max(base, needed.get(last, 0))
    return {name: seed_waste(groups[name].runs, ledgers[name], enough) for name, enough in needed.items()}
