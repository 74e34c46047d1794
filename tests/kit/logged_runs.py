"""Runs made of logged columns alone, as any training loop may log them."""

from collections.abc import Mapping, Sequence

import polars as pl

from runcompare.comparison.measured import MeasuredSide, measure
from runcompare.costs import PriceBook
from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo

Columns = Mapping[str, Sequence[float | None]]


def logged(columns: Columns, run_id: str = "r0") -> Run:
    """A run with these rows; steps count from 0 where there is no `_step`."""
    rows = max((len(values) for values in columns.values()), default=0)
    steps = {} if "_step" in columns else {"_step": list(range(rows))}
    return Run(RunInfo(run_id, run_id, "test", run_id), history=History(pl.DataFrame({**steps, **columns})))


def logged_group(label: str, *runs: Columns) -> Group:
    return Group(label, label, tuple(logged(columns, f"{label}{i}") for i, columns in enumerate(runs)))


def logged_sides(candidate: Sequence[Columns], baseline: Sequence[Columns]) -> tuple[MeasuredSide, MeasuredSide]:
    """Both sides, each of runs with these columns; the candidate's are called a0, a1, the baseline's b0, b1."""
    return (
        measure("candidate", logged_group("a", *candidate), PriceBook.load()),
        measure("baseline", logged_group("b", *baseline), PriceBook.load()),
    )
