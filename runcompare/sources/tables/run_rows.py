"""The CSV export of W&B's table of runs: a row is a run, with its settings and its final values, and no history.

The file doesn't tell settings from final values. A number whose name is a known result's is a final value, one whose
name is a known setting's is a setting; any other number is both, so that runs that differ in it are no replicates and
it can be compared. Texts are settings.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from runcompare.metrics.registry import lookup
from runcompare.records.config import nest
from runcompare.records.run import Hardware, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.tables.axes import Table, seconds_of
from runcompare.sources.tables.run import Stated
from runcompare.sources.wandb.states import STATES

__all__ = ["infos_of_rows", "is_run_table", "runs_of_rows"]

# what W&B's page shows of every run
_OWN = frozenset(
    ("Name", "ID", "State", "Notes", "User", "Username", "Tags", "Created", "Updated", "End Time", "Runtime", "Sweep")
) | frozenset(("Group", "Job Type", "Host", "Hostname", "Description", "Entity", "Project", "Commit", "OS", "Python"))
_OWN |= frozenset(("GPU Count", "GPU Type", "Command", "Github", "Run Path", "Heartbeat"))
_RESULTS, _SETTINGS = ("quality", "loss", "throughput", "latency", "resource"), ("bookkeeping",)


def is_run_table(table: Table) -> bool:
    """Whether each row states the name and the state of a run, as W&B words it."""
    frame = table.frame
    if not {"Name", "State"} <= set(frame.columns) or frame.schema["State"] != pl.String:
        return False
    return set(frame["State"].drop_nulls().str.to_lowercase()) <= set(STATES) and frame["State"].null_count() == 0


def infos_of_rows(table: Table, stated: Stated) -> list[RunInfo]:
    """The runs, without their settings."""
    return [run.info for run in runs_of_rows(table, stated)]


def runs_of_rows(table: Table, stated: Stated) -> list[Run]:
    """A run for each row."""
    where = {name: _place(table.frame[name]) for name in table.frame.columns if name not in _OWN}
    clock = seconds_of(table.frame["Created"]) if "Created" in table.frame.columns else None
    rows = list(table.frame.iter_rows(named=True))
    starts = [None] * len(rows) if clock is None else clock.to_list()
    notes = (*stated.warnings, *table.warnings, "A row is a run, as W&B's page exports them: there is no history.")
    runs = []
    for row, key, start in zip(rows, _keys(rows), starts, strict=True):
        given = {name: value for name, value in row.items() if name in where and value is not None}
        config = nest({name: value for name, value in given.items() if where[name].is_setting})
        summary = {name: value for name, value in given.items() if where[name].is_result}
        info = replace(_info(row, key, start, stated.info), seed=find_seed(config))
        runtime = row.get("Runtime")
        draft = Draft(
            info,
            config=config,
            summary=summary,
            hardware=_hardware(row),
            runtime_s=float(runtime) if isinstance(runtime, int | float) else None,
            metadata={name: row[label] for name, label in (("notes", "Notes"), ("user", "User")) if row.get(label)},
            warnings=notes,
        )
        runs.append(assemble(draft))
    return runs


class _Place(NamedTuple):
    is_setting: bool
    is_result: bool


def _place(column: pl.Series) -> _Place:
    """What a column's values may be. Whole numbers under a result's name (`top_k`) may be settings."""
    if not column.dtype.is_numeric():
        return _Place(True, False)
    if column.name.startswith("_"):  # _step, _runtime, _timestamp
        return _Place(False, True)
    kind = lookup(column.name).kind
    return _Place(kind not in _RESULTS or column.dtype.is_integer(), kind not in _SETTINGS)


def _keys(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What tells the rows apart: their ids, else their names, numbered where two share one."""
    names = [str(row.get("ID") or row["Name"]) for row in rows]
    count, seen = Counter(names), Counter[str]()
    for name in names:
        seen[name] += 1
        yield f"{name}~{seen[name]}" if count[name] > 1 else name


def _info(row: Mapping[str, Any], key: str, start: float | None, base: RunInfo) -> RunInfo:
    tags = row.get("Tags")
    return replace(
        base,
        id=key,
        name=str(row["Name"]),
        location=f"{base.location}#{key}",
        group=str(row["Group"]) if row.get("Group") else None,
        tags=tuple(tag.strip() for tag in tags.split(",") if tag.strip()) if isinstance(tags, str) else (),
        state=STATES[str(row["State"]).lower()],
        started_at=start,
    )


def _hardware(row: Mapping[str, Any]) -> Hardware:
    kind, count = row.get("GPU Type"), row.get("GPU Count")
    number = int(count) if isinstance(count, int | float) and count >= 0 else 0
    return Hardware(accelerator=kind if isinstance(kind, str) else None, accelerator_count=number)
