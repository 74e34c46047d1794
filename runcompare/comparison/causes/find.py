"""What is known of why two sides differ: the kinds of change, and what pairs of groups and ablations show of each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runcompare.comparison.causes.ablation import Ablation, is_of
from runcompare.comparison.causes.experiment import experiment_of, word_of
from runcompare.comparison.causes.factors import named
from runcompare.comparison.causes.groups import category_of, group_changes
from runcompare.comparison.causes.model import Causes, Effect, Experiment, Part
from runcompare.comparison.causes.next_run import next_run
from runcompare.comparison.causes.pairs import PairOfGroups, find_pairs
from runcompare.comparison.config_changes import config_changes, shared_config
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import ConfigChange, Interval, Note
from runcompare.costs import PriceBook, ledger
from runcompare.costs.lines import LedgerLine
from runcompare.metrics.metric import Metric, fit_scale
from runcompare.metrics.value import ValueRule, value
from runcompare.records.run import Group, Run
from runcompare.stats.decide import decide
from runcompare.stats.decision import Scale
from runcompare.stats.intervals import welch_interval

__all__ = ["FoundAblation", "causes_of"]


class FoundAblation(NamedTuple):
    """A record of an ablation, and where it lies."""

    record: Ablation
    path: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What effects are about."""

    metric: Metric
    rule: ValueRule
    alpha: float
    book: PriceBook


def causes_of(
    candidate: MeasuredSide,
    baseline: MeasuredSide,
    changes: Sequence[ConfigChange],
    metric: Metric,
    *,
    rule: ValueRule,
    alpha: float,
    book: PriceBook,
    history: Sequence[Group] = (),
    ablations: Sequence[FoundAblation] = (),
    ignore: Sequence[str] = (),
) -> Causes | None:
    """Causes of the difference between two sides; None if they do not differ in any setting.

    Args:
        candidate, baseline: The sides.
        changes: What their settings differ in.
        metric: The primary metric.
        rule: Which value stands for a run.
        alpha: 1 - the level of intervals.
        book: Prices of devices.
        history: Other groups of replicates of the project.
        ablations: Records that were found beside the runs; those of other sides or metrics are passed over.
        ignore: Settings, sections or patterns that play no part.
    """
    if not changes:
        return None
    grouped = group_changes(changes, ignore)
    used = [change for group in grouped.groups for change in group.changes]
    asked = _Asked(metric, rule, alpha, book)
    found = _experiment(changes, grouped.ignored, ablations, asked)
    seen = _Project(candidate, baseline, history, asked)
    known = _observed(seen, used, grouped.ignored)
    effects = (*found.effects, *known.effects)
    proposed = None if found.experiment else next_run(candidate, baseline, used, effects, book=book)
    inseparable = () if found.experiment else known.inseparable
    return Causes(grouped.groups, grouped.ignored, effects, inseparable, found.experiment, proposed, found.notes)


class _Experimental(NamedTuple):
    experiment: Experiment | None = None
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()


def _experiment(
    changes: Sequence[ConfigChange], ignored: Sequence[str], ablations: Sequence[FoundAblation], asked: _Asked
) -> _Experimental:
    """What the ablation of these sides with the most runs shows."""
    ours = [one for one in ablations if one.record.metric == asked.metric.key and is_of(one.record, changes, ignored)]
    if not ours:
        return _Experimental()
    most = max(ours, key=lambda one: sum(len(arm.runs) for arm in one.record.arms))
    found = experiment_of(most.record, asked.metric, path=most.path, alpha=asked.alpha)
    return _Experimental(found.experiment, found.effects, found.notes)


@dataclass(frozen=True, slots=True)
class _Project:
    """Both sides and the history, as groups with settings."""

    candidate: MeasuredSide
    baseline: MeasuredSide
    history: Sequence[Group]
    asked: _Asked
    _totals: dict[int, Sequence[LedgerLine]] = field(default_factory=dict)

    @property
    def configs(self) -> list[Mapping[str, Any]]:
        shared = (shared_config([run.config for run in group.runs]) for group in self.history)
        return [self.candidate.config, self.baseline.config, *shared]

    def runs(self, place: int) -> Sequence[Run]:
        if place > 1:
            return self.history[place - 2].runs
        side = (self.candidate, self.baseline)[place]
        return [run for run in side.group.runs if run.id not in side.left_out]

    def totals(self, place: int) -> Sequence[LedgerLine]:
        """What each run of a group cost; those of the sides are measured already."""
        if place > 1:
            if place not in self._totals:
                self._totals[place] = [ledger(run, self.asked.book).total for run in self.runs(place)]
            return self._totals[place]
        side = (self.candidate, self.baseline)[place]
        return [one.ledger.total for one in side.runs if one.run.id not in side.left_out]

    def label(self, place: int) -> str:
        sides = self.candidate.group.label, self.baseline.group.label
        return sides[place] if place < 2 else self.history[place - 2].label


class _Observations(NamedTuple):
    effects: tuple[Effect, ...]
    inseparable: tuple[tuple[str, ...], ...]


def _observed(project: _Project, used: Sequence[ConfigChange], ignored: Sequence[str]) -> _Observations:
    configs = [{k: v for k, v in config.items() if k not in {*ignored}} for config in project.configs]
    found = find_pairs(configs, used)
    effects = [_of_pair(project, pair, configs) for pair in found.pairs]
    return _Observations(tuple(effects), found.inseparable)


def _of_pair(project: _Project, pair: PairOfGroups, configs: Sequence[Mapping[str, Any]]) -> Effect:
    changes = config_changes(*({path: configs[place].get(path) for path in pair.paths} for place in pair[1:3]))
    new, old = project.runs(pair.new), project.runs(pair.old)
    quality = _quality(new, old, project.asked)
    (factor,) = named([changes])
    return Effect(
        name=factor.name,
        category=category_of(pair.paths[0]) or "other",
        changes=changes,
        source="pair of groups",
        quality=quality,
        time=_cost(project.totals(pair.new), project.totals(pair.old), "wall"),
        money=_cost(project.totals(pair.new), project.totals(pair.old), "money"),
        word=word_of(quality, project.asked.metric),
        whole=pair.whole,
        groups=(project.label(pair.new), project.label(pair.old)),
        runs=len(new) + len(old),
    )


def _quality(new: Sequence[Run], old: Sequence[Run], asked: _Asked) -> Part | None:
    sides = [[m for r in runs if (m := value(r, asked.metric.key, asked.rule).mid) is not None] for runs in (new, old)]
    metric = asked.metric if asked.metric.scale_fixed else fit_scale(asked.metric, *sides)
    scale: Scale = "log" if metric.scale == "log" else "linear"  # shares in points, which add up
    found = decide(sides[0], sides[1], scale=scale, higher_is_better=None, min_effect=0.0, alpha=asked.alpha)
    if found.effect is None or not math.isfinite(found.effect):
        return None
    return Part(Interval(found.effect, found.low, found.high))


def _cost(new: Sequence[LedgerLine], old: Sequence[LedgerLine], amount: str) -> Part | None:
    sides = [[m for total in totals if (m := getattr(total, amount).mid) is not None] for totals in (new, old)]
    if not all(sides):
        return None
    difference = sum(sides[0]) / len(sides[0]) - sum(sides[1]) / len(sides[1])
    if min(map(len, sides)) < 2:
        return Part(Interval(difference))
    bounds = welch_interval(sides[0], sides[1])
    return Part(Interval(difference, bounds.low, bounds.high))
