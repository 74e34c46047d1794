"""Which stages get a table of their own, and the summary of the many others: layers that each log a loss or a norm.

A table for each of a thousand layers is a report that nobody reads: stages whose names differ in a number only are
described together, by how many there are, their median change and the largest one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import FinalChange, KeyFamily
from runcompare.comparison.stages.axis import axis_of
from runcompare.comparison.stages.detect import NOT_LOSSES, Stage
from runcompare.records.last_row import last_value
from runcompare.records.run import Run

__all__ = ["Layout", "describe", "lay_out"]

MOST_TABLES = 12
MOST_LOSSES = 8  # of a stage that are shown in its table
LIKE = 3  # stages whose names differ in a number only, from which on they are layers


class Layout(NamedTuple):
    """The stages with a table, and the keys that are described together, one group a line."""

    tables: tuple[Stage, ...]
    groups: tuple[tuple[str, ...], ...]


def lay_out(stages: Sequence[Stage], runs: Sequence[Run]) -> Layout:
    """Choose the stages that get a table, each with the axis that its curves have on all `runs`."""
    chosen, rest = _chosen(stages)
    short = [_with_fewer_losses(stage) for stage in chosen]
    groups = [*_surplus(chosen, short), *_by_quantity(rest)]
    tables = tuple(replace(s, axis=axis_of(runs, _curve_keys(s), s.keys.get("epoch", ()))) for s in short)
    return Layout(tables, tuple(group for group in groups if len(group) >= LIKE))


class _Chosen(NamedTuple):
    tables: list[Stage]
    rest: list[Stage]


def _chosen(stages: Sequence[Stage]) -> _Chosen:
    if len(stages) <= MOST_TABLES:
        return _Chosen(list(stages), [])
    alike = Counter(_pattern(stage.name) for stage in stages)
    named = [stage for stage in stages if alike[_pattern(stage.name)] < LIKE][:MOST_TABLES]
    kept = {stage.name for stage in named}
    return _Chosen(named, [stage for stage in stages if stage.name not in kept])


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "*", name)


def _with_fewer_losses(stage: Stage) -> Stage:
    surplus = stage.losses[MOST_LOSSES:]
    gone = {f"{split}{loss}" for loss in surplus for split in ("", "val_", "test_")}
    return replace(stage, keys={q: k for q, k in stage.keys.items() if q not in gone}) if surplus else stage


def _curve_keys(stage: Stage) -> list[str]:
    return [key for quantity, keys in stage.keys.items() if quantity not in ("epoch", "best_loss") for key in keys]


def _surplus(whole: Sequence[Stage], short: Sequence[Stage]) -> Iterator[tuple[str, ...]]:
    """What a stage's table leaves out: its layers' grad norms, and further losses by the part of the data."""
    for stage, shown in zip(whole, short, strict=True):
        yield stage.parts
        gone = [quantity for quantity in stage.keys if quantity not in shown.keys]
        yield tuple(k for q in gone if not q.startswith(("val_", "test_")) for k in stage.keys[q])
        yield tuple(k for q in gone if q.startswith(("val_", "test_")) for k in stage.keys[q])


def _by_quantity(stages: Sequence[Stage]) -> Iterator[tuple[str, ...]]:
    quantities = dict.fromkeys(q for stage in stages for q in stage.keys if q not in NOT_LOSSES or q == "grad_norm")
    for quantity in quantities:
        yield tuple(key for stage in stages for key in stage.keys.get(quantity, ())[:1])
    yield tuple(key for stage in stages for key in stage.parts)


def describe(keys: Sequence[str], candidate: MeasuredSide, baseline: MeasuredSide) -> KeyFamily:
    """A group of keys as one line: each one's final values on both sides, the median and the largest change."""
    new, old = (_centers(keys, [run.run for run in side.runs]) for side in (candidate, baseline))
    changes = tuple(FinalChange(k, a, b, _ratio(a, b)) for k, a, b in zip(keys, new, old, strict=True))
    known = [change for change in changes if change.ratio is not None]
    ratios = [change.ratio for change in known if change.ratio is not None]
    largest = max(known, key=lambda change: abs(math.log(change.ratio or 1.0)), default=None)
    return KeyFamily(_common(keys), changes, float(np.median(ratios)) if ratios else None, largest)


def _common(keys: Sequence[str]) -> str:
    """What the keys have in common, with * for where they differ: `layer*/grad_norm`."""
    front = _common_start(keys)
    back = _common_start([key[len(front) :][::-1] for key in keys])[::-1]
    return f"{front}*{back}"


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    return first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _ratio(new: float | None, old: float | None) -> float | None:
    ratio = new / old if new is not None and old else 0.0
    return ratio if 0 < ratio < math.inf else None


def _centers(keys: Sequence[str], runs: Sequence[Run]) -> list[float | None]:
    """The mean over runs of each key's last value, geometric where all are positive; None without a finite one."""
    values = np.array([_last_values(keys, run) for run in runs])
    finite = np.isfinite(values)
    n = np.maximum(finite.sum(axis=0), 1)
    positive = np.all((values > 0) | ~finite, axis=0)
    logs = np.log(values, where=finite & (values > 0), out=np.zeros_like(values))
    means = np.where(positive, np.exp(logs.sum(axis=0) / n), np.where(finite, values, 0.0).sum(axis=0) / n)
    return [float(mean) if any_ else None for mean, any_ in zip(means, finite.any(axis=0), strict=True)]


def _last_values(keys: Sequence[str], run: Run) -> list[float]:
    """The last value that the run logged of each key, NaN where it logged none."""
    history = run.history
    last = [last_value(history.frame.get_column(key)) if history.has(key) else None for key in keys]
    return [math.nan if value is None else float(value) for value in last]
