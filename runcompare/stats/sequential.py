"""Seeds one at a time: looking again and again at a growing comparison at a controlled error rate.

Planned looks spend the error rate over a few looks fixed beforehand (Pocock 1977): `turn` says which look is next,
from how many seeds it may be made, and at which level. A look that nobody planned has taken the whole rate; what is
left for looks after it is a tenth on top. For looks at any time there is the e-value, at the price of power. Looking
with a plain Welch test at every n up to 20 is wrong one time in five. History is not used here: moderating breaks the
error rate of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from runcompare.stats.arms import read_arm, read_values
from runcompare.stats.decide import decide
from runcompare.stats.decision import Decision, Note, Scale, Verdict

__all__ = ["LOOKS", "Look", "Made", "Turn", "e_value", "look", "look_alpha", "planned_sizes", "seeds_factor", "turn"]

LOOKS = (3, 5, 8, 12, 20)  # seeds per arm
GROWTH = 1.6  # from one look to the next beyond these
SHARE = 0.266  # of alpha at each of the five looks: .0133 of .05 makes 4.3 % in all, by simulation
REST = 0.1  # of alpha, for all planned looks after one that has taken alpha whole
MIXTURE = 1.0  # variance of the effects, in units of the noise, that the e-value bets on


@dataclass(frozen=True, slots=True)
class Made:
    """A look that was made: at `n` seeds a side, for a `share` of alpha; 1 is a look that nobody planned."""

    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The next look: its number, its share of alpha, and from how many seeds a side it may be made.

    `at` is None where the looks are used up; `due` says whether it may be made now.
    """

    number: int
    share: float
    at: int | None
    due: bool


def turn(made: Sequence[Made], n: int, *, planned: bool = True) -> Turn:
    """The look that comes after those that were made.

    Args:
        made: the looks so far, in any order.
        n: seeds of the smaller side now.
        planned: whether looks were planned from the first on; else the first takes all of alpha, and may be made at any
            number of seeds.
    """
    if not made and not planned:
        return Turn(1, 1.0, n, True)
    share = SHARE if all(one.share == SHARE for one in made) else SHARE * REST
    if sum(one.share < 1 for one in made) >= len(LOOKS):
        return Turn(len(made) + 1, share, None, False)
    at = planned_sizes(max((one.n for one in made), default=0))[0]
    return Turn(len(made) + 1, share, at, n >= at)


def planned_sizes(above: int, count: int = 1) -> tuple[int, ...]:
    """The next planned numbers of seeds a side above `above`."""
    sizes = list(LOOKS)
    while sum(size > above for size in sizes) < count:
        sizes.append(round(sizes[-1] * GROWTH))
    return tuple(size for size in sizes if size > above)[:count]


def seeds_factor(share: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """How many times the seeds of a test at level alpha a test at `share` of it takes for the same effect and power."""
    at, whole = (float(-special.ndtri(level / 2) + special.ndtri(power)) for level in (share * alpha, alpha))
    return (at / whole) ** 2


def look_alpha(alpha: float = 0.05) -> float:
    """The level at each planned look that makes `alpha` in all."""
    return SHARE * alpha


@dataclass(frozen=True, slots=True)
class Look:
    """A decision at a planned look.

    Attributes:
        decision: of the seeds, at the look's level; "inconclusive" where no look is due.
        decided: whether it ends the experiment.
        next_look: else how many seeds both arms are to run up to; None after the last look.
        turn: which look it is.
    """

    decision: Decision
    decided: bool
    next_look: int | None
    turn: Turn


def look(
    candidate: ArrayLike,
    baseline: ArrayLike,
    *,
    made: Sequence[Made] = (),
    scale: Scale = "log",
    higher_is_better: bool | None = False,
    min_effect: float = 0.02,
    alpha: float = 0.05,
) -> Look:
    """Decide at a planned look; between looks nothing is decided.

    Args:
        candidate: final values, shape (n1,).
        baseline: the same, shape (n2,).
        made: the looks at these arms before.
        scale: as for `decide`; likewise `higher_is_better` and `min_effect`.
        alpha: the error rate of all looks together.

    Raises:
        UsageError: an argument can't be read.
    """
    new, old = read_values(candidate, "candidate"), read_values(baseline, "baseline")
    n = min(len(new), len(old))
    now = turn(made, n)
    level = now.share * alpha
    decision = decide(new, old, scale=scale, higher_is_better=higher_is_better, min_effect=min_effect, alpha=level)
    if not now.due:
        return Look(_withheld(decision, now), now.at is None, now.at, now)
    text = f"Look {now.number}, at {n} seeds a side, at level {level:.4f}."
    decision = replace(decision, assumptions=(*decision.assumptions, Note("planned-look", text)))
    if decision.verdict.is_difference or decision.verdict == Verdict.EQUIVALENT:
        return Look(decision, True, None, now)
    later = turn((*made, Made(n, now.share)), n)
    return Look(decision, later.at is None, later.at, now)


def _withheld(decision: Decision, now: Turn) -> Decision:
    """The decision without its word."""
    when = "the planned looks are used up" if now.at is None else f"look {now.number} is at {now.at} seeds a side"
    word = decision.verdict if decision.verdict == Verdict.CANT_TELL else Verdict.INCONCLUSIVE
    note = Note("between-looks", f"Nothing is decided here: {when}.")
    return replace(decision, verdict=word, warnings=(*decision.warnings, note))


def e_value(candidate: ArrayLike, baseline: ArrayLike, *, scale: Scale = "log") -> float:
    """Evidence against "no difference" that may be looked at after every seed: 20 or more is significant at 5 %.

    The t-mixture e-value of two samples with equal variances: the likelihood ratio of effects drawn from N(0, MIXTURE)
    in units of the noise against none, with flat priors on the mean and on log noise (Lindon et al. 2022; Wang and
    Ramdas 2024). Under no difference it exceeds 1 / alpha at any time with a chance of at most alpha.

    Args:
        candidate: final values, shape (n1,).
        baseline: the same, shape (n2,).
        scale: "log" or "linear".

    Returns:
        The e-value; 1 with fewer than two values a side.
    """
    new, old = read_arm(candidate, scale, "candidate"), read_arm(baseline, scale, "baseline")
    if min(new.n, old.n) < 2:
        return 1.0
    size, total = new.n * old.n / (new.n + old.n), new.n + old.n
    rest = (new.n - 1) * new.variance + (old.n - 1) * old.variance
    between = size * (new.mean - old.mean) ** 2
    if rest + between == 0:
        return 1.0
    shrink = 1 / (1 + size * MIXTURE)
    power = (total - 1) / 2
    log_e = 0.5 * np.log(shrink) + power * (np.log(rest + between) - np.log(rest + shrink * between))
    return float(np.exp(min(log_e, 700.0)))
