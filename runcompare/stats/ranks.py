"""Ranks of several groups that are right together: which group is shown to be better than which, and so what each
one's rank may be.

Every ordered pair is a claim, "a is better than b", tested one-sided by the law that `decide` follows for two groups;
Holm's procedure (1979) over all of them bounds the chance of any false claim by alpha, whatever the truth. A group's
rank then lies between one more than the groups shown to be better than it, and the number of groups less those shown to
be worse: all these intervals hold together with confidence 1 - alpha, for equal means as well, of which each may have
any rank that its equals have (Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for ranks"; Al Mohamad,
Goeman and van Zwet 2022, "Simultaneous confidence intervals for ranks", with Tukey's test in Holm's place). Coverage is
simulated in `tests/benchmarks/calibration.py`.

The other groups tell of the noise of a pair as a history does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runcompare.errors import UsageError
from runcompare.stats.arms import SAME, Arm, History, read_arm, read_history
from runcompare.stats.behrens_fisher import fiducial_tail
from runcompare.stats.decision import Note, Scale
from runcompare.stats.law import Floats, Law, metric_value
from runcompare.stats.multiplicity import holm
from runcompare.stats.situation import Evidence, find_situation
from runcompare.stats.target import law_of_mean

__all__ = ["Ranked", "Ranking", "rank_groups"]

NEAR = 0.25  # a p-value above which no claim comes of it, by whatever law


@dataclass(frozen=True, slots=True)
class Ranked:
    """One group of a ranking.

    Attributes:
        place: where it stood in the input.
        rank: by its mean, 1 for the best.
        low: the best rank that it may have; `high` is the worst one.
        tier: every group of a lower tier is shown to be better than it; 1 for the best.
        better_than: places of the groups that it is shown to be better than.
        mean: in the metric's units, of its finite values.
        mean_low: lower end of the mean's own interval of level 1 - alpha; `mean_high` likewise. None where the noise is
            unknown.
        n: how many finite values it has; `diverged` are the others.
    """

    place: int
    rank: int
    low: int
    high: int
    tier: int
    better_than: tuple[int, ...]
    mean: float
    mean_low: float | None
    mean_high: float | None
    n: int
    diverged: int

    @property
    def may_be_best(self) -> bool:
        """Whether no group is shown to be better."""
        return self.low == 1


@dataclass(frozen=True, slots=True)
class Ranking:
    """Groups from best to worst by their means.

    Attributes:
        groups: each with the ranks that it may have.
        claims: how many ordered pairs were tested together.
        alpha: the chance of any false claim.
        method: what was done.
        warnings: what may make it wrong, or says little.
    """

    groups: tuple[Ranked, ...]
    claims: int
    alpha: float
    method: str
    warnings: tuple[Note, ...] = ()


def rank_groups(
    values: Sequence[ArrayLike],
    *,
    higher_is_better: bool,
    history: Sequence[ArrayLike] = (),
    scale: Scale = "log",
    alpha: float = 0.05,
    noise_cv: float | None = None,
) -> Ranking:
    """Which rank may each group have?

    Args:
        values: final values of each group, one array a group, one value a seed; NaN and infinite values are diverged.
        higher_is_better: the metric's direction.
        history: other replicated groups of the project, which are not ranked.
        scale: "log" for positive metrics, "linear" for the others.
        alpha: the chance that any group has a rank outside of its interval.
        noise_cv: relative seed-to-seed noise stated by hand, for groups of one run.

    Raises:
        UsageError: for fewer than two groups, a group without a finite value that the scale can hold, or an argument
            that can't be read.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1, got {alpha:g}.", hint="0.05 is usual.")
    if len(values) < 2:
        raise UsageError(f"A ranking takes two groups or more, got {len(values)}.", hint="Name more runs.")
    arms = [read_arm(group, scale, f"values[{i}]") for i, group in enumerate(values)]
    for i, arm in enumerate(arms):
        if not arm.n or arm.refused:
            raise UsageError(f"values[{i}] has values that can't be ranked on the {scale} scale.", hint="Leave it out.")
    past = _Past.of(arms, read_history(history, scale))
    with np.errstate(all="ignore"):
        better = _claims(arms, past, scale, higher_is_better=higher_is_better, noise_cv=noise_cv) < alpha
    sign = -1.0 if higher_is_better else 1.0
    order = sorted(range(len(arms)), key=lambda i: (sign * arms[i].mean, i))
    tiers = _tiers(better, order)
    ranked = []
    for rank, i in enumerate(order, start=1):
        low, high = 1 + int(better[:, i].sum()), len(arms) - int(better[i].sum())
        shown = tuple(int(j) for j in np.flatnonzero(better[i]))
        with np.errstate(all="ignore"):
            own = law_of_mean(arms[i], past.without(i), noise_cv, scale)
        reach = None if own is None else float(own.law.half_width(alpha))
        ranked.append(
            Ranked(
                place=i,
                rank=rank,
                low=low,
                high=high,
                tier=tiers[rank - 1],
                better_than=shown,
                mean=metric_value(arms[i].mean, scale),
                mean_low=None if reach is None else metric_value(arms[i].mean - reach, scale),
                mean_high=None if reach is None else metric_value(arms[i].mean + reach, scale),
                n=arms[i].n,
                diverged=len(arms[i].diverged),
            )
        )
    claims = len(arms) * (len(arms) - 1)
    method = f"one-sided t tests of all {claims} ordered pairs, Holm over all of them"
    return Ranking(tuple(ranked), claims, alpha, method, _warnings(arms, past))


@dataclass(frozen=True, slots=True)
class _Past:
    """Noise of every replicated group that is ranked, and of the history: `owner` is the place, -1 for the history."""

    variances: Floats
    df: Floats
    owner: NDArray[np.intp]
    left_out: int

    @classmethod
    def of(cls, arms: Sequence[Arm], history: History) -> "_Past":
        known = [i for i, arm in enumerate(arms) if arm.informative > 1 and arm.variance > _least(arm)]
        return cls(
            np.array([*(arms[i].variance for i in known), *history.variances], dtype=float),
            np.array([*(arms[i].n - 1.0 for i in known), *history.df], dtype=float),
            np.array([*known, *(-1 for _ in history.variances)], dtype=np.intp),
            history.left_out,
        )

    def without(self, *places: int) -> History:
        """The history of groups other than those at `places`."""
        kept = ~np.isin(self.owner, places)
        return History(self.variances[kept], self.df[kept], np.empty(0), np.empty(0, dtype=np.intp), self.left_out)


def _least(arm: Arm) -> float:
    """The variance from which values are no copies of one number."""
    return (SAME * max(1.0, abs(arm.mean))) ** 2


def _claims(
    arms: Sequence[Arm], past: _Past, scale: Scale, *, higher_is_better: bool, noise_cv: float | None
) -> Floats:
    """p-values (k, k) of "row is better than column" after Holm; 1 on the diagonal."""
    k = len(arms)
    p = np.ones((k, k))
    for i in range(k):
        for j in range(i + 1, k):
            new, old = arms[i], arms[j]
            found = find_situation(Evidence(new, old, past.without(i, j), scale), noise_cv)
            laws = [law for law in (found.law, found.cautious) if law is not None]
            first_leads = (new.mean > old.mean) == higher_is_better
            p_ahead = max((_one_sided(law, new, old) for law in laws), default=1.0)
            p[(i, j) if first_leads else (j, i)] = p_ahead  # of who does not lead nothing is claimed
            more = len(new.diverged) * old.total - len(old.diverged) * new.total
            if more:  # a mean over the finite seeds says nothing for the side that diverges more often
                p[(i, j) if more > 0 else (j, i)] = 1.0
    outside = ~np.eye(k, dtype=bool)
    p[outside] = holm(p[outside])
    return p


def _one_sided(law: Law, new: Arm, old: Arm) -> float:
    """Against "the group with the better mean is no better"; 1 where the law can't say.

    The less equal the sizes of replicated arms, the more the fiducial law counts, which keeps its level far out, where
    many claims are tested; for arms of one size Welch's does, and is more powerful.
    """
    if not (np.isfinite(law.se) and law.se > 0):
        return 1.0
    lead = abs(new.mean - old.mean)
    p = float(law.tail(lead))
    if not np.isfinite(p):
        return 1.0
    if p > NEAR:
        return p
    balance = (min(new.n, old.n) / max(new.n, old.n)) ** 3
    if balance < 1 and min(new.informative, old.informative) > 1 and min(new.variance, old.variance) > 0:
        fiducial = fiducial_tail(lead, n1=new.n, v1=new.variance, n2=old.n, v2=old.variance)
        return float(p**balance * fiducial ** (1 - balance))
    return p


def _tiers(better: NDArray[np.bool_], order: Sequence[int]) -> list[int]:
    """A tier ends where all groups down to there are shown to be better than all below."""
    tiers, tier = [], 1
    for rank in range(1, len(order) + 1):
        tiers.append(tier)
        if rank < len(order) and better[np.ix_(order[:rank], order[rank:])].all():
            tier += 1
    return tiers


def _warnings(arms: Sequence[Arm], past: _Past) -> tuple[Note, ...]:
    notes = []
    if diverged := sum(len(arm.diverged) for arm in arms):
        text = f"{diverged} seeds diverged: means are of the others, and no group is called better that diverges more."
        notes.append(Note("diverged", text))
    if single := sum(arm.informative == 1 for arm in arms):
        known = "is that of the replicated groups" if len(past.variances) else "is not known"
        notes.append(Note("single-runs", f"{single} groups have one run, whose noise {known}."))
    return tuple(notes)
