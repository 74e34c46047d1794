"""The same two methods on many tasks: a mean effect over tasks, and how often the candidate's run is the better one.

Tasks with runs of their own. Each gives one effect: a difference on a scale that all tasks share (log ratios, log
odds), else in units of the task's own noise (Hedges' g), since rewards of different tasks have no common unit. The
mean over tasks is a random-effects estimate with equal weights, its law a t law with one degree of freedom fewer than
tasks: the error of the tasks' effects, whatever it is made of, seeds or real differences between tasks, shows in their
spread. That holds exactly for effects of unequal noise (Bakirov and Szekely 2005; Ibragimov and Mueller 2010), and
it is Hartung and Knapp's interval (2001) without weights that few seeds can't know. Effects in units of noise are
skewed by the noise of their own unit, so the interval also spans that of their variance-stabilised form (Hedges and
Olkin 1985).

Tasks that share their runs (several results of one training) err together: there the run is what is replicated, and
each run's mean over tasks is compared.

No bootstrap: at 3 seeds the interval of a stratified one leaves out the truth too often (12 % of nulls for the mean,
8 % for the probability of improvement; see the calibration).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.errors import UsageError
from runcompare.stats import significance
from runcompare.stats.arms import read_values
from runcompare.stats.decision import Note, Verdict
from runcompare.stats.law import Floats, Law
from runcompare.stats.verdict import verdict

__all__ = ["Improvement", "TaskPool", "TaskUnit", "pool_tasks"]

TaskUnit = Literal["scale", "noise"]
MIN_TASKS = 2
MIN_DF = 2  # within a task, for its noise to be a unit


class Improvement(NamedTuple):
    """The probability that a run of the candidate is better than one of the baseline on the same task (higher, where it
    is not known which is better), mean over tasks, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TaskPool:
    """What many tasks say together.

    Attributes:
        verdict: by the rules of `verdict`.
        effect: mean over tasks of candidate minus baseline, in `unit`; None without two usable tasks.
        low: lower end of its interval of level 1 - alpha; `high` is the upper end.
        p_value: two-sided, against a mean effect of 0.
        unit: "scale" for differences on the scale of the values, "noise" for multiples of each task's noise.
        effects: each task's effect in `unit`, NaN for a task that is not usable.
        tasks: how many are usable.
        between: standard deviation of the true effects between tasks, beyond what seeds explain; 0 if none is seen.
        improvement: see `Improvement`; None without usable tasks.
        method: name of the test.
        warnings: what may make the verdict wrong.
    """

    verdict: Verdict
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    unit: TaskUnit
    effects: tuple[float, ...]
    tasks: int
    between: float | None
    improvement: Improvement | None
    method: str
    warnings: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    """The finite values of one task on both sides."""

    new: Floats
    old: Floats

    @property
    def df(self) -> int:
        return len(self.new) + len(self.old) - 2

    @property
    def difference(self) -> float:
        return float(self.new.mean() - self.old.mean())

    @property
    def within(self) -> float:
        """Pooled variance of the runs of a side."""
        squares = sum(float(((side - side.mean()) ** 2).sum()) for side in (self.new, self.old))
        return squares / self.df if self.df > 0 else float("nan")

    @property
    def inverse(self) -> float:
        return 1 / len(self.new) + 1 / len(self.old)

    def usable(self, unit: TaskUnit) -> bool:
        if not (len(self.new) and len(self.old)):
            return False
        return unit == "scale" or (self.df >= MIN_DF and self.within > 0)


def pool_tasks(
    candidate: Sequence[ArrayLike],
    baseline: Sequence[ArrayLike],
    *,
    unit: TaskUnit = "scale",
    higher_is_better: bool | None = None,
    shared_runs: bool = False,
    margin: float = 0.0,
    alpha: float = 0.05,
) -> TaskPool:
    """Is the candidate better on average over tasks?

    Args:
        candidate: one array of final values for each task, on a scale; NaN and infinite values are diverged runs.
        baseline: the same, for the same tasks in the same order.
        unit: "scale" if all tasks share a scale on which differences mean the same, such as logarithms or log odds;
            "noise" to take each task's effect in units of its own noise.
        higher_is_better: the direction, the same for all tasks; None where it is not known.
        shared_runs: whether the values at one place of all tasks come from one run.
        margin: the smallest mean effect of interest in `unit`; with 0 nothing is called equivalent.
        alpha: level of the test; intervals have level 1 - alpha.

    Raises:
        UsageError: the sides differ in their number of tasks, shared runs in theirs, or an argument can't be read.
    """
    if len(candidate) != len(baseline):
        said = f"Both sides need the same tasks, got {len(candidate)} and {len(baseline)}."
        raise UsageError(said, hint="Leave out tasks that one side lacks.")
    new = [read_values(v, f"candidate[{i}]") for i, v in enumerate(candidate)]
    old = [read_values(v, f"baseline[{i}]") for i, v in enumerate(baseline)]
    warnings = _diverged(new, old)
    if shared_runs:
        new, old = _whole_runs(new, "candidate"), _whole_runs(old, "baseline")
    tasks = [_Task(a[np.isfinite(a)], b[np.isfinite(b)]) for a, b in zip(new, old, strict=True)]
    usable = [task for task in tasks if task.usable(unit)]
    effects = tuple(_effect(task, unit) if task.usable(unit) else float("nan") for task in tasks)
    few = len(usable) < (1 if shared_runs else MIN_TASKS)
    with np.errstate(all="ignore"):
        found = None if few else (_of_runs if shared_runs else _of_tasks)(usable, unit, alpha)
    word = Verdict.CANT_TELL
    if found is not None and found.p_value is not None:
        sign = -1 if higher_is_better is False else 1
        word = verdict(
            p_value=found.p_value,
            p_equivalent=found.p_beyond(margin) if margin > 0 else None,
            improvement=sign * found.effect,
            alpha=alpha,
            directed=higher_is_better is not None,
        )
    return TaskPool(
        verdict=_held_back(word, new, old),
        effect=None if found is None else found.effect,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        p_value=None if found is None else found.p_value,
        unit=unit,
        effects=effects,
        tasks=len(usable),
        between=_between(usable, unit) if len(usable) >= MIN_TASKS and not shared_runs else None,
        improvement=_improvement(usable, shared_runs, alpha, higher_is_better) if usable else None,
        method="none: too few tasks or runs" if found is None else found.method,
        warnings=warnings,
    )


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean effect; `laws` are those by which it must differ from a value, each with an estimate of its own."""

    effect: float
    laws: tuple["_Side", ...]
    method: str
    alpha: float

    @property
    def p_value(self) -> float | None:
        return max((law.p(0.0) for law in self.laws), default=None)

    @property
    def low(self) -> float | None:
        return min((law.bounds(self.alpha)[0] for law in self.laws), default=None)

    @property
    def high(self) -> float | None:
        return max((law.bounds(self.alpha)[1] for law in self.laws), default=None)

    def p_beyond(self, margin: float) -> float:
        """Against an effect of the margin or more on either side: two one-sided tests under every law."""
        return max(max(law.one_sided(-margin, 1), law.one_sided(margin, -1)) for law in self.laws)


@dataclass(frozen=True, slots=True)
class _Side:
    """An estimate with its law; with `factor`, the estimate is asinh(factor times an effect)."""

    estimate: float
    law: Law
    factor: float | None = None

    def place(self, effect: float) -> float:
        return effect if self.factor is None else float(np.arcsinh(self.factor * effect))

    def p(self, effect: float) -> float:
        return float(self.law.p_two_sided(self.estimate - self.place(effect)))

    def one_sided(self, effect: float, side: int) -> float:
        """Against a true effect at `effect` or beyond, below it with side 1."""
        return float(self.law.tail(side * (self.estimate - self.place(effect))))

    def bounds(self, alpha: float) -> tuple[float, float]:
        width = float(self.law.half_width(alpha))
        ends = self.estimate - width, self.estimate + width
        if self.factor is None:
            return ends
        return float(np.sinh(ends[0])) / self.factor, float(np.sinh(ends[1])) / self.factor


def _effect(task: _Task, unit: TaskUnit) -> float:
    if unit == "scale":
        return task.difference
    return float(_unbiased(task.df) * task.difference / np.sqrt(task.within))


def _unbiased(df: float) -> float:
    """Hedges' factor (1981): how much too large a difference over its estimated noise is on average."""
    logs = special.gammaln(df / 2) - special.gammaln((df - 1) / 2)
    return float(np.exp(logs) * np.sqrt(2 / df))


def _law_of(values: Floats) -> Law:
    n = len(values)
    return Law(np.asarray(values.std(ddof=1) / np.sqrt(n)), np.asarray(n - 1.0))


def _of_tasks(tasks: Sequence[_Task], unit: TaskUnit, alpha: float) -> _Mean | None:
    """Tasks with runs of their own: one effect each, and their mean by a t law."""
    effects = np.array([_effect(task, unit) for task in tasks])
    if not effects.std(ddof=1) > 0:
        return None
    laws = [_Side(float(effects.mean()), _law_of(effects))]
    if unit == "noise":
        laws.append(_stabilised(tasks))
    method = f"t test of the mean effect over {len(tasks)} tasks, random effects with equal weights"
    return _Mean(float(effects.mean()), tuple(laws), method, alpha)


def _stabilised(tasks: Sequence[_Task]) -> _Side:
    """The mean of asinh(t / sqrt(df)), whose noise hardly depends on the effect, without the bias of the log noise."""
    df = np.array([float(task.df) for task in tasks])
    t = np.array([task.difference / np.sqrt(task.within * task.inverse) for task in tasks])
    bias = np.exp((special.digamma(df / 2) - np.log(df / 2)) / 2)
    placed = np.arcsinh(t / np.sqrt(df) * bias)
    factor = float(np.mean([1 / np.sqrt(task.inverse * task.df) for task in tasks]))
    return _Side(float(placed.mean()), _law_of(placed), factor)


def _of_runs(tasks: Sequence[_Task], unit: TaskUnit, alpha: float) -> _Mean | None:
    """Tasks that share their runs: each run's mean over tasks, compared by Welch.

    In units of noise the runs' values are divided by the task's total deviation (Laeuter, Glimm and Kropf 1996: with
    that of a side alone the test would be wrong too often), which has no interval in units of noise.
    """
    n1, n2 = len(tasks[0].new), len(tasks[0].old)
    if min(n1, n2) < 2:
        return None
    weights = [1.0 if unit == "scale" else 1 / float(np.concatenate([t.new, t.old]).std(ddof=1)) for t in tasks]
    new = np.mean([w * task.new for w, task in zip(weights, tasks, strict=True)], axis=0)
    old = np.mean([w * task.old for w, task in zip(weights, tasks, strict=True)], axis=0)
    law = significance.welch(n1, new.var(ddof=1), n2, old.var(ddof=1))
    if not law.se > 0:
        return None
    effect = float(np.mean([_effect(task, unit) for task in tasks]))
    method = f"Welch t test of each run's mean over {len(tasks)} results, {n1} against {n2} runs"
    side = _Side(float(new.mean() - old.mean()), law)
    return _Mean(effect, (side,), method, alpha) if unit == "scale" else _OnlyTested(effect, (side,), method, alpha)


class _OnlyTested(_Mean):
    """A mean effect whose test is on another scale, so that it has no interval, and no margin means anything."""

    __slots__ = ()

    @property
    def low(self) -> None:
        return None

    @property
    def high(self) -> None:
        return None

    def p_beyond(self, margin: float) -> float:
        return 1.0


def _between(tasks: Sequence[_Task], unit: TaskUnit) -> float:
    """What the tasks' effects vary by beyond their seeds' noise (moments; unequal noise averaged)."""
    effects = np.array([_effect(task, unit) for task in tasks])
    known = [task for task in tasks if task.df > 0]
    if not known:
        return float(effects.std(ddof=1))
    seeds = np.mean([task.inverse * (task.within if unit == "scale" else _noise_of_g(task)) for task in known])
    return float(np.sqrt(max(0.0, float(effects.var(ddof=1)) - float(seeds))))


def _noise_of_g(task: _Task) -> float:
    """The variance of a standardised effect of 0, in units of `inverse`."""
    return _unbiased(task.df) ** 2 * task.df / (task.df - 2) if task.df > 2 else 2.0


def _improvement(
    tasks: Sequence[_Task], shared: bool, alpha: float, higher_is_better: bool | None
) -> Improvement | None:
    """Mean share of pairs of runs in which the candidate's is the better one.

    The interval spans the t interval over tasks (over runs, where tasks share them) and a score interval with the
    variance of a rank test, which has a width also where all pairs agree.
    """
    sign = -1.0 if higher_is_better is False else 1.0
    wins = [_wins(sign * task.new, sign * task.old) for task in tasks]
    value = float(np.mean([w.mean() for w in wins]))
    sizes = [(len(t.new), len(t.old)) for t in tasks]
    spread = float(np.mean([(a + b + 1) / (3 * a * b) for a, b in sizes]))
    if shared:
        mean = np.mean(wins, axis=0)
        (n1, n2), units = sizes[0], 1
        if min(n1, n2) < 2:
            return None
        law = significance.welch(n1, mean.mean(axis=1).var(ddof=1), n2, mean.mean(axis=0).var(ddof=1))
        df = float(law.df) if law.se > 0 else float(n1 + n2 - 2)
        width = float(law.half_width(alpha)) if law.se > 0 else 0.0
    else:
        units = len(tasks)
        if units < MIN_TASKS:
            return None
        df = units - 1.0
        width = float(_law_of(np.array([w.mean() for w in wins])).half_width(alpha))
    a = float(special.stdtrit(df, 1 - alpha / 2)) ** 2 * spread / units
    center, half = (value + a / 2) / (1 + a), float(np.sqrt(a * value * (1 - value) + a * a / 4)) / (1 + a)
    low, high = min(value - width, center - half), max(value + width, center + half)
    return Improvement(value, max(0.0, low), min(1.0, high))


def _wins(new: Floats, old: Floats) -> Floats:
    """1 where a run of `new` is above one of `old`, a half where they tie, shape (n1, n2)."""
    apart = new[:, None] - old
    return np.asarray((np.sign(apart) + 1) / 2)


def _whole_runs(tasks: Sequence[Floats], name: str) -> list[Floats]:
    """The runs that have a finite value on every task."""
    if len({len(task) for task in tasks}) > 1:
        raise UsageError(f"{name}: tasks that share their runs have as many values each.", hint="Put NaN for a gap.")
    stacked = np.array(tasks)
    return list(stacked[:, np.isfinite(stacked).all(axis=0)])


def _bad(side: Sequence[Floats]) -> float:
    return float(np.mean(np.concatenate([~np.isfinite(v) for v in side]))) if any(len(v) for v in side) else 0.0


def _diverged(new: Sequence[Floats], old: Sequence[Floats]) -> tuple[Note, ...]:
    counts = [sum(int((~np.isfinite(v)).sum()) for v in side) for side in (new, old)]
    if not any(counts):
        return ()
    text = f"Of the candidate's runs {counts[0]} diverged, of the baseline's {counts[1]}: effects are of the others."
    return (Note("diverged", text),)


def _held_back(word: Verdict, new: Sequence[Floats], old: Sequence[Floats]) -> Verdict:
    """A verdict that the rates of divergence speak against is none."""
    more, fewer = _bad(new) > _bad(old), _bad(new) < _bad(old)
    against = (word == Verdict.BETTER and more) or (word == Verdict.WORSE and fewer)
    return Verdict.INCONCLUSIVE if against or (word == Verdict.EQUIVALENT and (more or fewer)) else word
