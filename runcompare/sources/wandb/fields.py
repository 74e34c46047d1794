"""What the records of a W&B log mean: config, hardware, telemetry, times, circumstances."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from runcompare.records.columns import Cells, Frame, frame_of_tokens
from runcompare.records.history import RUNTIME, TIME
from runcompare.records.run import Attempt
from runcompare.sources.wandb.log import Log
from runcompare.sources.wandb.rows import items

__all__ = [
    "attempt_of",
    "config_of",
    "metadata_of",
    "runtime_of",
    "seconds",
    "system_of",
    "text",
    "value",
]


def text(raw: bytes) -> str:
    """Bytes as text; those that are none are written out."""
    return raw.decode("utf-8", "backslashreplace")


def value(token: str) -> Any:
    """A JSON token's value; a broken one stays as it is."""
    try:
        return json.loads(token)
    except (ValueError, RecursionError):
        return token


def seconds(stamp: Any) -> float | None:
    """A protobuf timestamp as Unix seconds; None if it was not set."""
    return float(stamp.seconds + stamp.nanos / 1e9) or None


def config_of(log: Log) -> dict[str, Any]:
    """The config after all updates, nested as it was logged, without W&B's own part."""
    config: dict[str, Any] = {}
    for update in log.configs:
        for path, token in items(update.items):
            node = config
            for part in path[:-1]:
                inner = node.get(part)
                if not isinstance(inner, dict):
                    inner = node[part] = {}
                node = inner
            node[path[-1]] = value(token)
        for path, _ in items(update.removed):
            config.pop(path[0], None)
    config.pop("_wandb", None)
    return config


def system_of(log: Log) -> Frame:
    """Telemetry rows, time axis `_timestamp`."""
    cells: dict[str, tuple[list[int], list[str]]] = {}
    for row, sample in enumerate(log.stats):
        found = [(text(item.key), text(item.value_json) or "null") for item in sample.items]
        for key, token in [(TIME, repr(seconds(sample.timestamp) or 0.0)), *found]:
            rows, tokens = cells.setdefault(key, ([], []))
            rows.append(row)
            tokens.append(token)
    known: Mapping[str, Cells] = {key: cells[key] for key in sorted(cells)}
    return frame_of_tokens(known, len(log.stats))


def metadata_of(log: Log) -> dict[str, Any]:
    """Circumstances worth keeping; host, user and e-mail are left where they are."""
    found: dict[str, Any] = {}
    for env in log.environments:
        found |= {"os": text(env.os), "python": text(env.python), "program": text(env.program)} if env.python else {}
        found |= {"args": [text(a) for a in env.args]} if env.args else {}
        found |= {"git_commit": text(env.git.commit)} if env.git.commit else {}
    if log.run is not None:
        run = {"job_type": log.run.job_type, "sweep": log.run.sweep, "notes": log.run.notes}
        found |= {key: text(raw) for key, raw in run.items() if raw}
        found |= {"git_commit": text(log.run.git.commit)} if log.run.git.commit else {}
    found["step_metrics"] = {d.pattern: d.step_metric for d in log.definitions if d.step_metric}
    return {key: entry for key, entry in found.items() if entry}


def attempt_of(log: Log, history: pl.DataFrame, system: pl.DataFrame) -> Attempt | None:
    """When this log's process ran, to its last sign of life."""
    signs = [t for frame in (history, system) for t in _ends(frame, TIME)]
    start = seconds(log.run.start_time) if log.run is not None else None
    start = start or (min(signs) if signs else None)
    if start is None:
        return None
    if log.exit is not None and log.exit.runtime:
        signs.append(start + log.exit.runtime)
    return Attempt(start, max(signs) if signs else None)


def runtime_of(log: Log, history: pl.DataFrame) -> float | None:
    """W&B's own clock at the end, in seconds: whole seconds at exit, finer in the rows."""
    clocks = _ends(history, RUNTIME)
    if log.exit is not None and log.exit.runtime:
        clocks.append(float(log.exit.runtime))
    return max(clocks) if clocks else None


def _ends(frame: pl.DataFrame, axis: str) -> list[float]:
    if axis not in frame.columns or not frame.schema[axis].is_numeric():
        return []
    return [float(v) for v in (frame[axis].min(), frame[axis].max()) if isinstance(v, int | float)]
