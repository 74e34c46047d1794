"""Were the sides picked for their values, and out of how many? The verdict is corrected for it.

A pick by `@best` is always corrected for: by another metric than the judged one too, since what the two have in common
is not known, and the correction holds whatever it is. A run of a sweep or study may be named for another reason:
it is corrected where the search was after the judged metric, else the report says that it may need to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from runcompare.comparison.model import Role
from runcompare.records.run import Group, Searched

__all__ = ["Search", "how_many", "searches_of"]


@dataclass(frozen=True, slots=True)
class Search:
    """A search that a side comes from: one of `n` runs or configurations, for the metric `by` (None: not known).

    `how` is "@best" or the search's name; `corrected` says whether the verdict is corrected for it, `both` whether the
    other side comes from the same one.
    """

    side: Role
    n: int
    by: str | None
    how: str
    corrected: bool
    both: bool = False


def searches_of(candidate: Group, baseline: Group, key: str) -> tuple[Search, ...]:
    """The searches that the sides come from; `key` is the judged metric. One that both come from stands once."""
    shared = [one for one in candidate.searched if not one.is_pick and one in baseline.searched]
    found = [_search("candidate", one, key, both=one in shared) for one in candidate.searched]
    found += [_search("baseline", one, key) for one in baseline.searched if one not in shared]
    return tuple(found)


def _search(side: Role, one: Searched, key: str, *, both: bool = False) -> Search:
    return Search(side, one.n, one.by, one.how, one.is_pick or one.by == key, both)


def how_many(searches: Sequence[Search]) -> int:
    """Out of how many possible comparisons this one was picked: the pairs of a search that both sides come from."""
    return prod(one.n * (one.n - 1) // 2 if one.both else one.n for one in searches if one.corrected)
