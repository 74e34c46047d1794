"""From a table to runs: split by the run's name, attempts joined, the final values taken."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.config import nest
from runcompare.records.run import Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempts import join_attempts
from runcompare.sources.tables.attempts import Attempts, Single, attempts_of, without_copied_block
from runcompare.sources.tables.axes import Axes, Table, fallen_steps, find_axes, with_axes
from runcompare.sources.tables.times import Kept, attempts_by_times, runtime_by_times, times_of

__all__ = ["Stated", "infos_of", "metrics_of", "runs_of"]

_GROUP = "group"
# objects of settings that some trainers write into every row: DomainBed, RLlib
_SETTINGS = re.compile(r"(config|args|hparams|params|hyper_?parameters)\.(?P<key>.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of the runs besides their rows. `info` is that of the only run; runs of one table get its name
    and their own."""

    info: RunInfo
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def infos_of(table: Table, stated: Stated, axes: Axes | None = None) -> list[RunInfo]:
    """The runs in the table, without their rows."""
    axes = axes or find_axes(table.frame)
    return [_info(part, value, axes, stated) for value, part in _parts(table.frame, axes)]


def runs_of(table: Table, stated: Stated, axes: Axes | None = None) -> list[Run]:
    """The runs in the table, each with its rows. What was lost may have been any run's, so that each counts it."""
    single = Single(table.frame) if table.begins or table.whole or table.kept else without_copied_block(table.frame)
    table = replace(table, frame=single.frame, warnings=(*table.warnings, *single.notes))
    axes = axes or find_axes(table.frame)
    begins = np.searchsorted(np.array(table.begins, dtype=np.int64), np.arange(table.frame.height), side="right")
    marked = table.frame.with_columns(pl.Series(_BEGINS, begins))
    nameless = table.frame[axes.run].null_count() if axes.run is not None else 0
    extra: tuple[str, ...] = (f"{nameless} rows name no run: left out.",) if nameless else ()
    lost = replace(table.lost, records=table.lost.records + nameless)
    fallen = fallen_steps(table.frame, axes)
    extra += tuple(f"'{name}' falls from row to row: it is not taken for the step." for name in fallen)
    whole = replace(stated, warnings=(*stated.warnings, *table.warnings, *extra))
    drafts = [_draft(part, value, axes, whole, table=table) for value, part in _parts(marked, axes)]
    return [assemble(replace(draft, lost=lost, whole=table.whole)) for draft in drafts]


_BEGINS = "#begins"
_PLAIN = (pl.String, pl.Boolean, pl.Int64, pl.Float64)


class _Part(NamedTuple):
    value: Any  # what the column of runs' names holds; None without such a column
    rows: pl.DataFrame


def _parts(frame: pl.DataFrame, axes: Axes) -> Iterator[_Part]:
    """Each run's name and its rows, without the columns that are empty in them."""
    if axes.run is None:
        yield _Part(None, frame)
        return
    named = frame.filter(pl.col(axes.run).is_not_null())
    for part in named.partition_by(axes.run, maintain_order=True):
        value = part[axes.run][0]
        if isinstance(value, float) and value.is_integer():  # pandas makes floats of whole numbers beside a blank
            value = int(value)
        yield _Part(value, part.select(c for c in part.columns if c != axes.run and _is_kept(part[c])))


def _is_kept(column: pl.Series) -> bool:
    return column.name == _BEGINS or column.null_count() < len(column)


def _info(part: pl.DataFrame, value: Any, axes: Axes, stated: Stated) -> RunInfo:
    base = stated.info
    info = replace(base, started_at=times_of(with_axes(part, _own(axes, part))).start)
    if value is None:
        return replace(info, seed=find_seed(_config(part, value, axes, stated)))
    is_seed = str(axes.run).strip().lower() == "seed"
    name = f"{base.name}-s{value}" if is_seed else str(value)
    group = _only_text(part, _GROUP) or base.group or base.name
    location = f"{base.location}#{value}" if base.location else ""
    seed = find_seed(_config(part, value, axes, stated))
    return replace(info, id=name, name=name, group=group, location=location, seed=seed)


def _own(axes: Axes, part: pl.DataFrame) -> Axes:
    """The axes that a run of the table has."""
    return replace(axes, **{k: None for k in ("step", "clock", "elapsed") if getattr(axes, k) not in part.columns})


def _only_text(part: pl.DataFrame, name: str) -> str | None:
    found = part[name].drop_nulls().unique().to_list() if name in part.columns else []
    return found[0] if len(found) == 1 and isinstance(found[0], str) else None


def _config(part: pl.DataFrame, value: Any, axes: Axes, stated: Stated) -> dict[str, Any]:
    """The stated config, the settings that every row repeats, and the seed if a column holds it."""
    repeated = _repeated(part)
    stated = replace(stated, config={**stated.config, **nest(repeated)})
    if axes.run is not None and axes.run.strip().lower() == "seed":
        return {**stated.config, "seed": value}
    seeds = part["seed"].drop_nulls().unique().to_list() if "seed" in part.columns else []
    return {**stated.config, **({"seed": seeds[0]} if len(seeds) == 1 else {})}


def _repeated(part: pl.DataFrame) -> dict[str, Any]:
    """The settings in columns of one value, without the name of their object."""
    found = {}
    for column in part.columns:
        match = _SETTINGS.fullmatch(column)
        values = part[column].drop_nulls().unique() if match and part.schema[column] in _PLAIN else None
        if match and values is not None and len(values) == 1:
            found[match["key"].removesuffix(JSON_SUFFIX)] = values[0]
    return found


def metrics_of(part: pl.DataFrame, axes: Axes) -> pl.DataFrame:
    """What a run's rows logged, with their axes."""
    metrics = part.drop(c for c in part.columns if c == _BEGINS or _SETTINGS.fullmatch(c))
    return with_axes(metrics, _own(axes, metrics))


def _kept(part: pl.DataFrame, axes: Axes, *, is_thinned: bool) -> Kept:
    frame = metrics_of(part, axes)
    rows = Attempts([frame]) if is_thinned else attempts_of(frame, part[_BEGINS])
    joined = join_attempts(rows.frames, own_steps=True)
    joined = joined._replace(warnings=(*rows.warnings, *joined.warnings))
    return Kept(joined, tuple(map(times_of, rows.frames)))


def _draft(part: pl.DataFrame, value: Any, axes: Axes, stated: Stated, *, table: Table) -> Draft:
    kept = table.kept or _kept(part, axes, is_thinned=bool(table.whole))
    attempts = attempts_by_times(kept.times)
    return Draft(
        _info(part.drop(_BEGINS), value, axes, stated),
        config=_config(part, value, axes, stated),
        more_summary=stated.summary,
        history=kept.joined.frame,
        attempts=attempts,
        runtime_s=runtime_by_times(kept.times, attempts),
        warnings=(*stated.warnings, *kept.joined.warnings),
    )
