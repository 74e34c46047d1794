"""Where in a table a run was begun anew, and rows that are not in the order of steps.

A table doesn't say when a program was killed and resumed; it shows in steps that fall back and are logged again. The
rule: the header standing again in the file is a new attempt. So is each place where the step falls back and what
follows logs again what was logged at the same steps, under the same texts (`stage`, `split`, ...), unless that
happens more than 20 times, or twice from the very first step: then the step is no counter of the whole run. A row that
repeats the one before it in every cell is a copy. Everything else stays in the file's order: rows are never turned
round, for a column that falls may be something else than a step.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.history import AXES, STEP
from runcompare.records.last_row import last_of_group
from runcompare.sources.tables.axes import falls, is_axis_name, is_step_name

__all__ = ["MOST", "Attempts", "Single", "attempts_of", "copies_told", "fallen", "logged_names", "without_copied_block"]

MOST = 20  # attempts; a step that falls back more often counts something smaller than the run


class Attempts(NamedTuple):
    """The rows of each attempt; `warnings` say what is odd about their order."""

    frames: list[pl.DataFrame]
    warnings: tuple[str, ...] = ()


class Single(NamedTuple):
    """The rows without those that were copied; `notes` say how many were."""

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()


def without_copied_block(frame: pl.DataFrame) -> Single:
    """A block of rows that stands in the file twice is no second attempt: where a step falls back, and doesn't without
    the rows that repeat an earlier one in every cell, these are copies."""
    named = (c for c in frame.columns if is_step_name(c) or is_step_name(c.rpartition("/")[2]))
    steps = [c for c in named if frame.schema[c].is_numeric() and falls(frame[c])]
    if not steps:
        return Single(frame)
    once = frame.unique(keep="first", maintain_order=True)
    copies = frame.height - once.height
    if not copies or any(falls(once[c]) for c in steps):
        return Single(frame)
    return Single(once, (f"{copies} rows stand in the file twice, in every cell: they count once.",))


def attempts_of(frame: pl.DataFrame, begins: pl.Series) -> Attempts:
    """The rows of each attempt. `begins` counts the headers that stood before each row."""
    if begins.n_unique() > 1:
        marked = frame.with_columns(begins.alias("#"))
        return Attempts([part.drop("#") for part in marked.partition_by("#", maintain_order=True)])
    if STEP not in frame.columns or not frame.schema[STEP].is_numeric():
        return Attempts([frame])
    once = _once(frame)
    notes = copies_told(frame.height - once.height)
    back = falls(once[STEP])
    found = _judged(once, back) if back else Attempts([once])
    return Attempts(found.frames, (*notes, *found.warnings))


def _once(frame: pl.DataFrame) -> pl.DataFrame:
    """Without rows that are copies of the row before: a line that was written twice is no second measurement."""
    step = frame[STEP]
    if not (step == step.shift(1)).any():
        return frame
    is_copy = frame.select(pl.all_horizontal(pl.all().eq_missing(pl.all().shift(1)))).to_series()
    return frame.filter(~is_copy) if frame.height > 1 else frame


def _judged(frame: pl.DataFrame, back: Sequence[int]) -> Attempts:
    cuts = [0, *back, frame.height]
    parts = [frame[a:b] for a, b in pairwise(cuts)]
    first = frame[STEP].min()
    from_the_start = sum(bool(part[STEP].min() == first) for part in parts[1:])
    if len(back) <= MOST and from_the_start <= 1 and all(_repeats(frame[:a], frame[a:b]) for a, b in _spans(cuts)):
        return Attempts(parts)
    return Attempts([frame], (fallen(len(back)),))


def fallen(times: int) -> str:
    """What is told of steps that fall back where no attempt begins."""
    often = "once" if times == 1 else f"{times} times"
    return f"The step falls back {often}; the rows are in the order of the file."


def copies_told(copies: int) -> tuple[str, ...]:
    """What is told of rows that repeat the one before."""
    return (f"{copies} rows repeat the row before them in every cell: they count once.",) if copies else ()


def logged_names(columns: Sequence[str]) -> list[str]:
    """Those columns of what was logged that tell whether it was logged again: no steps, no times, no names."""
    return [c for c in columns if c not in AXES and not is_axis_name(c) and not c.endswith(JSON_SUFFIX)]


def _spans(cuts: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(cuts[1:]))


def _repeats(old: pl.DataFrame, new: pl.DataFrame) -> bool:
    """Does `new` log keys again at steps where `old` logged them, and all texts there the same?"""
    names = logged_names(new.columns)
    texts = [c for c in names if new.schema[c] == pl.String]
    numbers = [c for c in names if new.schema[c].is_numeric()]
    both = _by_step(old, texts, numbers).join(_by_step(new, texts, numbers), on=STEP, suffix="#new")
    if not both.height or not numbers:
        return False
    if any((both[c] != both[f"{c}#new"]).any() for c in texts):
        return False
    return any(bool((both[c] & both[f"{c}#new"]).any()) for c in numbers)


def _by_step(frame: pl.DataFrame, texts: Sequence[str], numbers: Sequence[str]) -> pl.DataFrame:
    """The last texts, and whether each number was logged, at each step."""
    last = [last_of_group(c) for c in texts]
    return frame.group_by(STEP).agg(*last, *(pl.col(c).is_not_null().any() for c in numbers))
