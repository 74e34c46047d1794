"""Several logs of one training made one run: the richest is the main one, what only the others hold joins it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from runcompare.records.export import stack
from runcompare.records.history import AXES, RUNTIME, STEP, TIME, History
from runcompare.records.run import Log, Run
from runcompare.sources.kit.curves import ROUNDED, compare_curves

__all__ = ["Piece", "as_one_process", "joined", "richness"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A log and what it holds."""

    log: Log
    run: Run


def richness(run: Run) -> int:
    """How much a log holds: its numbers, its settings and its final values."""
    frame = run.history.frame
    counts = (frame.height - frame[key].null_count() for key in run.history.numeric_keys)
    return sum(counts) + len(run.config) + len(run.summary)


def joined(pieces: Sequence[Piece]) -> Run:
    """One run of the pieces, the first the main one. Raises ValueError for none."""
    if not pieces:
        raise ValueError("nothing to join")
    run = _with_part(pieces[0])
    for piece in pieces[1:]:
        run = _join(run, _with_part(piece), piece.log)
    logs = tuple(piece.log for piece in pieces)
    note = f"One training with {len(logs)} logs: {'; '.join(map(_words, logs))}."
    return replace(run, info=replace(run.info, logs=logs), warnings=(*run.warnings, note))


def as_one_process(pieces: Sequence[Piece]) -> Run:
    """The ranks of one job as one run: the first's curves, for the others log them again or a part of them."""
    main, logs = pieces[0].run, tuple(piece.log for piece in pieces)
    count = main.hardware.accelerator_count
    hardware = replace(
        main.hardware,
        world_size=max(main.hardware.world_size, len(logs)),
        accelerator_count=max(count, len(logs)) if count else 0,
    )
    note = f"One training of {len(logs)} processes, each with its own log: {'; '.join(map(_words, logs))}."
    info = replace(main.info, logs=logs)
    return replace(main, info=info, hardware=hardware, warnings=(*main.warnings, note))


def _words(log: Log) -> str:
    part = f" as {log.part}/" if log.part else ""
    return f"{log.location} ({log.source}){part}{f', {log.why}' if log.why else ''}"


def _with_part(piece: Piece) -> Run:
    """The run with the part's name before its keys."""
    part, run = piece.log.part, piece.run
    if not part:
        return run
    names = {key: _below(part, key) for key in run.history.keys}
    summary = {_below(part, key): value for key, value in run.summary.items()}
    whole = {names.get(key, key): known for key, known in run.history.whole.items()}
    return replace(run, summary=summary, history=History(run.history.frame.rename(names), whole))


def _below(part: str, key: str) -> str:
    return key if key.lower().startswith((f"{part}/".lower(), f"{part}_".lower())) else f"{part}/{key}"


def _join(main: Run, other: Run, log: Log) -> Run:
    evidence = compare_curves(main, other, ROUNDED)
    taken = {*main.history.keys, *main.summary}
    names = {key: _free(key, log, taken) for key in other.history.keys if key not in evidence.same}
    axes = [axis for axis in AXES if axis in other.history.frame.columns]
    frame = other.history.frame.select(*axes, *names).rename(names)
    summary = {names.get(key, key): value for key, value in other.summary.items() if key not in evidence.same}
    whole = {names[key]: known for key, known in other.history.whole.items() if key in names}
    starts = [s for s in (main.info.started_at, other.info.started_at) if s is not None]
    info = replace(
        main.info,
        state=main.info.state if main.info.state != "unknown" else other.info.state,
        started_at=min(starts, default=None),
        seed=main.info.seed if main.info.seed is not None else other.info.seed,
        group=main.info.group or other.info.group,
        project=main.info.project or other.info.project,
        tags=tuple(dict.fromkeys((*main.info.tags, *other.info.tags))),
    )
    return replace(
        main,
        info=info,
        config=_filled(main.config, other.config),
        summary={**summary, **main.summary},
        history=History(
            _merged(main.history.frame, frame, on_steps=evidence.on_steps), {**whole, **main.history.whole}
        ),
        system=main.system if len(main.system) else other.system,
        hardware=main.hardware if main.hardware.accelerator or main.hardware.cpu else other.hardware,
        attempts=main.attempts or other.attempts,
        runtime_s=main.runtime_s if main.runtime_s is not None else other.runtime_s,
        stages=main.stages or other.stages,
        samples={**other.samples, **main.samples},
        sample_keys={k: v for k, v in other.sample_keys.items() if k not in main.samples} | dict(main.sample_keys),
        metadata={**other.metadata, **main.metadata},
        declared=tuple(dict.fromkeys((*main.declared, *other.declared))),
        warnings=(*main.warnings, *other.warnings),
    )


def _free(key: str, log: Log, taken: set[str]) -> str:
    """A key's name among those that are taken: a curve that disagrees with the main log's is told apart by its log."""
    if key not in taken:
        return key
    stem = log.location.rpartition("/")[2].split(".")[0] or log.source
    return f"{stem}/{key}"


def _merged(main: pl.DataFrame, other: pl.DataFrame, *, on_steps: bool) -> pl.DataFrame:
    """Rows of one step as one row where both count the same steps, else the one log's rows behind the other's."""
    if set(other.columns) <= set(AXES):
        return main
    if not main.height:
        return other
    if not (on_steps and _counts(main) and _counts(other)):
        return stack([main, other])
    steps = other.with_columns(pl.col(STEP).cast(main.schema[STEP], strict=False))
    both = main.join(steps, on=STEP, how="full", coalesce=True, suffix="#other", maintain_order="left_right")
    for axis in (TIME, RUNTIME):
        if f"{axis}#other" in both.columns:
            both = both.with_columns(pl.coalesce(axis, f"{axis}#other").alias(axis)).drop(f"{axis}#other")
    return both.sort(STEP, maintain_order=True)


def _counts(frame: pl.DataFrame) -> bool:
    """Whether each row has a step of its own."""
    if STEP not in frame.columns or not frame.schema[STEP].is_numeric() or frame[STEP].null_count():
        return False
    return frame[STEP].n_unique() == frame.height


def _filled(main: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The main log's settings, and what only the other one states."""
    found = dict(other)
    for key, value in main.items():
        theirs = found.get(key)
        found[key] = _filled(value, theirs) if isinstance(value, Mapping) and isinstance(theirs, Mapping) else value
    return found
