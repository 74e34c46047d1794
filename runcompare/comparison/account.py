"""A short account of why the sides differ: what helped, what cost, what made no difference, what nothing tells apart.

It repeats what attributions and ledgers hold, sorted; it adds no evidence. Without an attribution nothing is said to
have helped or harmed: settings that changed together are told apart by none of the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runcompare.comparison.causes.model import Causes, Effect
from runcompare.comparison.effects import costs_more, in_place, is_shown, told_of
from runcompare.comparison.model import ConfigChange, Interval, Row, StageComparison

__all__ = ["Account", "CostPart", "account_of"]

NOTABLE = 0.05  # of the extra time: parts below go without a word


@dataclass(frozen=True, slots=True)
class CostPart:
    """A part of a run's extra time: the stage, seconds more than the baseline's, and its share of all that is more."""

    name: str
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Account:
    """Effects by what they do to the primary metric: `helped` and `harmed` are shown, `unmoved` are not shown to do
    anything; `dear` are shown to cost, the most expensive first. `time` are the parts of the candidate's extra time.
    `untold` are changed settings of which nothing says what they did, in sets that changed together. `main` is the
    effect that made most of the difference, where its share is known."""

    helped: tuple[Effect, ...] = ()
    harmed: tuple[Effect, ...] = ()
    unmoved: tuple[Effect, ...] = ()
    dear: tuple[Effect, ...] = ()
    time: tuple[CostPart, ...] = ()
    untold: tuple[tuple[str, ...], ...] = ()
    main: Effect | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.helped or self.harmed or self.unmoved or self.dear or self.time or self.untold)


def account_of(
    causes: Causes | None, config: Sequence[ConfigChange], cost: Sequence[Row], stages: Sequence[StageComparison]
) -> Account:
    """The account of a comparison."""
    found = (told_of(causes, change.path, config) for change in config)
    best = [effect for effect in found if effect is not None]
    effects = [effect for effect in causes.effects if effect in best] if causes is not None else []
    told = {key for effect in effects for key in effect.keys}
    dear = [e for e in effects if costs_more(e)]
    return Account(
        helped=tuple(e for e in effects if e.word == "better"),
        harmed=tuple(e for e in effects if e.word == "worse"),
        unmoved=tuple(e for e in effects if e.word == "not shown"),
        dear=tuple(sorted(dear, key=lambda e: -_most(e))),
        time=_time_parts(cost, stages),
        untold=_untold([c.path for c in config if c.path not in told], causes),
        main=_main(effects),
    )


def _cost(effect: Effect) -> Interval | None:
    return in_place(effect.money) or in_place(effect.time)


def _most(effect: Effect) -> float:
    part = _cost(effect)
    return part.value if part is not None else 0.0


def _main(effects: Sequence[Effect]) -> Effect | None:
    """The largest share of the whole difference, where that is shown."""
    shares = [(share.value, n) for n, e in enumerate(effects) if (share := _share(e)) is not None and is_shown(share)]
    return effects[max(shares)[1]] if shares else None


def _share(effect: Effect) -> Interval | None:
    return effect.quality.share if effect.quality is not None else None


def _untold(paths: Sequence[str], causes: Causes | None) -> tuple[tuple[str, ...], ...]:
    """Settings without an effect of their own; those that are known to go together, together, the rest as one set."""
    together = [tuple(k for k in keys if k in paths) for keys in (causes.inseparable if causes is not None else ())]
    sets = [keys for keys in together if len(keys) > 1]
    rest = tuple(path for path in paths if not any(path in keys for keys in sets))
    return (*sets, *((rest,) if len(rest) > 1 or (rest and sets) else ()))


def _time_parts(cost: Sequence[Row], stages: Sequence[StageComparison]) -> tuple[CostPart, ...]:
    """Where the candidate's extra time went, if it is shown to take more: the largest parts first."""
    total = next((row for row in cost if row.metric.key == "cost/time"), None)
    if total is None or total.cost_word != "more" or _extra(total) is None:
        return ()
    rows = [(table.name, row) for table in stages if (row := table.row("time")) is not None]
    rows += [("evaluation", row) for row in cost if row.metric.key == "cost/eval_time"]
    whole = _extra(total)
    parts = [CostPart(name, extra, extra / whole) for name, row in rows if whole and (extra := _extra(row)) is not None]
    return tuple(sorted((p for p in parts if p.share >= NOTABLE), key=lambda p: -p.seconds))


def _extra(row: Row) -> float | None:
    if row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center - row.baseline.center
