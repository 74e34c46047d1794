"""The one place where a Run is made: a source hands over what it read as a Draft, with the same last steps for all.

They are: secrets taken out of everything that a run keeps, the final values from the rows where the tracker keeps none
of its own, hardware as the config states it or telemetry shows it, what our engine leaves beside a tracker's log, and
the time of the attempts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from runcompare.records.as_json import JSON_SUFFIX
from runcompare.records.column_names import TAKEN_SUFFIX, apart
from runcompare.records.figure import Figure
from runcompare.records.history import History, Whole
from runcompare.records.redact import are_secrets_shown, may_hold_secrets, names_a_secret, redact, redacted
from runcompare.records.run import (
    Alternative,
    Attempt,
    Claim,
    DeclaredMetric,
    Hardware,
    Lost,
    Run,
    RunInfo,
    StageSpan,
    time_of_attempts,
)
from runcompare.sources.kit.engine_files import SAMPLES_NAME, read_samples, stages_in
from runcompare.sources.kit.hardware import hardware_of
from runcompare.sources.kit.last_values import last_values
from runcompare.sources.kit.sound import sound_frame, sound_info, sound_run, sound_values

__all__ = ["Draft", "assemble", "finished", "safe_config", "safe_info", "without_secrets"]

# fields of a run that are redacted text by text, with their names; the others that have texts are redacted as a whole
_OF_PARTS = ("hardware", "stages", "samples", "sample_keys", "figures", "claims", "alternatives", "declared")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a source read of a run, as it was written. The fields are those of `Run`, but for these:

    Attributes:
        summary: the tracker's own final values; None where it keeps none: then they are the last that were logged.
        more_summary: final values that are stated besides.
        hardware: None where the tracker keeps none: then it is what the config states, else what telemetry shows.
        telemetry: the names of the logged keys that may tell of devices; None for those of `system`.
        runtime_s: None where the tracker has no clock of its own: then it is the time of the attempts.
        stages: None where the tracker keeps none: then they are read from the summary.
        samples_in: folders in which our engine may have left values for each test sample.
    """

    info: RunInfo
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None
    more_summary: Mapping[str, Any] = field(default_factory=dict)
    history: pl.DataFrame = field(default_factory=pl.DataFrame)
    whole: Mapping[str, Whole] = field(default_factory=dict)
    system: pl.DataFrame = field(default_factory=pl.DataFrame)
    hardware: Hardware | None = None
    telemetry: Sequence[str] | None = None
    attempts: tuple[Attempt, ...] = ()
    runtime_s: float | None = None
    stages: tuple[StageSpan, ...] | None = None
    samples: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sample_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    samples_in: Sequence[Path] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    declared: tuple[DeclaredMetric, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lost: Lost = field(default_factory=Lost)
    warnings: Sequence[str] = ()


def assemble(draft: Draft) -> Run:
    """The run, without secrets and without what no run can hold."""
    rows, config = sound_frame(draft.history), sound_values(draft.config, "config")
    draft = replace(draft, history=rows.value, config=config.value)
    summary = {**(last_values(draft.history) if draft.summary is None else draft.summary), **draft.more_summary}
    warnings = [*draft.warnings, *config.warnings, *rows.warnings]
    hardware = draft.hardware
    if hardware is None:
        found = hardware_of(draft.config, draft.system.columns if draft.telemetry is None else draft.telemetry)
        hardware, warnings = found.hardware, [*warnings, *found.warnings]
    samples: dict[str, tuple[float, ...]] = {}
    sample_keys: dict[str, tuple[str, ...]] = {}
    for folder in draft.samples_in:
        read = read_samples(folder / SAMPLES_NAME)
        samples, sample_keys, warnings = samples | read.values, sample_keys | read.keys, [*warnings, *read.warnings]
    run = Run(
        info=draft.info,
        config=draft.config,
        summary=summary,
        history=History(draft.history, draft.whole),
        system=History(draft.system),
        hardware=hardware,
        attempts=draft.attempts,
        runtime_s=draft.runtime_s,
        stages=stages_in(summary) if draft.stages is None else draft.stages,
        samples={**samples, **draft.samples},
        sample_keys=_sample_keys(draft, samples, sample_keys),
        figures=draft.figures,
        claims=draft.claims,
        declared=draft.declared,
        alternatives=draft.alternatives,
        metadata=draft.metadata,
        lost=draft.lost,
        warnings=tuple(warnings),
    )
    run = sound_run(run)
    return without_secrets(run if run.runtime_s is not None else replace(run, runtime_s=time_of_attempts(run.attempts)))


def _sample_keys(
    draft: Draft, values: Mapping[str, tuple[float, ...]], keys: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """What the samples are called, by the log that has their values, or by a file with the same ones."""
    same = {k: v for k, v in keys.items() if draft.samples.get(k, values[k]) == values[k]}
    return {**same, **draft.sample_keys}


def finished(run: Run) -> Run:
    """The run as everything after the sources may rely on it: checked (`sound.py`), then without secrets.

    A source of another package makes its runs by itself: they come here as well.
    """
    return without_secrets(sound_run(run))


def without_secrets(run: Run) -> Run:
    """The run with `(redacted)` in place of its secrets, and a warning that says where they were."""
    info = safe_info(run.info)
    changed: dict[str, Any] = {} if info == run.info else {"info": info}
    machine = replace(run.hardware, accelerator=redact(run.hardware.accelerator), cpu=redact(run.hardware.cpu))
    changed |= {"hardware": machine} if machine != run.hardware else {}
    for name in ("config", "summary", "metadata"):
        found = redacted(getattr(run, name))
        changed |= {name: found.value} if found.count else {}
    for name, rows in (("history", run.history), ("system", run.system)):
        safe = _safe_rows(rows)
        changed |= {name: safe} if safe is not rows else {}
    for name in _OF_PARTS:
        value = getattr(run, name)
        changed |= {name: parts} if (parts := _safe(value)) != value else {}
    warnings = redact(run.warnings)
    if changed:
        places = ", ".join("the name or tags" if n == "info" else f"the {n.replace('_', ' ')}" for n in changed)
        warnings = (*warnings, f"What looks like a secret was taken out of {places}.")
    return replace(run, **changed, warnings=warnings) if changed or warnings != run.warnings else run


def safe_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config as `assemble` keeps it."""
    return dict(redact(sound_values(config, "config").value))


def safe_info(info: RunInfo) -> RunInfo:
    """What a listing shows, checked and without secrets. The location stays, and the id unless it is the name: they
    find the run again."""
    info = sound_info(info)
    names = ["name", "group", "project", "entity", "tags", "aliases", *(["id"] if info.id == info.name else [])]
    texts = {name: redact(getattr(info, name)) for name in names}
    return replace(info, **texts) if any(getattr(info, name) != text for name, text in texts.items()) else info


def _safe(value: Any) -> Any:
    """Nested data of our own records without secrets in their texts and names."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _safe(getattr(value, part.name)) for part in fields(value)})
    if isinstance(value, Mapping) and any(isinstance(item, tuple) or is_dataclass(item) for item in value.values()):
        names = dict(zip(value, apart([redact(name) for name in value]), strict=True))
        return {names[name]: _safe(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return value if all(isinstance(item, float) for item in value) else tuple(map(_safe, value))
    return redact(value)


def _safe_name(column: str) -> str:
    """What follows a column's name says how it is stored, and stays."""
    stored = next((suffix for suffix in (JSON_SUFFIX, TAKEN_SUFFIX) if column.endswith(suffix)), "")
    return str(redact(column.removesuffix(stored))) + stored


def _safe_rows(rows: History) -> History:
    """The very same object if there is no secret in its texts and names of columns."""
    frame = _safe_frame(rows.frame)
    names = pl.Series(rows.keys, dtype=pl.String)
    doubtful = [] if are_secrets_shown() else names.filter(may_hold_secrets(names)).to_list()
    safe = {name: found for name in doubtful if (found := _safe_name(name)) != name}
    if safe:
        unique = apart([safe.get(name, name) for name in frame.columns])
        renamed = {old: new for old, new in zip(frame.columns, unique, strict=True) if old != new}
        whole = {renamed.get(name, name): known for name, known in rows.whole.items()}
        return History(frame.rename(renamed), whole)
    return rows if frame is rows.frame else replace(rows, frame=frame)


def _safe_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without secrets in their texts; the very same frame if there are none."""
    changed: list[pl.Series] = []
    if are_secrets_shown():
        return frame
    for column in frame.iter_columns():
        if column.dtype == pl.String and column.null_count() < len(column):
            texts = column.drop_nulls().unique()
            key = column.name.removesuffix(JSON_SUFFIX)
            doubtful = texts if names_a_secret(key) else texts.filter(may_hold_secrets(texts))
            safe = {text: redact(text, key) for text in doubtful.to_list()}
            safe = {text: found for text, found in safe.items() if found is not text}
            if safe:
                changed.append(column.replace(safe))
    return frame.with_columns(changed) if changed else frame
