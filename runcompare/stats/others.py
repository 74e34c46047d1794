"""The noise of other people's runs as a prior, for one run a side whose project has no history.

Of each family of runs (a model family on a suite of tasks) a typical seed-to-seed standard deviation is known, and how
much its logarithm differs between groups. A new project is a new family: its noise differs from the typical one as
families differ from each other and as groups differ within them, taken together as a normal law of log noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from runcompare.stats.prior import Prior, prior_of_spread

__all__ = ["BETWEEN", "Family", "Others", "pool"]

BETWEEN = (
    1.1  # least sd of log noise between families, a factor of 3: a few families of one maker show too little of it
)
LEVEL = 0.8  # how often a new family's noise lies in the range that is told


class Family(NamedTuple):
    """One line of the library; several lines may be of one family.

    `noise` is the typical standard deviation of its groups, `spread` the standard deviation of its logarithm between
    them.
    """

    name: str
    noise: float
    spread: float
    groups: int
    runs: int


@dataclass(frozen=True, slots=True)
class Others:
    """What other people's runs of one kind tell of the noise of a new project.

    Attributes:
        typical: standard deviation of a typical group; on the scale of the comparison, or relative to its center.
        spread: standard deviation of the logarithm of a new project's noise.
        families: how many families of runs that is from; `groups` and `runs` likewise.
        relative: whether `typical` is relative to the center on the scale.
    """

    typical: float
    spread: float
    families: int
    groups: int
    runs: int
    relative: bool = False

    def at(self, center: float) -> "Others | None":
        """In the units of the scale for values around `center`; None where nothing can be relative to that."""
        if not self.relative:
            return self
        return Others(self.typical * center, self.spread, self.families, self.groups, self.runs) if center > 0 else None

    @property
    def prior(self) -> Prior:
        """The scaled inverse chi-square law of the variance with the same mean and spread of its logarithm."""
        return prior_of_spread(self.typical, self.spread)

    @property
    def range(self) -> tuple[float, float]:
        """Where a new project's noise lies four times in five."""
        factor = float(np.exp(special.ndtri((1 + LEVEL) / 2) * self.spread))
        return self.typical / factor, self.typical * factor


def pool(lines: Sequence[Family], *, relative: bool = False) -> Others:
    """What lines of the library, one or more, tell of a family that is none of them; each family has the same weight.

    Args:
        lines: all of one kind of metric.
        relative: whether their noise is relative to the center of the values.
    """
    by_name: dict[str, list[Family]] = {}
    for line in lines:
        by_name.setdefault(line.name, []).append(line)
    logs = [np.log([line.noise for line in same]) for same in by_name.values()]
    centers = np.array([log.mean() for log in logs])
    within = np.mean([np.mean([line.spread**2 for line in same]) for same in by_name.values()])
    within += np.mean([log.var(ddof=1) if len(log) > 1 else 0.0 for log in logs])
    between = max(centers.var(ddof=1) if len(centers) > 1 else 0.0, BETWEEN**2)
    return Others(
        typical=float(np.exp(centers.mean())),
        spread=float(np.sqrt(between * (1 + 1 / len(centers)) + within)),
        families=len(centers),
        groups=sum(line.groups for line in lines),
        runs=sum(line.runs for line in lines),
        relative=relative,
    )
