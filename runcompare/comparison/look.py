"""A look at a comparison, and a ledger of looks as it was read, as plain data."""

from dataclasses import dataclass

from runcompare.comparison.model import Note
from runcompare.records.looks import PastLook

__all__ = ["Look", "LookBook"]


@dataclass(frozen=True, slots=True)
class LookBook:
    """A ledger as it was read. `planned` says whether looks are planned from the first on; `unrecorded` that there was
    a look before that nobody put down; `where` is the ledger's name."""

    past: tuple[PastLook, ...]
    where: str
    planned: bool = True
    unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Which of the planned looks this is.

    Attributes:
        number: Its number, counted from 1; of the next one where none is due.
        level: What p is compared with here.
        share: The same as a share of `alpha`, the error rate that was asked for.
        whole: What all looks together are wrong at most: `alpha`, and a tenth more where one has taken it whole.
        due: Whether anything may be decided; `again` says that it is a look at the same data as one before.
        n: Runs of the smaller side.
        at: From how many runs a side the look may be made; None where the looks are used up.
        following: The planned numbers of runs a side after this look, or from the one that is due next.
        earlier: Runs a side at the looks before.
        where: The ledger.
        entry: The look as the ledger is to keep it, but for when it was and what was said.
        unrecorded: Whether a look before is said to be missing in it.
        notes: What is odd about it.
    """

    number: int
    level: float
    share: float
    alpha: float
    whole: float
    due: bool
    again: bool
    n: int
    at: int | None
    following: tuple[int, ...]
    earlier: tuple[int, ...]
    where: str
    entry: PastLook
    unrecorded: bool = False
    notes: tuple[Note, ...] = ()
