"""Two checkpoints on the same test samples: a claim about these two, or about the methods behind them.

Per-sample errors only tell which of these two checkpoints is better on such samples. Taken as a claim about the
method they are wrong a third of the time or more, since another seed makes another checkpoint: that noise must come
from the history.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import History, read_history, read_values
from runcompare.stats.conclude import conclude
from runcompare.stats.decision import Decision, Noise, Note, Scale
from runcompare.stats.law import Floats, Law, relative_noise
from runcompare.stats.prior import lone_prior
from runcompare.stats.situation import Situation
from runcompare.stats.verdict import Question

__all__ = ["decide_on_samples"]

LEAST = 10  # test samples under which a mean of errors isn't near enough to normal


class _MeanError(NamedTuple):
    """Difference of two mean errors on the scale with its standard error over `n` samples; NaN where undefined."""

    difference: float
    se: float
    n: int
    center: float


def decide_on_samples(
    candidate_errors: ArrayLike,
    baseline_errors: ArrayLike,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    higher_is_better: bool | None = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
) -> Decision:
    """Compare one run a side by their errors on the same test samples.

    The effect is that of the mean error: its ratio on the log scale (by the delta method), its difference on the linear
    one. With history the seed-to-seed variance is added, with Satterthwaite's degrees of freedom, and the claim is
    about the method. Without it `claim` is "checkpoints": the noise is a lower bound, and the verdict holds for these
    two checkpoints only.

    Args:
        candidate_errors: one error per test sample, shape (n,).
        baseline_errors: the same, in the same order.
        history: replicated groups of the final metric, as for `decide`.
        scale: as for `decide`; likewise `higher_is_better`, `min_effect` and `alpha`.

    Raises:
        UsageError: the lengths differ, or an argument can't be read.
    """
    question = Question(scale, higher_is_better, min_effect, alpha)
    new = read_values(candidate_errors, "candidate_errors", one_per="test sample")
    old = read_values(baseline_errors, "baseline_errors", one_per="test sample")
    if new.shape != old.shape:
        text = f"Paired errors need the same test samples: {len(new)} against {len(old)}."
        raise UsageError(text, hint="Evaluate both on one set.")
    usable = np.isfinite(new) & np.isfinite(old)
    lost = int(len(usable) - usable.sum())
    past = read_history(history, scale)
    with np.errstate(all="ignore"):
        measured = _measure(new[usable], old[usable], scale)
        found = _situation(measured, past, scale)
        if lost:
            text = f"{lost} of {len(usable)} test samples have no finite error on one side or the other: left out."
            found = found.with_warnings(Note("left-out", text))
        return conclude(measured.difference, found, question)


def _measure(new: Floats, old: Floats, scale: Scale) -> _MeanError:
    n, center = len(new), float(old.mean())
    if n < LEAST:
        return _MeanError(math.nan, math.nan, n, center)
    if scale == "linear":
        apart = new - old
        return _MeanError(float(apart.mean()), float(apart.std(ddof=1) / math.sqrt(n)), n, center)
    if new.mean() <= 0 or old.mean() <= 0:
        return _MeanError(math.nan, math.nan, n, center)
    influence = new / new.mean() - old / old.mean()  # delta method for log(mean / mean)
    se = float(influence.std(ddof=1) / math.sqrt(n))
    return _MeanError(float(np.log(new.mean() / old.mean())), se, n, center)


def _situation(measured: _MeanError, past: History, scale: Scale) -> Situation:
    n = measured.n
    if not math.isfinite(measured.difference) or measured.se <= 0:
        text = f"It takes {LEAST} test samples that differ, with mean errors above 0 for a ratio; {n} are usable."
        return Situation(None, Noise("unknown"), "none: no difference can be computed", (Note("no-samples", text),))
    if not past.groups:
        return _checkpoints(measured, scale)
    prior = lone_prior(past.variances, past.df)
    samples, seeds = measured.se**2, 2 * float(prior.variance)
    df = (samples + seeds) ** 2 / (samples**2 / (n - 1) + seeds**2 / float(prior.df))
    sd = math.sqrt((samples + seeds) / 2)
    noise = Noise("history", sd, relative_noise(sd, measured.center, scale), df, past.groups, past.runs)
    text = f"Both runs are taken to vary from seed to seed like the {past.groups} replicated groups of the history."
    method = f"paired t test over {n} test samples, with the history's seed noise"
    law = Law(np.asarray(sd * math.sqrt(2)), np.asarray(df))
    return Situation(law, noise, method, assumptions=(Note("like-history", text),))


def _checkpoints(measured: _MeanError, scale: Scale) -> Situation:
    df = measured.n - 1.0
    sd = measured.se / math.sqrt(2)
    noise = Noise("test samples", sd, relative_noise(sd, measured.center, scale), df)
    text = "The verdict holds for these checkpoints only: another seed of the same config may give the opposite."
    method = f"paired t test over {measured.n} test samples"
    law = Law(np.asarray(measured.se), np.asarray(df))
    return Situation(law, noise, method, (Note("checkpoints-only", text),), claim="checkpoints")
