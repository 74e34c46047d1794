"""Two checkpoints on the same test samples: a claim about these two, or about the methods behind them.

Per-sample errors only say which of these two checkpoints is better on such samples. Taken as a claim about the method
they are wrong a third of the time or more, since another seed makes another checkpoint: that noise must come from
the history.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from runcompare.errors import UsageError
from runcompare.stats.arms import History, read_history
from runcompare.stats.conclude import conclude
from runcompare.stats.decision import Decision, Noise, Note, Scale
from runcompare.stats.law import Floats, Law, relative_noise
from runcompare.stats.prior import lone_prior
from runcompare.stats.situation import Situation
from runcompare.stats.verdict import Question

__all__ = ["decide_paired"]

LEAST = 10  # test samples under which a mean of errors isn't near enough to normal


def decide_paired(
    candidate_errors: ArrayLike,
    baseline_errors: ArrayLike,
    *,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    higher_is_better: bool = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
) -> Decision:
    """Compare one run a side by their errors on the same test samples, shapes (n,) in the same order.

    The effect is that of the mean error: its ratio on the log scale (by the delta method), its difference on the linear
    one. With `history` (replicated groups of the final metric, as for `decide`) the seed-to-seed variance is added,
    with Satterthwaite's degrees of freedom, and the claim is about the method. Without it `claim` is "checkpoints":
    the noise is a lower bound, and the verdict holds for these two checkpoints only. Raises UsageError if the
    lengths differ.
    """
    question = Question(scale, higher_is_better, min_effect, alpha)
    new, old = _errors(candidate_errors, "candidate_errors"), _errors(baseline_errors, "baseline_errors")
    if new.shape != old.shape:
        text = f"Paired errors need the same test samples: {len(new)} against {len(old)}."
        raise UsageError(text, hint="Evaluate both on one set.")
    usable = np.isfinite(new) & np.isfinite(old)
    lost = int(len(usable) - usable.sum())
    past = read_history(history, scale)
    with np.errstate(all="ignore"):
        difference, error = _difference(new[usable], old[usable], scale)
        found = _situation(difference, error, int(usable.sum()), float(old[usable].mean()), past, scale)
        if lost:
            text = f"{lost} of {len(usable)} test samples have no finite error on one side or the other: left out."
            found.warnings.append(Note("left-out", text))
        return conclude(difference, found, question)


def _errors(values: ArrayLike, name: str) -> Floats:
    try:
        errors = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be numbers.", hint="Give one error a test sample.") from error
    if errors.ndim != 1:
        raise UsageError(f"{name} must have one dimension, got {errors.ndim}.", hint="Give one error a test sample.")
    return errors


def _difference(new: Floats, old: Floats, scale: Scale) -> tuple[float, float]:
    """Difference of the mean errors on the scale and its standard error; NaN where it can't be had."""
    n = len(new)
    if n < LEAST:
        return math.nan, math.nan
    if scale == "linear":
        apart = new - old
        return float(apart.mean()), float(apart.std(ddof=1) / math.sqrt(n))
    if new.mean() <= 0 or old.mean() <= 0:
        return math.nan, math.nan
    influence = new / new.mean() - old / old.mean()  # delta method for log(mean / mean)
    return float(np.log(new.mean() / old.mean())), float(influence.std(ddof=1) / math.sqrt(n))


def _situation(x: float, error: float, n: int, center: float, past: History, scale: Scale) -> Situation:
    if not math.isfinite(x) or error <= 0:
        text = f"{n} usable test samples do not do: it takes {LEAST} that differ, with mean errors above 0 for a ratio."
        return Situation(None, Noise("unknown"), "none: no difference can be computed", [Note("no-samples", text)])
    if not past.groups:
        return _checkpoints(error, n, center, scale)
    prior = lone_prior(past.variances, past.df)
    samples, seeds = error**2, 2 * float(prior.variance)
    df = (samples + seeds) ** 2 / (samples**2 / (n - 1) + seeds**2 / float(prior.df))
    sd = math.sqrt((samples + seeds) / 2)
    noise = Noise("history", sd, relative_noise(sd, center, scale), df, past.groups, past.runs)
    text = f"Both runs are taken to vary from seed to seed like the {past.groups} replicated groups of the history."
    method = f"paired t test over {n} test samples, with the history's seed noise"
    law = Law(np.asarray(sd * math.sqrt(2)), np.asarray(df))
    return Situation(law, noise, method, [], [Note("like-history", text)])


def _checkpoints(error: float, n: int, center: float, scale: Scale) -> Situation:
    sd = error / math.sqrt(2)
    noise = Noise("test samples", sd, relative_noise(sd, center, scale), n - 1.0, 0, 0)
    text = "The verdict holds for these two checkpoints only: another seed of the same config may say the opposite."
    method = f"paired t test over {n} test samples"
    law = Law(np.asarray(error), np.asarray(n - 1.0))
    return Situation(law, noise, method, [Note("checkpoints-only", text)], [], claim="checkpoints")
