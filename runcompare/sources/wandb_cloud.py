"""Source `wandb-cloud`: runs on a W&B server, through the real client (extra `wandb`).

References are `entity/project/id`, a run's URL, `wandb://entity/project/id`, and for several runs
`wandb://entity/project?group=G` (also `tag`, `sweep`, `name`, or `filters` with the client's JSON). The key goes to
WANDB_BASE_URL's server only. Histories are whole: the server's exports for the bulk, then a scan of what came after;
never a sample. What could be had before an error is a run, with a warning and `partial` in its metadata.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl

from runcompare.errors import RuncompareError, RunNotFound, UnreadableRun, UsageError
from runcompare.records.frames import stack
from runcompare.records.history import RUNTIME, STEP, TIME, History
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, State, find_seed
from runcompare.sources.columns import frame_of_objects
from runcompare.sources.extras import stages_in
from runcompare.sources.names import column_name
from runcompare.sources.redact import without_secrets
from runcompare.sources.wandb_cloud_ask import ask, base_url

__all__ = ["WandbCloud"]

_PLAIN = re.compile(
    r"(?P<entity>[A-Za-z0-9][A-Za-z0-9_-]*)/(?P<project>[A-Za-z0-9_][A-Za-z0-9_.-]*)/(?P<id>[A-Za-z0-9][A-Za-z0-9_-]*)"
)
_PAGE = re.compile(r"/(?P<entity>[^/]+)/(?P<project>[^/]+)/runs/(?P<id>[^/?]+)(/.*)?")
_STATES: dict[str, State] = {
    "finished": "finished",
    "running": "running",
    "crashed": "interrupted",
    "killed": "interrupted",
    "preempted": "interrupted",
    "failed": "failed",
}
_PROCESS = re.compile(r"(?:system\.)?gpu\.process\.(\d+)\.")
_FILTERS = {"group": "group", "tag": "tags", "sweep": "sweep", "name": "display_name"}


class WandbCloud:
    """Finds and reads runs on the user's W&B server. A location is `wandb://entity/project/id`."""

    name = "wandb-cloud"

    def claims(self, reference: str) -> bool:
        if reference.startswith("wandb://"):
            return True
        if reference.startswith(("https://", "http://")):
            try:
                return _PAGE.fullmatch(urlsplit(reference).path) is not None
            except ValueError:
                return False
        return _PLAIN.fullmatch(reference) is not None

    def find(self, reference: str) -> list[RunInfo]:
        with ask({"do": "find", **_question(reference)}) as (folder, failure):
            if failure is not None:
                raise failure
            return [_info(said) for said in _load(folder / "runs.json")]

    def read(self, location: str) -> Run:
        return _read(location, None)

    def read_since(self, location: str, kept: Run) -> Run:
        """The whole run, asking only for the rows after those of `kept`."""
        return _read(location, kept)

    def fingerprint(self, location: str) -> str | None:
        """Changes when the run goes on; None if the server does not say."""
        with ask({"do": "find", **_question(location)}) as (folder, failure):
            if failure is not None:
                raise failure
            said = _load(folder / "runs.json")[0]
        return json.dumps([said.get(k) for k in ("state", "heartbeatAt", "lines")])


def _question(reference: str) -> dict[str, Any]:
    """Entity, project, and id or filters. Raises UsageError for a server that is not the user's."""
    if reference.startswith(("https://", "http://")):
        page = urlsplit(reference)
        own = urlsplit(base_url())
        hosts = {own.netloc, "wandb.ai", "www.wandb.ai"} if own.hostname == "api.wandb.ai" else {own.netloc}
        if page.netloc not in hosts or (own.scheme == "https" and page.scheme != "https"):
            raise UsageError(f"{page.hostname} is not your W&B server, {base_url()}.", hint="Set WANDB_BASE_URL.")
        match = _PAGE.fullmatch(page.path)
        assert match is not None
        return {part: unquote(match[part]) for part in ("entity", "project", "id")}
    if not reference.startswith("wandb://"):
        match = _PLAIN.fullmatch(reference)
        assert match is not None
        return dict(match.groupdict())
    path, _, query = reference.removeprefix("wandb://").partition("?")
    words = [unquote(word) for word in path.strip("/").split("/") if word]
    if len(words) == 3 and not query:
        return dict(zip(("entity", "project", "id"), words, strict=True))
    if len(words) != 2:
        raise UsageError(
            f"'{reference}' names no run.", hint="Write wandb://entity/project/id, or ...project?group=NAME."
        )
    return {"entity": words[0], "project": words[1], "filters": _filters(query, reference)}


def _filters(query: str, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, values in parse_qs(query, keep_blank_values=True).items():
        if key == "filters":
            try:
                found |= dict(json.loads(values[-1], parse_constant=_refuse).items())
            except (ValueError, AttributeError, RecursionError):
                raise UsageError(f"The filters of '{reference}' are no JSON object.") from None
        elif key in _FILTERS:
            found[_FILTERS[key]] = values[0] if len(values) == 1 else {"$in": values}
        else:
            raise UsageError(
                f"'{key}' in '{reference}' filters nothing.", hint=f"Known: {', '.join(_FILTERS)}, filters."
            )
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnreadableRun(f"W&B's client left no whole {path.name}.", hint="Try again.") from None


def _info(said: Mapping[str, Any]) -> RunInfo:
    where = f"wandb://{said['entity']}/{said['project']}/{said['id']}"
    return RunInfo(
        id=str(said["id"]),
        name=str(said.get("displayName") or said["id"]),
        source=WandbCloud.name,
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


def _read(location: str, kept: Run | None) -> Run:
    question = _question(location)
    if "id" not in question:
        raise RunNotFound(f"'{location}' names no single run.")
    after = _last_step(kept) + 1 if kept is not None else 0
    with ask({"do": "read", **question, "min_step": after}) as (folder, failure):
        run = _assemble(folder, failure)
    return replace(run, history=History(_deduplicated([kept.history.frame, run.history.frame]))) if kept else run


def _last_step(run: Run) -> int:
    frame = run.history.frame
    last = frame[STEP].max() if STEP in frame.columns else None
    return int(last) if isinstance(last, int | float) else -1


def _assemble(folder: Path, failure: RuncompareError | None) -> Run:
    said = _load(folder / "run.json")
    config = dict(said.get("config") or {})
    safe = without_secrets(config)
    history, odd = _history(folder)
    system = _frame(_load(folder / "system.json")) if (folder / "system.json").exists() else (pl.DataFrame(), [])
    metadata = (_load(folder / "metadata.json") if (folder / "metadata.json").exists() else None) or {}
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
        info=_info(said),
        config=safe,
        summary=summary,
        history=History(history),
        system=History(_bare(system[0])),
        hardware=_hardware(metadata, system[0].columns),
        attempts=(Attempt(start, start + runtime),) if start is not None and runtime is not None else (),
        runtime_s=runtime,
        stages=stages_in(summary),
        metadata=without_secrets(known),
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
    return _deduplicated([*frames, live]), [*warnings, *odd]


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


def _deduplicated(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """One row a step, the later one, in the order of the steps."""
    joined = stack([frame for frame in frames if frame.height])
    if STEP not in joined.columns or joined[STEP].null_count():
        return joined
    return joined.unique(subset=STEP, keep="last", maintain_order=True).sort(STEP)


def _bare(system: pl.DataFrame) -> pl.DataFrame:
    """The cloud puts `system.` before the keys of telemetry, the log does not."""
    return system.rename({c: c.removeprefix("system.") for c in system.columns if c.startswith("system.")})
