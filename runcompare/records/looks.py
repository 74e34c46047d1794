"""A look at a comparison that was made, as a ledger keeps it, and what a ledger does."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["LooksAtHand", "PastLook", "PlaceOfLooks"]


@dataclass(frozen=True, slots=True)
class PastLook:
    """A report on two groups of runs by one metric, which has taken its share of the error rate.

    Both sides stand in a fixed order that does not depend on which was the candidate.

    Attributes:
        metric: The judged metric's key.
        settings: A digest of what each side's runs were told; empty where nothing is known of it.
        runs: The ids of each side's runs.
        n: Runs of the smaller side.
        data: A digest of the runs and their values: who looks at the same again has not looked again.
        share: Of alpha; 1 for a look that nobody planned.
        alpha: The error rate of all looks together.
        at: Unix seconds.
        verdict: What was said.
    """

    metric: str
    settings: tuple[str, str]
    runs: tuple[tuple[str, ...], tuple[str, ...]]
    n: int
    data: str
    share: float
    alpha: float
    at: float
    verdict: str

    def is_in(self, looks: Iterable["PastLook"]) -> bool:
        """Whether the same data were looked at by the same metric."""
        return any((one.metric, one.data) == (self.metric, self.data) for one in looks)


class PlaceOfLooks(Protocol):
    """A ledger: what has been looked at, and a place for the next look."""

    @property
    def name(self) -> str: ...

    def read(self) -> tuple[PastLook, ...]:
        """All looks, in the order in which they were made. Raises DataError."""
        ...

    def add(self, look: PastLook) -> None:
        """Put down a look, if the same one is not there yet. Raises DataError."""
        ...


@dataclass(slots=True)
class LooksAtHand:
    """A ledger in memory, for as long as a program runs."""

    looks: list[PastLook] = field(default_factory=list)
    name: str = "this run"

    def read(self) -> tuple[PastLook, ...]:
        return tuple(self.looks)

    def add(self, look: PastLook) -> None:
        if not look.is_in(self.looks):
            self.looks.append(look)
