"""Several attempts at one run, made one history by a stated rule."""

from collections.abc import Sequence

import polars as pl

from runcompare.records.history import AXES, RUNTIME, STEP

__all__ = ["join_attempts"]

STEP_KEYS = ("global_step", "trainer/global_step", "train/global_step")


def join_attempts(frames: Sequence[pl.DataFrame], *, own_steps: bool) -> tuple[pl.DataFrame, list[str]]:
    """Join the attempts' rows in the order given; also returns what was done, as warnings.

    What an attempt logs again supersedes what earlier attempts logged at the same or a later step, key by key: a
    row that keeps no value is dropped. The step is the first of `global_step` that both log, else `_step` if
    `own_steps` says that the steps go on over attempts. Where they start again at 0, `_step` and `_runtime` of an
    attempt are counted on from the end of the one before.
    """
    joined, notes = frames[0], []
    for number, frame in enumerate(frames[1:], start=2):
        if not frame.height:
            continue
        key = _shared_step(joined, frame, own_steps)
        if key is None and joined.height:
            notes.append(
                f"Attempt {number} logged no step that earlier attempts share; its rows were put behind theirs."
            )
        elif key is not None:
            joined, dropped = _supersede(joined, frame, key)
            if dropped:
                notes.append(
                    f"Attempt {number} logged again from {key} {frame[key].min()!s}: {dropped} earlier rows gave way."
                )
        if not own_steps:
            frame = _counted_on(joined, frame)
        joined = pl.concat([joined, frame], how="diagonal_relaxed")
    return joined, notes


def _shared_step(old: pl.DataFrame, new: pl.DataFrame, own_steps: bool) -> str | None:
    keys = (*STEP_KEYS, STEP) if own_steps else STEP_KEYS
    return next((k for k in keys if all(k in f.columns and f.schema[k].is_numeric() for f in (old, new))), None)


def _supersede(old: pl.DataFrame, new: pl.DataFrame, key: str) -> tuple[pl.DataFrame, int]:
    first = new[key].min()
    again = [
        c for c in old.columns if c in new.columns and c not in AXES and c != key and new[c].null_count() < new.height
    ]
    stale = (pl.col(key) >= first).fill_null(False)
    thinned = old.with_columns(pl.when(stale).then(None).otherwise(pl.col(c)).alias(c) for c in again)
    values = [c for c in old.columns if c not in AXES and c != key]
    if not values:
        return old.filter(~stale), old.select(stale.sum()).item()
    kept = thinned.filter(~stale | pl.any_horizontal(pl.col(c).is_not_null() for c in values))
    return kept, old.height - kept.height


def _counted_on(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    for axis, gap in ((STEP, 1), (RUNTIME, 0)):
        end = old[axis].max() if axis in old.columns else None
        if isinstance(end, int | float) and axis in new.columns:
            new = new.with_columns(pl.col(axis) + (end + gap))
    return new
