"""Runs and groups as a sequence that shows itself as a table: in a terminal, in a notebook, as pandas."""

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from runcompare.comparison.group_summary import GroupSummary
from runcompare.records.run import RunInfo
from runcompare.reporting.escape import clean, printable
from runcompare.reporting.numbers import duration, money, plus_minus, quantity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GROUP_COLUMNS", "Listing", "group_cells", "of_groups", "of_runs", "run_cells"]

T = TypeVar("T")
MOST_SHOWN = 50  # rows that a notebook or an interpreter shows
LONGEST = 60  # characters of the settings that a table shows


@dataclass(frozen=True, repr=False)
class Listing(Sequence[T], Generic[T]):
    """What was found, in order; `warnings` say what was left out."""

    found: tuple[T, ...]
    columns: tuple[str, ...]
    cells: Callable[[T], Sequence[object]]
    record: Callable[[T], Mapping[str, Any]]
    warnings: tuple[str, ...] = ()

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Listing[T]": ...
    def __getitem__(self, place: int | slice) -> "T | Listing[T]":
        if isinstance(place, slice):
            return Listing(self.found[place], self.columns, self.cells, self.record, self.warnings)
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        rows = [[clean(name) for name in self.columns], *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, *self._more()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(clean(name))}</th>' for name in self.columns)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        more = "".join(f"<p>{html.escape(line)}</p>" for line in self._more())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def to_frame(self) -> "pd.DataFrame":
        """One row each, whole, as pandas.

        Raises:
            MissingExtra: Without pandas.
        """
        from runcompare.comparison.frame import as_pandas

        return as_pandas([self.record(one) for one in self.found])

    def _rows(self) -> list[list[str]]:
        shown = self.found[:MOST_SHOWN]
        return [["" if cell is None else printable(clean(cell)) for cell in self.cells(one)] for one in shown]

    def _more(self) -> Iterator[str]:
        if len(self) > MOST_SHOWN:
            yield f"{len(self) - MOST_SHOWN} more; to_frame() has all of them."
        if not self.found:
            yield "None was found."
        yield from map(clean, self.warnings)


RUN_COLUMNS = ("id", "name", "group", "seed", "state", "started", "source", "location")
GROUP_COLUMNS = ("reference", "runs", "seeds", "differs", "metric", "mean ± sd", "time", "money")


def of_runs(found: Sequence[RunInfo], warnings: Sequence[str] = ()) -> Listing[RunInfo]:
    """Runs as a listing."""
    return Listing(tuple(found), RUN_COLUMNS, run_cells, _run_record, tuple(warnings))


def of_groups(found: Sequence[GroupSummary], warnings: Sequence[str] = ()) -> Listing[GroupSummary]:
    """Groups as a listing."""
    return Listing(tuple(found), GROUP_COLUMNS, group_cells, _group_record, tuple(warnings))


def run_cells(run: RunInfo) -> Sequence[object]:
    """A run's cells under `RUN_COLUMNS`."""
    started = None if run.started_at is None else f"{datetime.fromtimestamp(run.started_at, UTC):%Y-%m-%d %H:%M:%SZ}"
    return run.id, run.name, run.group, run.seed, run.state, started, run.source, run.shown().location


def group_cells(group: GroupSummary) -> Sequence[object]:
    """A group's cells under `GROUP_COLUMNS`."""
    mean = None if group.mean is None else quantity(group.mean)
    if group.mean is not None and group.sd is not None:
        mean = plus_minus(group.mean, group.sd)
    return (
        group.reference,
        len(group.runs),
        ", ".join(map(str, group.seeds)),
        _settings(group.differs),
        group.metric,
        mean,
        None if group.duration is None else duration(group.duration),
        None if group.money is None else money(group.money),
    )


def _settings(settings: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}={value}" for key, value in settings.items())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _run_record(run: RunInfo) -> dict[str, Any]:
    names = ("id", "name", "group", "project", "seed", "state", "started_at", "source", "location")
    return {**{name: getattr(run, name) for name in names}, "tags": list(run.tags)}


def _group_record(group: GroupSummary) -> dict[str, Any]:
    names = ("reference", "grouping", "metric", "mean", "sd", "counted", "duration", "money")
    shown = {name: getattr(group, name) for name in names}
    return {**shown, "runs": list(group.runs), "seeds": list(group.seeds), "differs": dict(group.differs)}
