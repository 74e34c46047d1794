"""From the logs of a run's attempts to the run."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from runcompare.records.export import stack
from runcompare.records.history import History
from runcompare.records.redact import redact
from runcompare.records.run import Attempt, Hardware, Lost, Run, RunInfo, State, find_seed
from runcompare.sources.kit.attempts import join_attempts
from runcompare.sources.kit.engine_files import SAMPLES_NAME, read_samples, stages_in
from runcompare.sources.kit.files import is_being_written
from runcompare.sources.wandb.fields import (
    attempt_of,
    config_of,
    hardware_of,
    metadata_of,
    runtime_of,
    seconds,
    system_of,
    text,
)
from runcompare.sources.wandb.history import history_of, summary_of
from runcompare.sources.wandb.log import Log, read_log

__all__ = ["FILE_NAME", "SOURCE", "Part", "assemble", "by_start", "info_of", "read_part"]

SOURCE = "wandb"
FILE_NAME = re.compile(r"run-(?P<id>.+)\.wandb")


def _start(log: Log) -> float:
    stamp = seconds(log.run.start_time) if log.run is not None else None
    return stamp if stamp is not None else float("inf")


def by_start(logs: list[Log]) -> list[Log]:
    return sorted(logs, key=lambda log: (_start(log), log.path))


def info_of(logs: list[Log], location: str) -> RunInfo:
    """Names from the last attempt that has them, the start from the first."""
    record: Any = next((log.run for log in reversed(logs) if log.run is not None), None)
    match = FILE_NAME.fullmatch(logs[0].path.name)
    run_id = text(record.id) if record and record.id else match["id"] if match else logs[0].path.stem
    config: dict[str, Any] = {}
    for log in logs:
        config |= config_of(log)

    def said(field: str) -> str | None:
        return text(getattr(record, field)) or None if record else None

    return RunInfo(
        id=run_id,
        name=said("name") or run_id,
        source=SOURCE,
        location=location,
        group=said("group"),
        project=said("project"),
        entity=said("entity"),
        tags=tuple(text(t) for t in record.tags) if record else (),
        state=_state(logs[-1]),
        started_at=start if (start := _start(logs[0])) < float("inf") else None,
        seed=find_seed(config),
    )


def _state(log: Log) -> State:
    if log.exit is not None:
        return "failed" if log.exit.exit_code else "finished"
    return "running" if is_being_written(log.path) else "interrupted"


@dataclass(slots=True)
class Part:
    """One attempt, read."""

    log: Log
    history: pl.DataFrame
    system: pl.DataFrame
    summary: dict[str, Any]
    config: dict[str, Any]
    hardware: Hardware
    samples: dict[str, tuple[float, ...]]
    lost: Lost
    warnings: list[str]


def read_part(path: Path) -> Part:
    log = read_log(path)
    history, rebuilt, warnings = history_of(log)
    system, odd = system_of(log)
    config = config_of(log)
    hardware, guessed = hardware_of(log, config, system.columns)
    samples, unread = read_samples(path.parent / "files" / SAMPLES_NAME)
    lost = Lost(log.lost_records, log.damage.bytes, rebuilt)
    warnings += [*odd, *guessed, *unread, *_losses(log, rebuilt)]
    return Part(log, history, system, summary_of(log, history), config, hardware, samples, lost, warnings)


def _losses(log: Log, rebuilt: int) -> list[str]:
    said, name = [], "/".join(log.path.parts[-2:])
    if log.lost_records or log.damage.bytes:
        said.append(f"{name}: {log.lost_records} records ({log.damage.bytes} bytes) are damaged or missing.")
    if log.damage.tail:
        said.append(f"{name} ends inside a record: what came after it is unknown.")
    if rebuilt:
        said.append(f"{rebuilt} lost rows were rebuilt from their summary records; column `_rebuilt` marks them.")
    if log.rows.media:
        said.append(f"{log.rows.media} logged media (images, tables, histograms, ...) were skipped.")
    if log.exit is None:
        said.append(f"{name} has no exit record: the run was killed, or is still running.")
    return said


def assemble(parts: list[Part], location: str, warnings: list[str]) -> Run:
    parts.sort(key=lambda p: (_start(p.log), p.log.path))
    history, joined = join_attempts([p.history for p in parts], own_steps=False)
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    samples: dict[str, tuple[float, ...]] = {}
    metadata: dict[str, Any] = {}
    for part in parts:
        config |= part.config
        summary |= part.summary
        samples |= part.samples
        metadata |= metadata_of(part.log)
    if len(parts) > 1:
        warnings.append(f"The run was resumed: {len(parts)} logs were joined in the order of their start.")
    safe = redact(config)
    if safe != config:
        warnings.append("What looks like a secret was taken out of the config.")
    attempts = [attempt_of(p.log, p.history, p.system) for p in parts]
    clocks = [c for p in parts if (c := runtime_of(p.log, p.history)) is not None]
    return Run(
        info=info_of([p.log for p in parts], location),
        config=safe,
        summary=summary,
        history=History(history),
        system=History(stack([p.system for p in parts])),
        hardware=parts[-1].hardware,
        attempts=tuple(a for a in attempts if isinstance(a, Attempt)),
        runtime_s=sum(clocks) if clocks else None,
        stages=stages_in(summary),
        samples=samples,
        metadata=redact(metadata),
        lost=_total([p.lost for p in parts]),
        warnings=(*warnings, *(w for p in parts for w in p.warnings), *joined),
    )


def _total(losses: list[Lost]) -> Lost:
    return Lost(sum(x.records for x in losses), sum(x.bytes for x in losses), sum(x.rebuilt_rows for x in losses))
