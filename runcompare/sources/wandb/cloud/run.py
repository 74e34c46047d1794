"""From what the worker left of a run on a W&B server to the run."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.columns import Frame, frame_of_objects
from runcompare.records.export import stack
from runcompare.records.history import RUNTIME, STEP, TIME
from runcompare.records.run import Attempt, DeclaredMetric, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempt_times import attempts_by_clock
from runcompare.sources.kit.keys import column_name
from runcompare.sources.wandb.defined import declared, definitions_in
from runcompare.sources.wandb.history import flat_values
from runcompare.sources.wandb.machine import hardware_on, machine_of_metadata
from runcompare.sources.wandb.states import STATES

__all__ = ["SOURCE", "attempts_of", "info_of", "load", "one_row_a_step", "run_of"]

SOURCE = "wandb-cloud"


def load(path: Path) -> Any:
    """A JSON file of the worker. Raises UnreadableRun if it is missing or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnreadableRun(f"W&B's client left no whole {path.name}.", hint="Try again.") from None


def info_of(answer: Mapping[str, Any]) -> RunInfo:
    """The run that the worker's JSON describes."""
    where = f"wandb://{answer['entity']}/{answer['project']}/{answer['id']}"
    return RunInfo(
        id=str(answer["id"]),
        name=str(answer.get("displayName") or answer["id"]),
        source=SOURCE,
        location=where,
        group=answer.get("group") or None,
        project=answer["project"],
        entity=answer["entity"],
        tags=tuple(map(str, answer.get("tags") or ())),
        state=STATES.get(str(answer.get("state")), "unknown"),
        started_at=_time(answer.get("createdAt")),
        seed=find_seed(answer.get("config") or {}),
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


def run_of(folder: Path, failure: RuncompareError | None) -> Run:
    """The run of the worker's files in `folder`; `failure` is why they are not whole."""
    answer = load(folder / "run.json")
    history = _history(folder)
    system = _frame(_loaded(folder / "system.json") or ())
    machine = _loaded(folder / "metadata.json") or {}
    broken = [] if failure is None else [f"The pull broke off, so later rows may be missing: {failure.message}"]
    config, stated = answer.get("config") or {}, answer.get("summary") or {}
    summary = dict(flat for key, value in stated.items() if key != "_wandb" for flat in flat_values(key, value))
    seen = hardware_on(machine_of_metadata(machine), config, system.frame.columns)
    draft = Draft(
        info_of(answer),
        config=config,
        summary={key: _number(value) for key, value in summary.items()},
        history=history.frame,
        system=_bare(system.frame),
        hardware=seen.hardware,
        attempts=attempts_of(_time(answer.get("createdAt")), _runtime(stated, history.frame), history.frame),
        runtime_s=_runtime(stated, history.frame),
        metadata=_metadata(answer, machine) | ({"partial": True} if failure is not None else {}),
        warnings=(*history.warnings, *system.warnings, *seen.warnings, *broken),
        declared=_declared(answer, _loaded(folder / "sweep.json"), [*summary, *history.frame.columns]),
    )
    return assemble(draft)


def _loaded(path: Path) -> Any:
    """None for what the worker did not come to."""
    return load(path) if path.exists() else None


def _metadata(answer: Mapping[str, Any], machine: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: machine.get(key) for key in ("os", "python", "program", "args")}
    about |= {"job_type": answer.get("jobType"), "sweep": answer.get("sweepName"), "notes": answer.get("notes")}
    about |= {"git_commit": answer.get("commit") or (machine.get("git") or {}).get("commit")}
    return {key: value for key, value in about.items() if value}


def _runtime(summary: Mapping[str, Any], history: pl.DataFrame) -> float | None:
    own = summary.get("_wandb")
    stated = own.get("runtime") if isinstance(own, Mapping) else None
    last = history[RUNTIME].max() if RUNTIME in history.columns else summary.get(RUNTIME)
    clocks = [float(c) for c in (stated, last) if isinstance(c, int | float) and not isinstance(c, bool)]
    return max(clocks, default=None)


def attempts_of(created: float | None, runtime: float | None, history: pl.DataFrame) -> tuple[Attempt, ...]:
    """The attempts by the run's clock, which stands still between them; the server has their rows in one history."""
    if {TIME, RUNTIME} <= set(history.columns) and runtime is not None:
        clocks = history.select(pl.col(TIME, RUNTIME).cast(pl.Float64, strict=False)).drop_nulls()
        found = attempts_by_clock(clocks[TIME].to_list(), clocks[RUNTIME].to_list(), runtime)
        if len(found) > 1:
            return found
    return (Attempt(created, created + runtime),) if created is not None and runtime is not None else ()


def _declared(answer: Mapping[str, Any], sweep: Any, keys: Iterable[str]) -> tuple[DeclaredMetric, ...]:
    """What the run told W&B of its metrics, and the metric that its sweep is after."""
    defined = declared(definitions_in(answer.get("defined")), keys)
    name = sweep.get("name") if isinstance(sweep, Mapping) else None
    if not isinstance(name, str) or not name:
        return defined
    goal = sweep.get("goal", "minimize")  # W&B's default
    return (*defined, DeclaredMetric(name, str(goal), selects=True, source="the sweep's metric"))


def _history(folder: Path) -> Frame:
    frames, warnings, media = [], [], 0
    for path in sorted((folder / "exports").rglob("*.parquet")):
        try:
            export = _flat(pl.read_parquet(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            warnings.append(f"An export of the history can't be read: {str(error).splitlines()[0]}")
            continue
        frames.append(export.frame)
        warnings, media = [*warnings, *export.warnings], media + export.media
    tail = list(_lines(folder / "tail.jsonl"))
    media += sum(isinstance(value, Mapping) for row in tail for value in row.values())
    live, odd = _frame(tail)
    if media:
        warnings.append(f"{media} logged media (images, tables, histograms, ...) were skipped.")
    return Frame(one_row_a_step([*frames, live]), [*warnings, *odd])


class _Export(NamedTuple):
    frame: pl.DataFrame
    media: int
    warnings: list[str]


def _flat(frame: pl.DataFrame) -> _Export:
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
    return _Export(pl.DataFrame([*named, *texts.get_columns()]), media, odd)


def _lines(path: Path) -> Iterable[Mapping[str, Any]]:
    """Rows that are whole: the worker may have been stopped inside the last one."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def _frame(rows: Iterable[Mapping[str, Any]]) -> Frame:
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
