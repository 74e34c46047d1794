"""Several attempts at one run, made one history by a stated rule."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from runcompare.records.export import stack
from runcompare.records.history import RUNTIME, STEP

__all__ = ["Joined", "join_attempts"]

STEP_KEYS = ("global_step", "trainer/global_step", "train/global_step")
_COUNTERS = ("step", "iteration", "epoch")


class Joined(NamedTuple):
    """One history; `warnings` say what gave way."""

    frame: pl.DataFrame
    warnings: tuple[str, ...] = ()


def join_attempts(frames: Sequence[pl.DataFrame], *, own_steps: bool | Sequence[bool]) -> Joined:
    """Join the attempts' rows in the order given.

    What an attempt logs again supersedes what earlier attempts logged at the same or a later step, key by key: a
    row that keeps no value is dropped. The step is the first of `global_step` that both log, else `_step` where the
    attempt's go on from those before, else the counter (`epoch`, `STAGE/epoch`, ...) that both log, the one that the
    new attempt logs first. A row that doesn't log it, such as a validation's, has that of the row before. Where they
    start again at 0, `_step` and `_runtime` of an attempt are counted on from the end of the one before.

    Args:
        frames: the attempts' rows.
        own_steps: whether steps go on over attempts, of all of them or of each.
    """
    joined, notes = (frames[0] if frames else pl.DataFrame()), []
    own = [own_steps] * len(frames) if isinstance(own_steps, bool) else own_steps
    for number, frame in enumerate(frames[1:], start=2):
        if not frame.height:
            continue
        key = _shared_step(joined, frame, own[number - 1])
        if key is None and joined.height:
            notes.append(
                f"Attempt {number} logged no step that earlier attempts share; its rows were put behind theirs."
            )
        elif key is not None:
            kept = _supersede(joined, frame, key)
            joined = kept.frame
            if kept.thinned:
                again = f"Attempt {number} logged again from {key} {frame[key].min()!s}"
                notes.append(f"{again}: {kept.thinned} earlier rows gave way.")
        if not own[number - 1]:
            frame = _counted_on(joined, frame)
        joined = stack([joined, frame])
    return Joined(joined, tuple(notes))


def _shared_step(old: pl.DataFrame, new: pl.DataFrame, own_steps: bool) -> str | None:
    both = [c for c in new.columns if c in old.columns and all(_has_numbers(f[c]) for f in (old, new))]
    key = next((k for k in ((*STEP_KEYS, STEP) if own_steps else STEP_KEYS) if k in both), None)
    if key is not None:
        return key
    counters = [c for c in both if c.rpartition("/")[2] in _COUNTERS]
    return min(counters, key=lambda c: new[c].is_not_null().arg_max() or 0, default=None)


def _has_numbers(column: pl.Series) -> bool:
    return column.dtype.is_numeric() and column.null_count() < len(column)


class _Kept(NamedTuple):
    frame: pl.DataFrame
    thinned: int  # rows that lost a value


def _supersede(old: pl.DataFrame, new: pl.DataFrame, key: str) -> _Kept:
    """The earlier rows less what `new` logs again."""
    values = [c for c in old.columns if not c.startswith("_") and c != key]
    again = [c for c in values if c in new.columns and new[c].null_count() < new.height]
    stale = old.select((pl.col(key).forward_fill() >= new[key].min()).fill_null(False)).to_series()
    given_up = stale & old.select(_any_value(again)).to_series()
    thinned = old.with_columns(pl.when(stale).then(None).otherwise(pl.col(c)).alias(c) for c in again)
    kept = thinned.filter(~given_up | thinned.select(_any_value(values)).to_series())
    return _Kept(kept, int(given_up.sum()))


def _any_value(columns: Sequence[str]) -> pl.Expr:
    """Whether a row holds a value in one of `columns`."""
    return pl.any_horizontal(pl.col(c).is_not_null() for c in columns) if columns else pl.repeat(False, pl.len())


def _counted_on(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    for axis, gap in ((STEP, 1), (RUNTIME, 0)):
        end = old[axis].max() if axis in old.columns else None
        if isinstance(end, int | float) and axis in new.columns:
            new = new.with_columns(pl.col(axis) + (end + gap))
    return new
