"""pandas and its likes (Modin, cuDF) as polars frames, without PyArrow, and what their NaN means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.as_json import plain
from runcompare.records.column_names import as_column
from runcompare.records.columns import frame_of_objects
from runcompare.sources.tables.axes import STEP_NAMES, is_axis_name

__all__ = ["NanMeans", "Native", "frame_of_pandas", "with_index"]

NanMeans = Literal["logged", "missing"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Native:
    """A frame as polars has it, and warnings."""

    frame: pl.DataFrame
    warnings: tuple[str, ...] = ()


def with_index(frame: Any) -> Any:
    """A pandas-like frame whose index, if it means something, is a column; names of columns are texts."""
    index = frame.index
    named = [name for name in index.names if name is not None and name not in frame.columns]
    if named:
        frame = frame.reset_index()
    elif type(index).__name__ != "RangeIndex" and not any(str(c).lower() in STEP_NAMES for c in frame.columns):
        frame = frame.rename_axis("step").reset_index()
    texts = ["/".join(map(str, c)).rstrip("/") if isinstance(c, tuple) else str(c) for c in frame.columns]
    names = [as_column(text) for text in texts]
    if names != list(frame.columns):
        frame = frame.copy(deep=False)
        frame.columns = names
    return frame


def frame_of_pandas(native: Any, nan: NanMeans | None) -> Native:
    """From a narwhals frame of a pandas-like library. A NaN in NumPy's floats is null unless `nan` is "logged"; by
    default it is a logged NaN too where its row would be empty otherwise, in the columns that have most numbers."""
    floats: dict[str, Floats] = {}
    others: dict[str, pl.Series] = {}
    for name in native.columns:
        series = native[name]
        if isinstance(getattr(series.to_native(), "dtype", None), np.dtype) and series.dtype.is_float():
            floats[name] = series.to_numpy().astype(np.float64)
        else:
            others.update((s.name, s) for s in _column(name, series, nan))
    logged = {} if nan == "logged" else _certainly_logged(floats, others)
    made = dict(others)
    for name, values in floats.items():
        missing = np.isnan(values) & ~logged[name] if nan != "logged" else np.zeros(len(values), dtype=bool)
        made[name] = pl.select(pl.when(~pl.Series(missing)).then(pl.Series(values)).alias(name)).to_series()
    kept = [name for column in native.columns for name in (column, f"{column}#json") if name in made]
    return Native(pl.DataFrame([made[name] for name in kept]), _nan_warning(floats, made) if nan is None else ())


def _column(name: str, series: Any, nan: NanMeans | None) -> list[pl.Series]:
    """Null is what the library calls null; a NaN among Python objects is null too unless `nan` is "logged"."""
    knows = series.dtype.is_float()  # a type that tells null from NaN
    values = [_value(v, "logged" if knows else nan) for v in series.to_list()]
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, date | timedelta | time) for v in known):
        return [pl.Series(name, values)]
    if known and knows:
        return [pl.Series(name, values, dtype=pl.Float64)]
    cells = {name: (range(len(values)), [plain(v) if isinstance(v, Mapping | list | tuple) else v for v in values])}
    return list(frame_of_objects(cells, len(values))[0].iter_columns())


def _value(value: Any, nan: NanMeans | None) -> Any:
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value and nan != "logged":
        return None
    if value is None or isinstance(value, bool | int | float | str | date | timedelta | time | Mapping | list | tuple):
        return value
    return str(value)


def _certainly_logged(floats: Mapping[str, Floats], others: Mapping[str, pl.Series]) -> dict[str, NDArray[np.bool_]]:
    """NaNs that can't mean `not logged`, for their row would hold nothing then."""
    metrics = {name: ~np.isnan(values) for name, values in floats.items() if not is_axis_name(name)}
    found = {name: np.zeros(len(values), dtype=bool) for name, values in floats.items()}
    most = max((int(there.sum()) for there in metrics.values()), default=0)
    full = list(metrics.values())
    full += [s.is_not_null().to_numpy() for name, s in others.items() if not is_axis_name(name)]
    for name, there in metrics.items():
        if int(there.sum()) == most:
            found[name] = ~np.logical_or.reduce(full)
    return found


def _nan_warning(floats: Mapping[str, Floats], made: Mapping[str, pl.Series]) -> tuple[str, ...]:
    gone = [f"{name} {count}" for name in floats if (count := made[name].null_count())]
    if not gone:
        return ()
    listed = ", ".join(gone[:6]) + (" ..." if len(gone) > 6 else "")
    return (f"NaN of pandas counts as not logged ({listed}); if it was logged, pass nan='logged'.",)
