"""What a run's curves show of how it trained: one number a run for each sign, to be held against the other side's.

A sign alone says little: losses of healthy trainings fall until the end, rise after their best epoch, and are rough. So
signs are compared between the sides, with the noise of their runs, wherever there are runs enough.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare import stats
from runcompare.comparison.measured import FEWEST, MeasuredRun, MeasuredSide
from runcompare.comparison.model import Role, Strength
from runcompare.comparison.stages.curves import fall_at_end
from runcompare.comparison.stages.detect import Stage
from runcompare.records.config import flatten
from runcompare.records.history import Series
from runcompare.records.run import Run

__all__ = [
    "NOTHING",
    "SLIGHT",
    "Larger",
    "Sign",
    "blew_up",
    "classes_told",
    "clip_told",
    "clipped_share",
    "done_early",
    "early_learning_rate",
    "grad_growth",
    "held_out_best",
    "held_out_fall",
    "held_out_gap",
    "held_out_if_any",
    "is_number",
    "larger_of",
    "larger_on",
    "late_learning_rate",
    "learning_rate_curve",
    "learning_rate_told",
    "learning_rates",
    "level",
    "logarithm",
    "median_on",
    "no_trend",
    "number_told",
    "optimiser_told",
    "peak",
    "progress",
    "rise_since_best",
    "roughness",
    "spikes",
    "start",
    "still_to_fall",
    "turned_up",
]

Sign = Callable[[MeasuredRun, Stage], float | None]
ALPHA = 0.01  # many signs are looked at: each cries wolf in 1 % of comparisons
DIVERGED = 2.0  # times its best loss
NOTHING = 1e-6  # of its first gradient norm: with it nothing is trained any more
BLIND = 2.0  # times as large a difference where no side has two runs
LONG, SLIGHT = 20, 0.02  # values of a curve that has a trend or not, and a change that is none
_LR = re.compile(r"(?:^|[^a-z])(?:lr|learning[_\- ]?rate)(?:$|[^a-z])", re.IGNORECASE)
_CLIP = re.compile(r"clip|max[_\- ]?grad[_\- ]?norm", re.IGNORECASE)
_OPTIMISER = re.compile(r"(?:^|[._])optim(?:i[sz]er)?(?:[._](?:name|type|_target_))?$", re.IGNORECASE)
_CLASSES = re.compile(r"^(?:num_?|n_?)(?:classes|labels)$|^vocab(?:ulary)?_size$", re.IGNORECASE)


class Larger(NamedTuple):
    """The side whose sign is the larger one, by how much, and both sides' medians."""

    role: Role
    difference: float
    own: float
    other: float
    strength: Strength


def larger_on(
    sides: Sequence[MeasuredSide], stage: Stage, sign: Sign, *, by: float, apart: bool = False
) -> Larger | None:
    """Which side's sign is larger by at least `by`, beyond the noise of its runs.

    With `apart` it is enough, and suggestive, that each of its runs lies above each of the other's by `by`. With one
    run on a side the noise is not known to that side: "suggestive" at most, and `by` must hold against every run of
    the other. None where neither side's is, or one side has no such sign.
    """
    first, second = (_values(side, stage, sign) for side in sides)
    return larger_of(sides, (first, second), by=by, apart=apart)


def larger_of(
    sides: Sequence[MeasuredSide], values: Sequence[Sequence[float]], *, by: float, apart: bool = False
) -> Larger | None:
    """As `larger_on`, of numbers at hand: one list a side."""
    first, second = values
    if not first or not second:
        return None
    middles = float(np.median(first)), float(np.median(second))
    at = 0 if middles[0] > middles[1] else 1
    own, other = (first, second)[at], (second, first)[at]
    difference = middles[at] - middles[1 - at]
    if not difference >= by:
        return None
    role = sides[at].role
    if len(own) == len(other) == 1 and difference < BLIND * by:
        return None
    several = min(len(own), len(other)) > 1
    strength: Strength | None = "strong" if several and _beyond(own, other) else None
    if strength is None and (apart or not several) and min(own) - max(other) >= by:
        strength = "suggestive"
    return None if strength is None else Larger(role, difference, middles[at], middles[1 - at], strength)


def logarithm(sign: Sign) -> Sign:
    """The logarithm of a sign that is above 0."""

    def of(run: MeasuredRun, stage: Stage) -> float | None:
        value = sign(run, stage)
        return float(np.log(value)) if value else None

    return of


def median_on(side: MeasuredSide, stage: Stage, sign: Sign) -> float | None:
    """The median of a sign over a side's runs; None where no run has it."""
    found = _values(side, stage, sign)
    return float(np.median(found)) if found else None


def held_out_if_any(sides: Sequence[MeasuredSide], stage: Stage) -> str:
    """The validation loss where any run logged one, else the training loss."""
    return "val_loss" if any(side.curves(stage, "val_loss") for side in sides) else "loss"


def blew_up(curve: Series) -> bool:
    """Whether a loss ends far above its best value, and above where it began."""
    finite = curve.value[np.isfinite(curve.value)]
    return len(finite) > 2 and finite.min() > 0 and bool(finite[-1] > max(DIVERGED * finite.min(), finite[0]))


def _values(side: MeasuredSide, stage: Stage, sign: Sign) -> list[float]:
    found = (sign(run, stage) for run in side.runs if run.id not in side.left_out)
    return [value for value in found if value is not None and np.isfinite(value)]


def _beyond(own: Sequence[float], other: Sequence[float]) -> bool:
    """Whether `own` is larger beyond noise. Values that are all the same have no noise: the difference stands."""
    if len({*own}) == 1 and len({*other}) == 1:
        return own[0] > other[0]
    decision = stats.decide(own, other, scale="linear", higher_is_better=True, alpha=ALPHA)
    return decision.verdict == stats.Verdict.BETTER


def progress(run: MeasuredRun, stage: Stage) -> float | None:
    """By how much the training loss fell from its first tenth to its last, as a logarithm of the ratio."""
    logs = run.logs(stage, "loss")
    return None if logs is None else _first(logs) - _last(logs)


def level(quantity: str) -> Sign:
    """The logarithm of a quantity's mean over the last tenth of its curve."""

    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        logs = run.logs(stage, quantity)
        return None if logs is None else _last(logs)

    return sign


def start(quantity: str) -> Sign:
    """The logarithm of the first value of a curve, before much was learned."""

    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        logs = run.logs(stage, quantity)
        return None if logs is None else float(logs[0])

    return sign


def peak(run: MeasuredRun, stage: Stage) -> float | None:
    """The logarithm of the highest training loss: a loss that leaps at once shows there, and nowhere else later on."""
    logs = run.logs(stage, "loss")
    return None if logs is None else float(logs.max())


def done_early(quantity: str) -> Sign:
    """Which share of its whole fall a loss had done after a third of its curve, as medians over stretches."""

    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        logs = run.logs(stage, quantity)
        if logs is None or len(logs) < 2 * FEWEST:
            return None
        fall, at = _first(logs) - _last(logs), len(logs) // 3
        third = float(np.median(logs[at - max(1, len(logs) // 20) : at + max(2, len(logs) // 20)]))
        return (_first(logs) - third) / fall if fall > 0 else None

    return sign


def turned_up(run: MeasuredRun, stage: Stage) -> float | None:
    """How far the training loss ends above its lowest tenth, where that lies in the first 40 % of the curve; else 0."""
    logs = run.logs(stage, "loss")
    if logs is None or len(logs) < 2 * FEWEST:
        return None
    width = max(3, len(logs) // 10)
    means = np.convolve(logs, np.ones(width) / width, mode="valid")
    lowest = int(np.argmin(means))
    return float(max(0.0, _last(logs) - means[lowest])) if lowest + width / 2 < 0.4 * len(logs) else 0.0


def no_trend(run: MeasuredRun, stage: Stage) -> float | None:
    """1 if the training loss of a long enough curve has no falling trend (Kendall's test at 5 %, and less than 2 % of
    change), else 0."""
    from scipy.stats import kendalltau

    logs = run.logs(stage, "loss")
    if logs is None or len(logs) < LONG:
        return None
    if abs(_first(logs) - _last(logs)) > SLIGHT:
        return 0.0
    if len(np.unique(logs)) == 1:
        return 1.0
    found = kendalltau(np.arange(len(logs)), logs)
    return float(not (found.statistic < 0 and found.pvalue < 0.05))


def rise_since_best(quantity: str) -> Sign:
    """How far a loss ends above its lowest place, as a logarithm; both are means of several values."""

    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        logs = run.logs(stage, quantity)
        if logs is None:
            return None
        smooth = np.convolve(logs, np.ones(3) / 3, mode="valid")
        return float(max(0.0, _last(logs) - smooth.min()))

    return sign


def still_to_fall(quantity: str) -> Sign:
    """How far a loss fell over the last quarter of its curve, relative."""

    def sign(run: MeasuredRun, stage: Stage) -> float | None:
        series = run.curve(stage, quantity)
        return None if series is None else fall_at_end(series)

    return sign


def held_out_best(run: MeasuredRun, stage: Stage) -> float | None:
    """How far the validation loss fell below its first value at its lowest place, as a logarithm."""
    logs = run.logs(stage, "val_loss")
    return None if logs is None else float(logs[0] - logs.min())


def held_out_fall(run: MeasuredRun, stage: Stage) -> float | None:
    """By how much the validation loss ends below its first value, as a logarithm."""
    curve = run.curve(stage, "val_loss")
    if curve is None or len(curve) < 2 or not np.all(curve.value > 0):
        return None
    logs = np.log(curve.value)
    return float(logs[0] - logs[-max(1, len(logs) // 10) :].mean())


def held_out_gap(run: MeasuredRun, stage: Stage) -> float | None:
    """The validation loss over the training loss at the end, as a logarithm."""
    held, own = run.logs(stage, "val_loss"), run.logs(stage, "loss")
    return None if held is None or own is None else _last(held) - _last(own)


def roughness(run: MeasuredRun, stage: Stage) -> float | None:
    """How much neighbouring values of the training loss scatter, as a standard deviation of logarithms.

    From second differences, which a smooth fall leaves near zero; a median, so that a spike alone does not count.
    """
    logs = run.logs(stage, "loss")
    if logs is None:
        return None
    second = np.abs(np.diff(logs[len(logs) // 4 :], n=2))
    return float(np.median(second) / (0.6745 * 6**0.5)) if len(second) > 2 else None


def spikes(run: MeasuredRun, stage: Stage) -> float | None:
    """How many values of the training loss stand alone, far above what lies on both sides."""
    logs = run.logs(stage, "loss")
    if logs is None:
        return None
    left, right = (np.median([np.roll(logs, k) for k in side], axis=0) for side in ((1, 2, 3), (-1, -2, -3)))
    bends = (logs - (left + right) / 2)[2:-2]  # of a curve that falls ever more slowly they are all below 0
    usual = float(np.median(np.abs(bends - np.median(bends)))) / 0.6745  # as a standard deviation
    return float(np.sum((logs - np.maximum(left, right))[2:-2] > max(0.5, 3 * usual)))


def grad_growth(run: MeasuredRun, stage: Stage) -> float | None:
    """By how much the grad norm rose from the first tenth to the last, as a logarithm."""
    logs = run.logs(stage, "grad_norm")
    return None if logs is None else _last(logs) - _first(logs)


def clipped_share(run: MeasuredRun, stage: Stage) -> float | None:
    """The share of logged grad norms above the norm that the run clips at; None where it states none."""
    limit, norms = clip_told(run.run), run.curve(stage, "grad_norm")
    if not limit or limit <= 0 or norms is None or len(norms) < FEWEST:
        return None
    return float(np.mean(norms.value > limit * 1.001))


def learning_rates(run: Run) -> NDArray[np.float64] | None:
    """The learning rates that a run logged, else the one that it was told; None if neither is known."""
    logged = learning_rate_curve(run)
    if logged is not None:
        return logged
    told = learning_rate_told(run)
    return None if told is None else np.array([told])


def learning_rate_curve(run: Run) -> NDArray[np.float64] | None:
    """The finite learning rates that a run logged; None if it logged none."""
    keys = [key for key in run.history.numeric_keys if _LR.search(key)]
    values = run.history.series(min(keys, key=len)).value if keys else np.array([])
    finite: NDArray[np.float64] = values[np.isfinite(values)]
    return finite if len(finite) else None


def learning_rate_told(run: Run) -> float | None:
    """The learning rate that a run states; None where there is none, or several."""
    return number_told(run, _LR)


def early_learning_rate(run: Run) -> float | None:
    """The largest learning rate of the first half of a training: one that exploded later is no setting."""
    rates = learning_rates(run)
    return None if rates is None else float(rates[: max(1, (len(rates) + 1) // 2)].max())


def late_learning_rate(run: Run) -> float | None:
    """The median learning rate of the second half of a training."""
    rates = learning_rates(run)
    return None if rates is None else float(np.median(rates[len(rates) // 2 :]))


def optimiser_told(run: Run) -> str | None:
    """The optimiser that a run states; None where it states none, or several."""
    told = {str(v).lower() for k, v in flatten(run.config) if _OPTIMISER.search(k) and isinstance(v, str)}
    return told.pop() if len(told) == 1 else None


def clip_told(run: Run) -> float | None:
    """The norm that a run states to clip gradients at; None or 0 where there is none."""
    return number_told(run, _CLIP)


def classes_told(run: Run) -> float | None:
    """How many classes, labels or tokens a run states to choose from; None where it states none."""
    return number_told(run, _CLASSES)


def number_told(run: Run, name: re.Pattern[str]) -> float | None:
    """The number of the config's setting with this name; None where there is none, or several that differ."""
    told = {float(v) for k, v in flatten(run.config) if name.search(k.rpartition(".")[2]) and is_number(v)}
    return told.pop() if len(told) == 1 else None


def is_number(value: object) -> bool:
    """Whether a setting is a number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _first(values: NDArray[np.float64]) -> float:
    return float(values[: max(1, len(values) // 10)].mean())


def _last(values: NDArray[np.float64]) -> float:
    return float(np.median(values[-max(3, len(values) // 10) :]))  # a spike there is not where the training ended
