"""Rows of event files that hold more points than are kept: made of some steps at a time, from the curves of these."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.export import stack
from runcompare.records.history import AXES, STEP
from runcompare.records.thinning import thinned
from runcompare.sources.kit.by_steps import PLACE, Chunk, in_order
from runcompare.sources.kit.keys import column_name
from runcompare.sources.kit.points import Points, counted_rows, told_of
from runcompare.sources.tensorboard.curves import Attempts, Rows
from runcompare.sources.tensorboard.file import EventFile, Stretch

__all__ = ["long_rows"]


def long_rows(files: Sequence[EventFile]) -> Rows:
    """The rows of a run's files."""
    rows = _Rows(files)
    found = thinned(rows.pieces, most_points(), STEP)
    if found.rows <= most_rows():  # many points of few steps
        return Rows(rows.in_order(stack(list(rows.pieces()))), {}, rows.warnings())
    return Rows(rows.in_order(found.frame), found.whole, [*rows.warnings(), found.note(most_points())])


class _Found(NamedTuple):
    """The points of some steps, by file and tag."""

    points: dict[Path, dict[str, Points]]

    def of(self, file: EventFile) -> dict[str, Points]:
        return self.points.get(file.path, {})


class _Rows:
    """The rows of files in the order of their steps, as often as they are asked for."""

    def __init__(self, files: Sequence[EventFile]) -> None:
        self.files = files
        self.names = [(file.path, tag) for file in files for tag in file.events.tags]
        self.codes = {name: code for code, name in enumerate(self.names)}
        self.chunks = [self._chunk(file, stretch) for file in files for stretch in file.stretches]
        self.attempts, self.twice = Attempts(files), 0
        self.until = [self.attempts.until(file, tag) for file in files for tag in file.events.tags]

    def warnings(self) -> list[str]:
        """What there is to tell, once the rows were read."""
        return [*self.attempts.warnings(), *told_of(self.twice)]

    def in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns in the order in which they were logged, whichever has the lowest steps."""
        names = (*AXES, *map(column_name, self.attempts.keys()))
        known = set(frame.columns)
        return frame.select(name for name in dict.fromkeys(names) if name in known)

    def pieces(self) -> Iterator[pl.DataFrame]:
        self.attempts, self.twice = Attempts(self.files), 0
        for points in in_order(self.chunks, len(self.names), most_rows(), self._fewer):
            found = _Found(self._by_file(points))
            rows = counted_rows(self.attempts.curves(found.of))
            self.twice += rows.twice
            yield rows.frame

    def _chunk(self, file: EventFile, stretch: Stretch) -> Chunk:
        def read() -> pl.DataFrame:
            return pl.concat([_NONE, *(self._frame(file, tag, p) for tag, p in file.points_in(stretch).items())])

        return Chunk(stretch.spans, read)

    def _frame(self, file: EventFile, tag: str, points: Points) -> pl.DataFrame:
        values = points.value.astype(np.float64)
        columns = {PLACE: points.step, "time": points.time, "value": values}
        return pl.DataFrame({**columns, "code": np.full(len(values), self.codes[file.path, tag])}, schema=_NONE.schema)

    def _by_file(self, points: pl.DataFrame) -> dict[Path, dict[str, Points]]:
        step, time, value, code = (points[name].to_numpy() for name in (PLACE, "time", "value", "code"))
        order = np.argsort(code, kind="stable")
        codes, begins = np.unique(code[order], return_index=True)
        found: dict[Path, dict[str, Points]] = {}
        for which, at in zip(codes.tolist(), np.split(order, begins[1:]), strict=True):
            path, tag = self.names[which]
            found.setdefault(path, {})[tag] = Points(step[at], time[at], value[at])
        return found

    def _fewer(self, points: pl.DataFrame) -> pl.DataFrame:
        """Of each tag's points at one step the last, the last by time, and the latest that is known."""
        code, time = points["code"].to_numpy(), points["time"].to_numpy()
        known = np.where(np.isnan(time), -np.inf, time)
        orders = [np.argsort(code, kind="stable"), np.lexsort((time, code)), np.lexsort((known, code))]
        kept = np.unique([order[np.append(np.diff(code[order]) != 0, True)] for order in orders])
        step = points[PLACE][0]
        dropped = np.bincount(code, minlength=len(self.names)) - np.bincount(code[kept], minlength=len(self.names))
        self.twice += sum(int(dropped[which]) for which in np.flatnonzero(dropped) if step < self.until[which])
        return points[kept]


_NONE = pl.DataFrame(schema={PLACE: pl.Int64, "time": pl.Float64, "value": pl.Float64, "code": pl.Int64})
