"""Which look at a comparison a report is, in sentences."""

from collections.abc import Iterator

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.look import Look
from runcompare.reporting.numbers import share
from runcompare.reporting.prose import Prose

__all__ = ["look_lines", "no_ledger", "waits"]


def look_lines(c: Comparison, write: Prose) -> Iterator[str]:
    """Which look it is, at which level, and which is next; what is odd about it. Nothing without a ledger."""
    if c.look is not None:
        notes = "".join(f" {write.text(note.text)}" for note in c.look.notes)
        yield f"{_look(c.look, write)}{notes}"


def _look(look: Look, write: Prose) -> str:
    where, whole = write.text(look.where), share(look.alpha)
    if look.at is None:
        return f"{write.strong('Looks used up')} ({where}): nothing more can be decided at {whole} over all looks."
    if not look.due:
        return (
            f"{write.strong('Between looks')} ({where}): look {look.number} is at {look.at} runs a side, and there are "
            f"{look.n}. Nothing is decided before, and this one spends nothing."
        )
    again = " The same data as before: looking again spends nothing." if look.again else ""
    if look.share >= 1:
        return (
            f"{write.strong(f'Look {look.number}')} ({where}), which nobody planned: it takes the whole error rate of "
            f"{whole}; looks after it share a tenth of that.{again}"
        )
    after = (
        f" The next one may be made from {look.following[0]} runs a side on."
        if look.following
        else " It is the last one."
    )
    missing = " The first one is in no ledger, and took the error rate." if look.unrecorded else ""
    return (
        f"{write.strong(f'Look {look.number} of {look.number + len(look.following)}')} ({where}): p is compared with "
        f"{share(look.level)}, so that all looks together are wrong {share(look.whole)} of the time at most."
        f"{missing}{after}{again}"
    )


def waits(c: Comparison) -> bool:
    """Whether nothing is decided because no look is due."""
    return c.look is not None and not c.look.due


def no_ledger(c: Comparison, write: Prose) -> str:
    """What a report says that keeps no count of looks."""
    return (
        f"Looks: no count is kept. A report that is repeated as seeds are added is wrong more often than "
        f"{share(c.options.alpha)}; {write.code('--looks FILE')} keeps count and holds the error rate."
    )
