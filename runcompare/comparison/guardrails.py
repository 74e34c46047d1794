"""Guardrails: metrics that must not get worse. Each has a row of its own, judged one-sided, with its own history.

With a margin a guardrail is held where being worse by the margin or more is ruled out, violated where it is worse and
the margin does not cover that, and else nothing can be told. Without one it is tested for being worse, and the row
says what these seeds could have seen. The p-values for "violated" are corrected by Holm over all guardrails.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from runcompare import stats
from runcompare.comparison.measured import MeasuredSide, fitted_to
from runcompare.comparison.model import Guard, GuardWord, Noise, Note, Row
from runcompare.comparison.past import usable_history
from runcompare.comparison.request import Request, values_of
from runcompare.comparison.rows import Policy, correct_for_many, make_row
from runcompare.comparison.scales import ScaleView, view_of
from runcompare.errors import UsageError
from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.min_effect import MinEffect, parse_min_effect
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import FINAL
from runcompare.records.run import Group

__all__ = ["guardrail_rows"]

WORDS: Mapping[str, GuardWord] = {"holds": "held", "broken": "violated", "not shown": "not shown"}


def guardrail_rows(
    new: MeasuredSide, old: MeasuredSide, request: Request, meanings: Meanings, *, history: Sequence[Group]
) -> tuple[Row, ...]:
    """The guardrails' rows.

    Args:
        new, old: Candidate and baseline.
        request: Its guardrails, with the margin of each.
        meanings: What the metrics mean.
        history: Replicated groups of the project, not narrowed to any metric.

    Raises:
        UsageError: For a guardrail that neither side has, or a margin without a direction.
    """
    policy = replace(request.policy.general, searched=1)
    rows = []
    for key, margin in request.guardrails.items():
        metric = choose_metric(new.group, old.group, meanings, key).metric
        stated = meanings.overrides[key].guardrail_margin if key in meanings.overrides else None
        margin = margin or (None if stated is None else parse_min_effect(stated))
        rows.append(_row(fitted_to(metric, new, old), (new, old), history, policy, margin=margin))
    return _corrected(rows, policy.alpha)


def _row(
    metric: Metric,
    sides: tuple[MeasuredSide, MeasuredSide],
    history: Sequence[Group],
    policy: Policy,
    *,
    margin: MinEffect | None,
) -> Row:
    if margin is not None and metric.direction is None:
        said = f"Whether more or less of '{metric.key}' is better is not known, so nothing is worse by {margin}."
        raise UsageError(said, hint=f"Say it: --guardrail {metric.key}:min:{margin} or :max:{margin}.")
    past = usable_history(history, sides[0].group, metric.key).groups
    values = {g.label: found for g in past if len(found := values_of(g, metric, FINAL)) > 1}
    new, old = (side.sample(metric) for side in sides)
    row = make_row(metric, new, old, policy, role="guardrail", history=values)
    if row.test is None or metric.direction is None:
        return row
    return replace(row, guard=_Judge(row, view_of(metric), values, policy.alpha).guard(margin))


@dataclass(frozen=True, slots=True)
class _Judge:
    """A guardrail's row on its way to a word."""

    row: Row
    view: ScaleView
    history: Mapping[str, Sequence[float]]
    alpha: float

    def guard(self, stated: MinEffect | None) -> Guard:
        margin = None if stated is None else self._on_scale(stated)
        if stated is not None and margin is None:
            return Guard("can't tell", margin=str(stated), method="none: the margin is not known on the scale")
        found = stats.check_guardrail(
            self.view.values(self.row.candidate),
            self.view.values(self.row.baseline),
            margin=margin,
            history=[usable for group in self.history.values() if len(usable := self.view.usable(group)) > 1],
            scale=self.view.scale,
            higher_is_better=self.row.metric.direction == "max",
            alpha=self.alpha,
        )
        word = WORDS.get(found.verdict, "can't tell")
        noise = found.noise
        return Guard(
            word="can't tell" if word == "not shown" and stated is not None else word,
            margin=None if stated is None else str(stated),
            p_held=found.p_holds,
            p_violated=found.p_broken,
            detectable=self._told(found.detectable),
            seeds=found.seeds_needed,
            method=found.method,
            noise=Noise(noise.source, noise.cv, noise.sd, noise.df, noise.groups, noise.runs),
            warnings=tuple(Note(w.code, w.text) for w in found.warnings),
        )

    def _on_scale(self, margin: MinEffect) -> float | None:
        """How far the worse end of the margin lies from the baseline, as `check_guardrail` takes it."""
        level, metric = self.row.baseline.center, self.row.metric
        if margin.kind == "sd":
            sd = self.row.test.noise.sd if self.row.test is not None else None
            apart = None if sd is None else margin.amount * sd
        elif level is None:
            return None
        else:
            away = margin.in_units(metric, level) * (-1 if metric.direction == "max" else 1)
            ends = [self._place(x) for x in (level, level + away)]
            apart = abs(ends[1] - ends[0]) if all(map(math.isfinite, ends)) else None
        if apart is None or not apart > 0:
            return None
        return math.expm1(apart) if self.view.scale == "log" else apart

    def _place(self, value: float) -> float:
        """Where a value stands on the scale; NaN where it stands nowhere."""
        if self.view.scale == "log":
            return math.log(value) if value > 0 else math.nan
        return self.view.on_scale([value])[0]

    def _told(self, worsening: float | None) -> float | None:
        """The size of a worsening in the units in which effects are told."""
        sign = -1 if self.row.metric.direction == "max" and self.row.metric.scale != "log" else 1
        told = self.view.effect(None if worsening is None else sign * worsening, self.view.base(self.row.baseline))
        return None if told is None or not math.isfinite(told) else abs(told)


def _corrected(rows: Sequence[Row], alpha: float) -> tuple[Row, ...]:
    """Rows whose p-values, against "no worse" and against "no difference", are corrected for how many there are."""
    rows = correct_for_many(rows, alpha, stats.holm)
    known = {i: p for i, row in enumerate(rows) if row.guard is not None and (p := row.guard.p_violated) is not None}
    adjusted = dict(zip(known, stats.holm(list(known.values())), strict=True))
    return tuple(_survived(row, float(adjusted[i]), alpha) if i in adjusted else row for i, row in enumerate(rows))


def _survived(row: Row, q: float, alpha: float) -> Row:
    assert row.guard is not None
    word = row.guard.word
    if word == "violated" and q > alpha:
        word = "not shown" if row.guard.margin is None else "can't tell"
    judged = replace(row, guard=replace(row.guard, word=word, q_violated=q))
    return replace(judged, assessment="worse") if word == "violated" else judged
