"""What our training engine leaves beside a tracker's log: test errors and stage times."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.run import StageSpan
from runcompare.sources.kit.files import open_regular

__all__ = ["SAMPLES_NAME", "Samples", "read_samples", "stages_in"]

SAMPLES_NAME = "per_trajectory.csv"
_STAGE_TIME = re.compile(r"stages/(.+)/(started|ended)_at")


class Samples(NamedTuple):
    """One value for each test sample, by metric, and what the samples are called: tuples of shape (n_samples,)."""

    values: dict[str, tuple[float, ...]]
    keys: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()


def read_samples(path: Path) -> Samples:
    """Per-sample values from a CSV: a first column that numbers the samples, then one column a metric.

    An absent file is no warning.
    """
    if not path.exists():
        return Samples({}, {})
    try:
        with open_regular(path) as file:
            frame = pl.read_csv(file.read(), infer_schema_length=None)
        columns = frame.columns[1:]
        keys = tuple(map(str, frame[frame.columns[0]].to_list())) if columns else ()
        values = {c: tuple(frame[c].cast(pl.Float64).fill_null(math.nan).to_list()) for c in columns}
        return Samples(values, dict.fromkeys(columns, keys))
    except (pl.exceptions.PolarsError, UnreadableRun) as error:
        return Samples({}, {}, (f"{path.name} can't be read: {str(error).splitlines()[0]}",))


def stages_in(summary: Mapping[str, Any]) -> tuple[StageSpan, ...]:
    """Stage times from summary keys `stages/NAME/started_at` and `.../ended_at`, by start."""
    times: dict[str, dict[str, float]] = {}
    for key, entry in summary.items():
        if (match := _STAGE_TIME.fullmatch(key)) and isinstance(entry, int | float):
            times.setdefault(match[1], {})[match[2]] = float(entry)
    spans = [StageSpan(name, at["started"], at.get("ended")) for name, at in times.items() if "started" in at]
    return tuple(sorted(spans, key=lambda s: s.started_at))
