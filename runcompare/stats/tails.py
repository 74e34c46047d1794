"""Final values from the tails of curves: the last evaluation, or the mean of the last part.

One evaluation of a noisy metric (the return of a few episodes) tells less about a run than the mean of its last ones.
Averaging takes evaluation noise away and leaves the noise between seeds, which more seeds alone reduce. Which of the
two is taken is decided for both sides together and by what happens inside of runs, so that it can't depend on the
difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import SAME, read_values
from runcompare.stats.curves import lag_one
from runcompare.stats.decision import Note, Scale
from runcompare.stats.law import Floats, metric_value

__all__ = ["Finals", "TailNoise", "final_values"]

Rule = Literal["last", "mean-last"]

LEAST = 5  # points of a tail under which its mean is not considered
EFFECTIVE = 2.0  # independent evaluations that a tail must be worth for its mean to be taken
MOVING = 3.0  # standard errors of drift, over all runs together, beyond which a tail still moves


@dataclass(frozen=True, slots=True)
class TailNoise:
    """What the tails of all runs show, in the units of the scale.

    Attributes:
        evaluation_sd: standard deviation of one evaluation around its run's level.
        correlation: of neighbouring evaluations.
        effective: how many independent evaluations a tail is worth, on average.
        seed_sd: standard deviation between the levels of runs of one side, evaluation noise taken out; None with one
            run a side.
        drift: from the first half of the tails to the second, in standard errors, over all runs.
    """

    evaluation_sd: float
    correlation: float
    effective: float
    seed_sd: float | None
    drift: float


@dataclass(frozen=True, slots=True)
class Finals:
    """One final value per run and side, for `decide`, and the rule that gave them.

    Attributes:
        candidate: in the metric's units, shape (n1,); NaN for a run whose last value is not finite.
        baseline: the same, shape (n2,).
        rule: "mean-last" is the mean of the last part (geometric on the log scale), "last" the last value.
        noise: None where the tails are too short to tell.
        notes: why this rule.
    """

    candidate: Floats
    baseline: Floats
    rule: Rule
    noise: TailNoise | None
    notes: tuple[Note, ...]


class _Side(NamedTuple):
    """Usable tails of the runs that did not diverge, and which runs those are."""

    tails: list[Floats]
    kept: list[bool]


def final_values(
    candidate: Sequence[ArrayLike], baseline: Sequence[ArrayLike], *, share: float = 0.1, scale: Scale = "log"
) -> Finals:
    """The final values of both sides' runs from their curves.

    The mean of the last part is taken where the tails are stationary and worth two independent evaluations or more,
    else the last value: a loss whose neighbouring evaluations are all but the same gains nothing.

    Args:
        candidate: one curve for each run, shape (t,), in the order logged; lengths may differ.
        baseline: the same.
        share: which share of a curve is its last part.
        scale: the metric's scale.

    Raises:
        UsageError: `share` is not between 0 and 1, a curve is empty, or not numbers in one dimension.
    """
    if not 0 < share <= 1:
        raise UsageError(f"share must lie between 0 and 1, got {share:g}.", hint="0.1 is the last tenth.")
    sides = [_read(curves, name, share, scale) for curves, name in ((candidate, "candidate"), (baseline, "baseline"))]
    tails = [tail for side in sides for tail in side.tails]
    if not tails or min(len(tail) for tail in tails) < LEAST:
        note = Note("short-tails", f"The last {share:.0%} of some curve has fewer than {LEAST} usable values.")
        return _finals(sides, scale, "last", noise=None, note=note)
    noise = _noise(sides)
    if abs(noise.drift) > MOVING:
        text = f"The last {share:.0%} of the curves still rise or fall ({noise.drift:+.1f} standard errors)."
        return _finals(sides, scale, "last", noise=noise, note=Note("still-moving", text))
    worth = f"The last {share:.0%} of a curve is worth {noise.effective:.1f} independent evaluations"
    if noise.effective < EFFECTIVE:
        note = Note("alike", f"{worth}: their mean would gain nothing.")
        return _finals(sides, scale, "last", noise=noise, note=note)
    return _finals(sides, scale, "mean-last", noise=noise, note=Note("mean-last", f"{worth}: their mean is taken."))


def _read(curves: Sequence[ArrayLike], name: str, share: float, scale: Scale) -> _Side:
    side = _Side([], [])
    for i, curve in enumerate(curves):
        raw = read_values(curve, f"{name}[{i}]", one_per="evaluation")
        if not len(raw):
            raise UsageError(f"{name}[{i}] is empty.", hint="Leave out runs without values.")
        tail = raw[-max(1, round(share * len(raw))) :]
        usable = tail[np.isfinite(tail) & ((tail > 0) | (scale == "linear"))]
        side.kept.append(bool(np.isfinite(raw[-1])) and len(usable) > 0)
        if side.kept[-1]:
            side.tails.append(np.log(usable) if scale == "log" else usable)
    return side


def _noise(sides: Sequence[_Side]) -> TailNoise:
    """Evaluation and seed noise, pooled over all runs of both sides."""
    tails = [tail for side in sides for tail in side.tails]
    inside = _inside([tail - tail.mean() for tail in tails])
    between = [side.tails for side in sides if len(side.tails) > 1]
    seed = None
    if between:
        df = sum(len(group) - 1 for group in between)
        spread = sum(float(np.var([t.mean() for t in group])) * len(group) for group in between) / df
        seed = float(np.sqrt(max(0.0, spread - inside.variance * float(np.mean(1 / inside.effective)))))
    sd, effective = float(np.sqrt(inside.variance)), float(inside.effective.mean())
    return TailNoise(sd, inside.correlation, effective, seed, _drift(tails))


class _Inside(NamedTuple):
    """Noise inside of runs as an AR(1) process; `effective` (R,) is what each tail is worth."""

    variance: float
    correlation: float
    effective: Floats


def _inside(rests: Sequence[Floats]) -> _Inside:
    n = np.array([len(rest) for rest in rests], dtype=float)
    squares = sum(float(rest @ rest) for rest in rests)
    products = sum(float(rest[1:] @ rest[:-1]) for rest in rests)
    rho = lag_one(products / squares if squares else 0.0, float(n.mean()))
    effective = np.maximum(1.0, n * (1 - rho) / (1 + rho))
    return _Inside(squares / max(float(np.sum(n - n / effective)), 1.0), rho, effective)


def _drift(tails: Sequence[Floats]) -> float:
    """Change from the first to the second half of all tails, in standard errors.

    Those come from what is left without a straight line: a trend would otherwise pass for noise.
    """
    inside = _inside([_detrended(tail) for tail in tails])
    error = float(np.sqrt(np.sum(4 * inside.variance / inside.effective)))
    changes = [float(tail[len(tail) // 2 :].mean() - tail[: len(tail) // 2].mean()) for tail in tails]
    size = max(float(np.abs(tail).max()) for tail in tails)
    if abs(sum(changes)) <= SAME * size:
        return 0.0
    return sum(changes) / error if error > 0 else float("inf") * np.sign(sum(changes))


def _detrended(tail: Floats) -> Floats:
    time = np.arange(len(tail)) - (len(tail) - 1) / 2
    rest = tail - tail.mean()
    return np.asarray(rest - (time @ rest) / (time @ time) * time)


def _finals(sides: Sequence[_Side], scale: Scale, rule: Rule, *, noise: TailNoise | None, note: Note) -> Finals:
    values = []
    for side in sides:
        finals = np.full(len(side.kept), np.nan)
        levels = [float(tail.mean() if rule == "mean-last" else tail[-1]) for tail in side.tails]
        finals[side.kept] = [metric_value(level, scale) for level in levels]
        values.append(finals)
    return Finals(values[0], values[1], rule, noise, (note,))
