"""From the logs of a run's attempts to the run."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from runcompare.records.export import stack
from runcompare.records.history import STEP, History
from runcompare.records.run import Lost, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempts import Joined, Piece, join_attempts, join_in_pieces
from runcompare.sources.wandb.defined import declared, joined_summary
from runcompare.sources.wandb.ending import ending_of
from runcompare.sources.wandb.fields import (
    attempt_of,
    config_of,
    metadata_of,
    runtime_of,
    seconds,
    text,
)
from runcompare.sources.wandb.log import Log
from runcompare.sources.wandb.part import Part

__all__ = ["FILE_NAME", "SOURCE", "by_start", "info_of", "run_of"]

SOURCE = "wandb"
FILE_NAME = re.compile(r"run-(?P<id>.+)\.wandb")


def _start(log: Log) -> float:
    stamp = seconds(log.run.start_time) if log.run is not None else None
    return stamp if stamp is not None else float("inf")


def by_start(logs: list[Log]) -> list[Log]:
    """Logs in the order in which their attempts began; those without a start last."""
    return sorted(logs, key=lambda log: (_start(log), log.path))


def info_of(logs: list[Log], location: str) -> RunInfo:
    """Names from the last attempt that has them, the start from the first."""
    record: Any = next((log.run for log in reversed(logs) if log.run is not None), None)
    match = FILE_NAME.fullmatch(logs[0].path.name)
    run_id = text(record.id) if record and record.id else match["id"] if match else logs[0].path.stem
    config = _merged(config_of(log) for log in logs)

    def stated(field: str) -> str | None:
        return text(getattr(record, field)) or None if record else None

    return RunInfo(
        id=run_id,
        name=stated("name") or run_id,
        source=SOURCE,
        location=location,
        group=stated("group"),
        project=stated("project"),
        entity=stated("entity"),
        tags=tuple(text(t) for t in record.tags) if record else (),
        state=ending_of(logs[-1]).state,
        started_at=start if (start := _start(logs[0])) < float("inf") else None,
        seed=find_seed(config),
    )


def run_of(parts: list[Part], location: str, problems: Sequence[str]) -> Run:
    """The run of its attempts' logs; `problems` tell of logs that could not be read."""
    parts = sorted(parts, key=lambda p: (_start(p.log), p.log.path))
    joined = _joined(parts)
    definitions = [d for p in parts for d in p.log.definitions]
    resumed = f"The run was resumed: {len(parts)} logs were joined in the order of their start."
    clocks = [c for p in parts if (c := runtime_of(p.log, p.history)) is not None]
    draft = Draft(
        info_of([p.log for p in parts], location),
        config=_merged(p.config for p in parts),
        summary=joined_summary([p.summary for p in parts], definitions, History(joined.frame, joined.whole)),
        history=joined.frame,
        whole=joined.whole,
        system=stack([p.system for p in parts]),
        hardware=parts[-1].hardware,
        attempts=tuple(a for p in parts if (a := attempt_of(p.log, p.history, p.system)) is not None),
        runtime_s=sum(clocks) if clocks else None,
        samples_in=[p.log.path.parent / "files" for p in parts],
        metadata=_merged(metadata_of(p.log) for p in parts),
        lost=_total([p.lost for p in parts]),
        warnings=(
            *problems,
            *([resumed] if len(parts) > 1 else []),
            *(w for p in parts for w in p.warnings),
            *joined.warnings,
        ),
        declared=declared(definitions, joined.frame.columns),
    )
    return assemble(draft)


def _joined(parts: Sequence[Part]) -> Joined:
    """The rows of all attempts, or those of them that are kept."""
    own = [_goes_on(part.history) for part in parts]
    if len(parts) == 1:
        return Joined(parts[0].history, whole=parts[0].whole)
    if not any(part.is_long for part in parts):
        return join_attempts([part.history for part in parts], own_steps=own)
    return join_in_pieces(lambda: (Piece(n, frame) for n, part in enumerate(parts) for frame in part.pieces()), own)


def _goes_on(history: pl.DataFrame) -> bool:
    """Whether an attempt counts its steps on from those before it: W&B counts from 0, unless the program gives steps
    itself or the server knows the run."""
    first = history[STEP].min() if STEP in history.columns else None
    return isinstance(first, int | float) and first > 0


def _merged(mappings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a later attempt states counts."""
    return {key: value for some in mappings for key, value in some.items()}


def _total(losses: list[Lost]) -> Lost:
    return Lost(sum(x.records for x in losses), sum(x.bytes for x in losses), sum(x.rebuilt_rows for x in losses))
