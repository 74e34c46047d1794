"""Which run would tell most of why two sides differ, and what would it cost?"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from runcompare.comparison.causes.ablation import Factor
from runcompare.comparison.causes.factors import by_kind, named
from runcompare.comparison.causes.model import Effect, NextRun
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import ConfigChange
from runcompare.costs import ForecastLine, PriceBook, forecast
from runcompare.records.figure import Figure, Provenance

__all__ = ["next_run"]

SEEDS = 3  # two give an interval that says next to nothing
MOST_PRICED = 10  # changes that are forecast; where more are unknown, no run is named


def next_run(
    candidate: MeasuredSide,
    baseline: MeasuredSide,
    changes: Sequence[ConfigChange],
    effects: Sequence[Effect],
    *,
    book: PriceBook,
) -> NextRun | None:
    """The candidate without the change that costs most of those whose effect is not known: if that one is not needed,
    undoing it saves most.

    None where one change is all that differs, or all are known, or too many are not.
    """
    known = {key for effect in effects if effect.whole and effect.word != "unknown" for key in effect.keys}
    parts = named(by_kind(changes))
    unknown = [part for part in parts if not {change.path for change in part.changes} <= known]
    if len(parts) < 2 or not unknown or len(unknown) > MOST_PRICED:
        return None
    runs = [run for side in (candidate, baseline) for run in side.group.runs]
    whole = forecast(candidate.config, runs, book).total
    priced = [
        _priced(part, candidate.config, whole, lambda config: forecast(config, runs, book).total) for part in unknown
    ]
    best = max(priced, key=lambda one: -math.inf if one.saving.value is None else one.saving.value)
    costly = best.saving.value is not None and best.saving.value > 0
    why = "it costs most of the changes whose effect is not known" if costly else "its effect is not known"
    return NextRun(
        name=best.part.name,
        keys=tuple(best.settings),
        settings=best.settings,
        why=why,
        seeds=SEEDS,
        time=best.total.wall,
        money=best.total.money,
        saving=best.saving,
    )


class _Priced(NamedTuple):
    """The candidate without a part: what it is told, and what it costs less."""

    part: Factor
    settings: Mapping[str, Any]
    total: ForecastLine
    saving: Figure


def _priced(
    part: Factor, config: Mapping[str, Any], whole: ForecastLine, cast: Callable[[Mapping[str, Any]], ForecastLine]
) -> _Priced:
    settings = {change.path: change.baseline for change in part.changes}
    without = {key: value for key, value in {**config, **settings}.items() if value is not None}
    total = cast(without)
    before, after = (whole.wall, total.wall) if whole.money.mid is None else (whole.money, total.money)
    if before.mid is None or after.mid is None:
        return _Priced(part, settings, total, Figure.missing("no forecast", before.unit))
    saving = Figure(before.mid - after.mid, before.unit, provenance=Provenance.ESTIMATED, source="forecast")
    return _Priced(part, settings, total, saving)
