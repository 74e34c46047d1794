"""Which look at this comparison is it, and at which level may it decide?

The question is the same while the settings of both sides and the metric are, or the runs that were looked at are among
those of now; which side is the candidate does not matter. The same runs with the same values are no further look.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, NamedTuple

from runcompare.comparison.look import Look, LookBook
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Note, Row
from runcompare.errors import UsageError
from runcompare.metrics.value import ValueRule
from runcompare.records.config import essentials
from runcompare.records.looks import PastLook
from runcompare.stats.sequential import LOOKS, REST, SHARE, Made, Turn, planned_sizes, turn

__all__ = ["is_spent", "look_at", "only_due"]

UNDECIDED = ("not comparable", "can't tell", "inconclusive")  # all other words wait for a look


def look_at(
    new: MeasuredSide, old: MeasuredSide, key: str, rule: ValueRule, *, book: LookBook | None, alpha: float
) -> Look | None:
    """The look that the two sides are due for by a ledger; None without one.

    Raises UsageError if the looks before were made at another error rate.
    """
    if book is None:
        return None
    now = _now(new, old, key, rule)
    past = [one for one in book.past if _same_question(one, now)]
    if past and past[0].alpha != alpha:
        raise UsageError(
            f"The looks at this comparison in {book.where} share an error rate of {past[0].alpha:g}, not {alpha:g}.",
            hint=f"Go on with --alpha {past[0].alpha:g}.",
        )
    before = [Made(0, 1.0)] if book.unrecorded and all(one.share == SHARE for one in past) else []
    made = [*before, *(Made(one.n, one.share) for one in past)]
    same = next((i for i, one in enumerate(past) if one.data == now.data), None)
    found = turn(made, now.n, planned=book.planned)
    if same is not None:
        found = Turn(len(before) + same + 1, past[same].share, now.n, True)
    elif found.due:
        made.append(Made(now.n, found.share))
    left = len(LOOKS) - sum(one.share < 1 for one in made)
    return Look(
        number=found.number,
        level=found.share * alpha,
        share=found.share,
        alpha=alpha,
        whole=alpha * (1.0 if all(one.share == SHARE for one in made) else 1 + REST),
        due=found.due,
        again=same is not None,
        n=now.n,
        at=found.at,
        following=planned_sizes(max((one.n for one in made), default=0), left) if left > 0 else (),
        earlier=tuple(one.n for one in past[:same]),
        where=book.where,
        unrecorded=bool(before),
        entry=replace(now, share=found.share, alpha=alpha),
        notes=tuple(_notes(now, past if same is None else [], book.past)),
    )


def is_spent(look: Look, verdict: str, quality: Row) -> bool:
    """Whether the look has taken its share: it is a new one, and could have decided."""
    tested = quality.test is not None and quality.test.p_value is not None
    return look.due and not look.again and tested and verdict not in UNDECIDED[:2]


def only_due(quality: Row, look: Look | None) -> Row:
    """The row without its word where no look is due: nothing is decided, and nothing spent."""
    test = quality.test
    if look is None or look.due or test is None:
        return quality
    if test.verdict in UNDECIDED:
        return quality
    return replace(quality, test=replace(test, verdict="inconclusive"), assessment="inconclusive")


def _now(new: MeasuredSide, old: MeasuredSide, key: str, rule: ValueRule) -> PastLook:
    sides = sorted(_seen(side, key, rule) for side in (new, old))
    data = _digest([side[1:] for side in sides])
    settings = (sides[0].settings, sides[1].settings)
    runs = tuple(tuple(run for run, _ in side.values) for side in sides)
    return PastLook(key, settings, (runs[0], runs[1]), min(map(len, runs)), data, 1.0, 1.0, 0.0, "")


class _Seen(NamedTuple):
    """A digest of what a side was told, and each run with its value."""

    settings: str
    values: list[tuple[str, str]]


def _seen(side: MeasuredSide, key: str, rule: ValueRule) -> _Seen:
    settings = sorted((k, str(v)) for k, v in essentials(side.config))
    values = [(v.run_id, repr(v.figure.mid)) for v in side.values(key, rule) if not v.figure.is_missing]
    return _Seen(_digest(settings) if settings else "", sorted(values))


def _digest(what: Any) -> str:
    return sha256(json.dumps(what).encode()).hexdigest()


def _same_question(one: PastLook, now: PastLook) -> bool:
    return one.metric == now.metric and _same_pair(one, now)


def _same_pair(one: PastLook, now: PastLook) -> bool:
    if all(now.settings) and one.settings == now.settings and now.settings[0] != now.settings[1]:
        return True
    for runs in (now.runs, now.runs[::-1]):
        if all({*mine} & {*theirs} for mine, theirs in zip(runs, one.runs, strict=True)):
            return True
    return False


def _notes(now: PastLook, past: Sequence[PastLook], everything: Sequence[PastLook]) -> list[Note]:
    notes = []
    have = {run for side in now.runs for run in side}
    gone = sorted({run for one in past for side in one.runs for run in side} - have)
    if gone:
        shown = f"{', '.join(gone[:4])}{f' and {len(gone) - 4} more' if len(gone) > 4 else ''}"
        notes.append(Note("runs-gone", f"Runs that were looked at before are not among these: {shown}."))
    others = sorted({one.metric for one in everything if one.metric != now.metric and _same_pair(one, now)})
    if others:
        text = f"The same runs were judged by {', '.join(others[:4])} before; each metric has an error rate of its own."
        notes.append(Note("other-metrics", text))
    return notes
