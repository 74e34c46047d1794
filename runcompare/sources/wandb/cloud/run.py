"""From what the worker left of a run on a W&B server to the run."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.columns import frame_of_objects
from runcompare.records.export import stack
from runcompare.records.history import RUNTIME, STEP, TIME, History
from runcompare.records.redact import redact
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, State, find_seed
from runcompare.sources.kit.engine_files import stages_in
from runcompare.sources.kit.keys import column_name

__all__ = ["SOURCE", "assembled", "info_of", "load", "one_row_a_step"]

SOURCE = "wandb-cloud"
_STATES: dict[str, State] = {
    "finished": "finished",
    "running": "running",
    "crashed": "interrupted",
    "killed": "interrupted",
    "preempted": "interrupted",
    "failed": "failed",
}
_PROCESS = re.compile(r"(?:system\.)?gpu\.process\.(\d+)\.")


def load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnreadableRun(f"W&B's client left no whole {path.name}.", hint="Try again.") from None


def info_of(said: Mapping[str, Any]) -> RunInfo:
    where = f"wandb://{said['entity']}/{said['project']}/{said['id']}"
    return RunInfo(
        id=str(said["id"]),
        name=str(said.get("displayName") or said["id"]),
        source=SOURCE,
        location=where,
        group=said.get("group") or None,
        project=said["project"],
        entity=said["entity"],
        tags=tuple(map(str, said.get("tags") or ())),
        state=_STATES.get(str(said.get("state")), "unknown"),
        started_at=_time(said.get("createdAt")),
        seed=find_seed(said.get("config") or {}),
    )


def _time(text: Any) -> float | None:
    """ISO time, UTC if it names no zone, as Unix seconds."""
    try:
        stamp = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (
        datetime.fromisoformat(f"{stamp.isoformat()}+00:00").timestamp() if stamp.tzinfo is None else stamp.timestamp()
    )


def assembled(folder: Path, failure: RuncompareError | None) -> Run:
    said = load(folder / "run.json")
    config = dict(said.get("config") or {})
    safe = redact(config)
    history, odd = _history(folder)
    system = _frame(load(folder / "system.json")) if (folder / "system.json").exists() else (pl.DataFrame(), [])
    metadata = (load(folder / "metadata.json") if (folder / "metadata.json").exists() else None) or {}
    warnings = [*odd, *system[1]]
    if safe != config:
        warnings.append("What looks like a secret was taken out of the config.")
    if failure is not None:
        warnings.append(f"The pull broke off, so later rows may be missing: {failure.message}")
    about = {k: metadata.get(k) for k in ("os", "python", "program", "args")}
    about |= {"job_type": said.get("jobType"), "sweep": said.get("sweepName"), "notes": said.get("notes")}
    about |= {"git_commit": said.get("commit") or (metadata.get("git") or {}).get("commit")}
    known = {k: v for k, v in about.items() if v} | ({"partial": True} if failure is not None else {})
    start, runtime = _time(said.get("createdAt")), _runtime(said.get("summary") or {}, history)
    summary = {k: _number(v) for k, v in (said.get("summary") or {}).items() if k != "_wandb"}
    return Run(
        info=info_of(said),
        config=safe,
        summary=summary,
        history=History(history),
        system=History(_bare(system[0])),
        hardware=_hardware(metadata, system[0].columns),
        attempts=(Attempt(start, start + runtime),) if start is not None and runtime is not None else (),
        runtime_s=runtime,
        stages=stages_in(summary),
        metadata=redact(known),
        warnings=tuple(warnings),
    )


def _runtime(summary: Mapping[str, Any], history: pl.DataFrame) -> float | None:
    said = (summary.get("_wandb") or {}).get("runtime") if isinstance(summary.get("_wandb"), Mapping) else None
    last = history[RUNTIME].max() if RUNTIME in history.columns else summary.get(RUNTIME)
    clocks = [float(c) for c in (said, last) if isinstance(c, int | float) and not isinstance(c, bool)]
    return max(clocks, default=None)


def _hardware(metadata: Mapping[str, Any], telemetry: Iterable[str]) -> Hardware:
    """The machine's, but only the GPUs that the run's process was seen on."""
    cpu = metadata.get("cpu")
    model = cpu.get("model") if isinstance(cpu, Mapping) else None
    name, count = metadata.get("gpu"), metadata.get("gpu_count")
    threads = metadata.get("cpu_count_logical") or metadata.get("cpu_count")
    used = {match[1] for key in telemetry if (match := _PROCESS.match(key))}
    return Hardware(
        accelerator=name if isinstance(name, str) and name else None,
        accelerator_count=len(used) or (count if isinstance(count, int) else int(bool(name))),
        cpu=model if isinstance(model, str) else None,
        cpu_count=threads if isinstance(threads, int) else None,
    )


def _history(folder: Path) -> tuple[pl.DataFrame, list[str]]:
    frames, warnings, media = [], [], 0
    for path in sorted((folder / "exports").rglob("*.parquet")):
        try:
            frame, odd, nested = _flat(pl.read_parquet(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            warnings.append(f"An export of the history can't be read: {str(error).splitlines()[0]}")
            continue
        frames.append(frame)
        warnings, media = [*warnings, *odd], media + nested
    tail = list(_lines(folder / "tail.jsonl"))
    media += sum(isinstance(value, Mapping) for row in tail for value in row.values())
    live, odd = _frame(tail)
    if media:
        warnings.append(f"{media} logged media (images, tables, histograms, ...) were skipped.")
    return one_row_a_step([*frames, live]), [*warnings, *odd]


def _flat(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str], int]:
    """The export's columns as a scan would give them: lists as JSON text, media, which are mappings, only counted."""
    named, lists, media = [], {}, 0
    for column in frame.iter_columns():
        name = column.name if column.name in (STEP, TIME, RUNTIME) else column_name(column.name)
        if isinstance(column.dtype, pl.Struct):
            media += len(column) - column.null_count()
        elif column.dtype.is_nested():
            rows = [i for i, there in enumerate(column.is_not_null()) if there]
            lists[name] = (rows, column.drop_nulls().to_list())
        else:
            named.append(column.alias(name))
    texts, odd = frame_of_objects(lists, frame.height)
    return pl.DataFrame([*named, *texts.get_columns()]), odd, media


def _lines(path: Path) -> Iterable[Mapping[str, Any]]:
    """Rows that are whole: the worker may have been stopped inside the last one."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def _frame(rows: Iterable[Mapping[str, Any]]) -> tuple[pl.DataFrame, list[str]]:
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    count = 0
    for row in rows:
        for key, value in row.items():
            if value is None or isinstance(value, Mapping):
                continue
            name = key if key in (STEP, TIME, RUNTIME) else column_name(key)
            at, values = cells.setdefault(name, ([], []))
            at.append(count)
            values.append(_number(value))
        count += 1
    return frame_of_objects(cells, count)


def _number(value: Any) -> Any:
    """The server writes numbers that JSON lacks as texts."""
    return float(value) if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity") else value


def one_row_a_step(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """One row a step, the later one, in the order of the steps."""
    joined = stack([frame for frame in frames if frame.height])
    if STEP not in joined.columns or joined[STEP].null_count():
        return joined
    return joined.unique(subset=STEP, keep="last", maintain_order=True).sort(STEP)


def _bare(system: pl.DataFrame) -> pl.DataFrame:
    """The cloud puts `system.` before the keys of telemetry, the log does not."""
    return system.rename({c: c.removeprefix("system.") for c in system.columns if c.startswith("system.")})
