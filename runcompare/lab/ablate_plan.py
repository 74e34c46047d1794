"""The plan of an ablation: which arms, what each is told, and what the runs that are missing will cost."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from runcompare.comparison.causes.ablation import Factor
from runcompare.comparison.causes.model import Design
from runcompare.comparison.config_changes import config_changes
from runcompare.costs import PriceBook, forecast
from runcompare.errors import UsageError
from runcompare.lab.ablate_existing import Existing
from runcompare.lab.ablate_factors import factors_of
from runcompare.lab.ablate_trainers import Settings, Trainer
from runcompare.lab.jobs import Job, check_seeds, finished
from runcompare.records.as_json import plain
from runcompare.records.figure import Figure
from runcompare.records.redact import MARK, redact, redacted
from runcompare.records.run import Run
from runcompare.stats.designs import Levels, factorial_design, fractional_design, one_in_design, one_out_design

__all__ = ["AblationPlan", "Ask", "PlannedArm", "Side", "plan_ablation", "within_budget"]

SEEDS = 3
WHOLE_UP_TO = 4  # factors, of which all combinations are run unless something else is asked for
Asked = Literal["auto", "one-out", "one-in", "out-and-in", "factorial", "fractional"]


@dataclass(frozen=True, slots=True)
class Side:
    """A configuration to start from or to go to: what it is called, and its flat settings without bookkeeping."""

    label: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked for. `design` "auto" is all combinations of up to four factors, else a fraction; `budget` is the
    most USD for the runs that are missing."""

    factors: str = "auto"
    design: Asked = "auto"
    seeds: int = SEEDS
    budget: float | None = None
    ignore: Sequence[str] = ()
    reuse: bool = True


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """An arm: the factors that are on, its settings, its folder, and what a run of it is expected to take.

    Of its seeds, `finished` are those whose runs lie in the folder, `reused` runs with its settings that were there
    before the ablation, and `missing` those still to be made.
    """

    name: str
    on: tuple[str, ...]
    settings: Settings
    folder: Path
    finished: tuple[int, ...]
    missing: tuple[int, ...]
    reused: tuple[Run, ...]
    seconds: Figure
    money: Figure

    def jobs(self, trainer: Trainer) -> list[Job]:
        """The seeds that are missing."""
        if not self.missing:
            return []
        template = trainer.template(self.settings, self.name, self.folder)
        return [Job(s, self.folder / f"s{s}", template(s, self.folder / f"s{s}")) for s in self.missing]


@dataclass(frozen=True, slots=True)
class AblationPlan:
    """What will be run. `method` says what the prices rest on; `left_alone` are differing settings that no arm
    changes, and `notes` say what was decided for the user."""

    candidate: str
    baseline: str
    factors: tuple[Factor, ...]
    design: Design
    seeds: int
    arms: tuple[PlannedArm, ...]
    left_alone: tuple[str, ...] = ()
    method: str = ""
    notes: tuple[str, ...] = ()

    def as_is(self) -> "AblationPlan":
        """The plan with nothing to run: what is there is taken as it is."""
        return replace(self, arms=tuple(replace(arm, missing=()) for arm in self.arms))

    @property
    def missing(self) -> int:
        """Runs still to be made."""
        return sum(len(arm.missing) for arm in self.arms)

    @property
    def seconds(self) -> float | None:
        """Device time of the missing runs; None where one's is not known."""
        return _sum([(len(arm.missing), arm.seconds.mid) for arm in self.arms])

    @property
    def money(self) -> float | None:
        """USD of the missing runs; None where one's is not known."""
        return _sum([(len(arm.missing), arm.money.mid) for arm in self.arms])


def _sum(parts: Sequence[tuple[int, float | None]]) -> float | None:
    known = [n * value for n, value in parts if n and value is not None]
    return sum(known) if len(known) == sum(n > 0 for n, _ in parts) else None


def plan_ablation(
    candidate: Side,
    baseline: Side,
    trainer: Trainer,
    out: Path,
    *,
    ask: Ask,
    measured: Sequence[Run] = (),
    book: PriceBook,
) -> AblationPlan:
    """Factors, arms and prices of an ablation of two sides.

    Args:
        candidate: Where all factors are on.
        baseline: Where none is.
        trainer: What trains an arm.
        out: The folder of the runs.
        ask: What was asked for.
        measured: Runs to forecast by.
        book: Prices of devices.

    Raises:
        UsageError: Nothing differs, a factor can't change alone, or the budget buys no design.
    """
    check_seeds(ask.seeds)
    sides = [_without_secrets(side.config) for side in (candidate, baseline)]
    hidden = sorted({*sides[0].hidden, *sides[1].hidden})
    changes = config_changes(sides[0].config, sides[1].config)
    if not changes and hidden:
        text = f"There is nothing to ablate: no setting differs beside those that hold secrets ({', '.join(hidden)})."
        raise UsageError(text, hint="A secret is switched in no arm.")
    found = factors_of(changes, ask.factors, ask.ignore)
    notes = [f"'{key}' holds a secret and is switched in no arm." for key in hidden]
    draft = AblationPlan(
        candidate.label,
        baseline.label,
        found.factors,
        "factorial",
        ask.seeds,
        (),
        (*found.left_alone, *hidden),
        notes=tuple(notes),
    )
    existing = Existing(measured if ask.reuse else (), out)
    arms = _Arms(draft, sides[0].config, sides[1].config, trainer, out, _Prices(measured, book, {}), existing)
    arms.check_alone()
    if ask.design != "auto" or ask.budget is None:
        plan = arms.plan(_default(len(found.factors)) if ask.design == "auto" else ask.design)
        return plan if ask.budget is None else within_budget([plan], ask.budget)
    order: tuple[Design, ...] = ("factorial", "fractional", "out-and-in", "one-out")
    first = order.index(_default(len(found.factors)))
    return within_budget([arms.plan(design) for design in order[first:]], ask.budget)


def _default(k: int) -> Design:
    return "factorial" if k <= WHOLE_UP_TO else "fractional"


class _Open(NamedTuple):
    config: dict[str, Any]
    hidden: list[str]


def _without_secrets(config: Mapping[str, Any]) -> _Open:
    """The settings that hold no secret, in their name neither, and the names of the others, as far as they are none."""
    hidden = {key for key, value in config.items() if _holds_secret(key, value)}
    return _Open(
        {key: value for key, value in config.items() if key not in hidden}, [str(redact(key)) for key in hidden]
    )


def _holds_secret(key: str, value: Any) -> bool:
    return bool(redacted(key).count or redacted(value, key).count or MARK in f"{key} {value}")


def within_budget(plans: Sequence[AblationPlan], budget: float) -> AblationPlan:
    """The first plan that the budget pays for.

    Raises UsageError if there is none, which says what the least would cost and what the budget would buy, or if a
    price is not known.
    """
    for plan in plans:
        if plan.money is None:
            raise UsageError(
                "A budget needs the cost of a run, and there is no run to forecast it by.",
                hint="Run one first, name the folder of measured runs with --runs, or leave --budget out.",
            )
        if plan.money <= budget:
            rest = f" What is better costs more: all of {plans[0].design} is ${plans[0].money:.4g}."
            chosen = f"{plan.design} is what ${budget:g} pays for."
            return replace(plan, notes=(*plan.notes, chosen + rest)) if plan is not plans[0] else plan
    raise _too_small(min(plans, key=lambda plan: plan.money or 0.0), budget)


def _too_small(least: AblationPlan, budget: float) -> UsageError:
    need = f"The least design, {least.design} with {least.seeds} seeds ({least.missing} runs), costs ${least.money:.4g}"
    one = [replace(arm, missing=arm.missing[:1]) for arm in least.arms]
    single = replace(least, arms=tuple(one)).money or 0.0
    if least.seeds > 1 and single <= budget:
        fits = max(n for n in range(1, least.seeds) if (_first(least, n).money or 0.0) <= budget)
        hint = f"It would buy {fits} seed{'s' * (fits > 1)} of it: --design {least.design} --seeds {fits}."
    else:
        runs = int(budget / (single / max(1, sum(bool(arm.missing) for arm in one))))
        hint = f"It would buy about {runs} of {len(one)} arms at one seed: put factors together with --factors."
    return UsageError(f"${budget:g} is too small. {need}.", hint=hint)


def _first(plan: AblationPlan, seeds: int) -> AblationPlan:
    """The plan with the first seeds only."""
    arms = [replace(arm, missing=tuple(s for s in arm.missing if s < seeds)) for arm in plan.arms]
    return replace(plan, arms=tuple(arms))


@dataclass(frozen=True, slots=True)
class _Prices:
    """Forecasts of one run by its settings, each made once."""

    runs: Sequence[Run]
    book: PriceBook
    made: dict[str, Any]

    def of(self, config: Mapping[str, Any]) -> Any:
        key = _digest(config, "")
        if key not in self.made:
            self.made[key] = forecast(config, self.runs, self.book)
        return self.made[key]


@dataclass(frozen=True, slots=True)
class _Arms:
    """Makes arms of a design."""

    draft: AblationPlan
    top: Mapping[str, Any]  # the candidate's settings, and the baseline's
    base: Mapping[str, Any]
    trainer: Trainer
    out: Path
    prices: _Prices
    existing: Existing

    def plan(self, design: Design) -> AblationPlan:
        rows = _levels(design, len(self.draft.factors))
        arms = tuple(self._arm(row) for row in rows)
        method = self.prices.of(arms[0].settings.all).method
        return replace(self.draft, design=_true_design(design, rows), arms=arms, method=method)

    def check_alone(self) -> None:
        """Raises UsageError if a factor can't be on without the others, or off beside them."""
        k = len(self.draft.factors)
        for i, factor in enumerate(self.draft.factors):
            for row, what in ((np.eye(k, dtype=bool)[i], "on"), (~np.eye(k, dtype=bool)[i], "off")):
                if why := self.trainer.problem(self._settings(row)):
                    hint = f'Switch it with what it needs: --factors "{factor.name}+OTHER,...".'
                    raise UsageError(f"'{factor.name}' can't be {what} alone: {why}", hint=hint)

    def _settings(self, row: Levels) -> Settings:
        levels = zip(self.draft.factors, row, strict=True)
        sources = {change.path: self.top if on else self.base for factor, on in levels for change in factor.changes}
        switched = {path: side.get(path) for path, side in sources.items()}
        merged = {**self.base, **switched}
        nulls = (key for key, value in merged.items() if value is None and key in sources.get(key, self.base))
        return Settings({k: v for k, v in merged.items() if v is not None}, switched, frozenset(nulls))

    def _arm(self, row: Levels) -> PlannedArm:
        settings = self._settings(row)
        folder = self.out / f"arm-{_digest(settings.all, self.trainer.identity)}"
        done = tuple(s for s in range(self.draft.seeds) if finished(folder / f"s{s}", s))
        others = tuple(run for run in self.existing.of(settings.all) if run.seed not in done)
        made = {*done, *(run.seed for run in others)}
        expected = self.prices.of(settings.all).total
        return PlannedArm(
            name=self._name(row),
            on=self._on(row),
            settings=settings,
            folder=folder,
            finished=done,
            missing=tuple(s for s in range(self.draft.seeds) if s not in made),
            reused=others,
            seconds=expected.wall,
            money=expected.money,
        )

    def _on(self, row: Levels) -> tuple[str, ...]:
        return tuple(factor.name for factor, on in zip(self.draft.factors, row, strict=True) if on)

    def _name(self, row: Levels) -> str:
        on, off = self._on(row), self._on(~row)
        if not off:
            return self.draft.candidate
        if len(off) < len(on):
            return f"{self.draft.candidate} without {' and '.join(off)}"
        return " + ".join((self.draft.baseline, *on))


def _levels(design: Design, k: int) -> Levels:
    if design == "out-and-in":
        rows = np.unique(np.vstack([one_out_design(k), one_in_design(k)]), axis=0)
        return np.asarray(rows[np.argsort(rows.sum(axis=1), kind="stable")])
    made = {
        "factorial": factorial_design,
        "fractional": fractional_design,
        "one-out": one_out_design,
        "one-in": one_in_design,
    }
    return made[design](k)


def _true_design(design: Design, rows: Levels) -> Design:
    """A design of all combinations is a factorial, whatever it was made as."""
    return "factorial" if len(rows) == 2 ** rows.shape[1] else design


def _digest(config: Mapping[str, Any], identity: str) -> str:
    text = json.dumps([plain(dict(sorted(config.items()))), identity], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
