"""Runs of both sides that belong together."""

from dataclasses import dataclass

from runcompare.comparison.model.rows import Interval, Noise, Test

__all__ = ["Pair", "Pairing"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Runs of both sides with the same key (a seed, fold or task), by id; several of a side stand by their mean."""

    key: str
    candidate: tuple[str, ...]
    baseline: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Whether the primary metric was compared in pairs of runs, which is decided without the values at hand.

    `by` is "seed" or the setting that pairs share. `decides` says whether the verdict is that of the pairs; `other` is
    the result that is not the verdict, None where only one test could be made. `matched` says how pairs were found or
    why there are none, `chosen` why the one test and not the other gives the verdict. `alone` are runs that count, but
    have no partner. `shared` is the correlation of both sides over these pairs, `earlier` over `groups` earlier
    comparisons of the project. `noise` is what pairs don't share, as the standard deviation that unpaired seeds would
    need to have: of these pairs, else of the earlier ones.
    """

    by: str
    declared: bool
    decides: bool
    matched: str
    chosen: str = ""
    pairs: tuple[Pair, ...] = ()
    alone: tuple[str, ...] = ()
    other: Test | None = None
    shared: Interval | None = None
    earlier: Interval | None = None
    groups: int = 0
    noise: Noise | None = None
