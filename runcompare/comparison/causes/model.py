"""What made the difference, as plain data: what was changed, and what each change is known to do.

Two kinds of evidence say what a change does. A **pair of groups** of the project that differ in that change alone: an
observation, of the values that those groups had. An **ablation**: runs that were made to find out, in which the changes
between these two sides were switched one by one (see `ablation.py`). Where there is neither, nothing is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runcompare.comparison.model import ConfigChange, Interval, Note
from runcompare.records.figure import Figure

__all__ = [
    "Category",
    "Causes",
    "ChangeGroup",
    "Design",
    "Effect",
    "Experiment",
    "Interplay",
    "NextRun",
    "Part",
    "Source",
]

Category = Literal["data", "model", "optimiser", "schedule", "loss", "rollout", "search", "infrastructure", "other"]
Source = Literal["pair of groups", "ablation"]
Design = Literal["one-out", "one-in", "out-and-in", "factorial", "fractional"]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The settings of one kind that differ, with both sides' values."""

    category: Category
    changes: tuple[ConfigChange, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What a change does to one quantity, candidate's value against baseline's.

    Effects on quality are told as in `Test`: relative on the log scale (-0.2 is 20 % lower), else in the metric's
    units. Effects on time are in seconds a run, on money in USD a run. `share` is the part of the whole difference
    between the sides that `effect` is (1 is all of it; the parts of an ablation add up to 1), None where the whole is
    not known to differ from 0 or where it was not these two sides that were seen. `alone` is the effect of making this
    change only, to the baseline; `last` that of making it when all others are made: what the candidate owes to it, and
    would lose without it.
    """

    effect: Interval
    share: Interval | None = None
    alone: Interval | None = None
    last: Interval | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does, and how that is known.

    `changes` are the settings that changed together, with the values of the runs that were seen: those of the two
    sides if `whole`, else another step of the same settings. `groups` are what was compared, first the one with the
    candidate's values; `runs` how many runs the effect rests on. `word` says of quality what the interval does:
    "better", "worse" (or "higher", "lower" where no direction is known), or "not shown".
    """

    name: str
    category: Category
    changes: tuple[ConfigChange, ...]
    source: Source
    quality: Part | None
    time: Part | None
    money: Part | None
    word: Literal["better", "worse", "higher", "lower", "not shown", "unknown"] = "unknown"
    whole: bool = True
    groups: tuple[str, ...] = ()
    runs: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The settings that changed."""
        return tuple(change.path for change in self.changes)


@dataclass(frozen=True, slots=True)
class Interplay:
    """Two changes that do together what they don't do apart: how much the first one's effect changes with the second
    made, in the quantity's terms (see `Part`). `p_value` is corrected for how many pairs were looked at (Holm)."""

    first: str
    second: str
    quantity: Literal["quality", "time", "money"]
    effect: Interval
    p_value: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """An ablation that was made of these two sides.

    `exact` says whether every combination of changes was run, so that shares are Shapley's without an assumption;
    where not, `assumption` says what they rest on. `runs` are all that count for quality, of which `reused` were there
    before; `fewest` and `most` are those of one arm. Time and money are compared on one kind of machine, `machine`, of
    which there are `cost_runs`. `unfinished` counts the runs of the plan that are missing.
    """

    path: str
    metric: str
    design: Design
    arms: int
    runs: int
    fewest: int
    most: int
    exact: bool
    assumption: str = ""
    quality: Interval | None = None  # the whole difference between the sides, as these runs show it
    time: Interval | None = None
    money: Interval | None = None
    interplay: tuple[Interplay, ...] = ()
    unfinished: int = 0
    reused: int = 0
    cost_runs: int = 0
    machine: str = ""
    machines: tuple[str, ...] = ()  # all that runs were made on


@dataclass(frozen=True, slots=True)
class NextRun:
    """The run that would tell most: the candidate with one change undone. `settings` are what to set in the
    candidate's config, None to remove it; figures are forecasts of one run, `saving` what it costs less than the
    candidate does."""

    name: str
    keys: tuple[str, ...]
    settings: Mapping[str, Any]
    why: str
    seeds: int
    time: Figure
    money: Figure
    saving: Figure


@dataclass(frozen=True, slots=True)
class Causes:
    """What is known of why the sides differ.

    `groups` is what was changed, `ignored` the differing settings that are bookkeeping (and those that were said to be)
    and play no part. `effects` come in the order of what they do to quality, an ablation's before pairs'. Settings of
    one tuple of `inseparable` changed together in every pair of groups that was seen, so that nothing tells them apart.
    """

    groups: tuple[ChangeGroup, ...]
    ignored: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    inseparable: tuple[tuple[str, ...], ...] = ()
    experiment: Experiment | None = None
    next_run: NextRun | None = None
    notes: tuple[Note, ...] = field(default=())

    def effect_of(self, key: str) -> Effect | None:
        """The best-founded effect of a setting; None if nothing is known of it."""
        return next((effect for effect in self.effects if key in effect.keys), None)
