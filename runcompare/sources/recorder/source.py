"""Source `recorder`: our own durable record, `record.jsonl` (its format: `records/recorder.py`).

Telemetry comes from a W&B log of the same run below the record's folder, if there is one.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.columns import frame_of_objects
from runcompare.records.history import STEP, TIME, History
from runcompare.records.recorder import RECORD_NAME, decode_line
from runcompare.records.redact import redact
from runcompare.records.run import Attempt, Hardware, Lost, Run, RunInfo, StageSpan, State, find_seed
from runcompare.sources.kit.attempts import join_attempts
from runcompare.sources.kit.files import is_being_written, open_regular
from runcompare.sources.wandb.source import telemetry_beside

__all__ = ["RecorderFiles"]

_STATES: dict[str, State] = {"finished": "finished", "failed": "failed", "interrupted": "interrupted"}
_TAIL = 65_536


@dataclass(slots=True)
class _Share:
    """What one process wrote."""

    rows: list[tuple[Any, Any, Mapping[str, Any]]] = field(default_factory=list)  # step, time, values
    first: float | None = None
    last: float | None = None

    def frame(self) -> tuple[pl.DataFrame, list[str]]:
        cells: dict[str, tuple[list[int], list[Any]]] = {STEP: ([], []), TIME: ([], [])}
        for row, (step, time, values) in enumerate(self.rows):
            for key, value in ((STEP, step), (TIME, time), *values.items()):
                rows, found = cells.setdefault(key.encode("utf-8", "backslashreplace").decode(), ([], []))
                rows.append(row)
                found.append(value)
        return frame_of_objects(cells, len(self.rows))


@dataclass(slots=True)
class _Record:
    """A record file's entries, sorted by what they say."""

    path: Path
    header: Mapping[str, Any] | None = None
    shares: list[_Share] = field(default_factory=list)
    stages: list[StageSpan] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, tuple[float, ...]] = field(default_factory=dict)
    state: State | None = None
    entries: int = 0
    damaged: list[int] = field(default_factory=list)  # the size of each damaged line

    def file(self, entry: Mapping[str, Any]) -> None:
        kind, time = entry.get("type"), entry.get("time")
        if kind == "attempt" or not self.shares:
            self.shares.append(_Share())
            self.state = None
        share = self.shares[-1]
        if isinstance(time, int | float):
            share.first = time if share.first is None else share.first
            share.last = time
        if kind == "run":
            self.header = self.header or entry
            self.shares.clear()  # the attempt starts with its own entry
        elif kind == "row":
            share.rows.append((entry.get("step"), time, _mapping(entry.get("values"))))
        elif kind == "stage":
            self._file_stage(str(entry.get("name")), entry.get("event"), float(time or 0))
        elif kind == "summary":
            self.summary |= _mapping(entry.get("values"))
        elif kind == "samples":
            self.samples[str(entry.get("name"))] = tuple(float(v) for v in entry.get("values") or ())
        elif kind == "end":
            self.state = _STATES.get(str(entry.get("state")), "unknown")
        self.entries += 1

    def _file_stage(self, name: str, event: Any, time: float) -> None:
        if event == "start":
            self.stages.append(StageSpan(name, time, None))
            return
        for i in reversed(range(len(self.stages))):
            if self.stages[i].name == name and self.stages[i].ended_at is None:
                self.stages[i] = StageSpan(name, self.stages[i].started_at, time)
                return


class RecorderFiles:
    """Finds and reads `record.jsonl` files. A location is the file's path."""

    name = "recorder"

    def accepts(self, path: Path) -> bool:
        return path.name == RECORD_NAME

    def scan(self, path: Path) -> Iterator[RunInfo]:
        record = _Record(path)
        with open_regular(path) as file:
            for line in file:
                if entry := decode_line(line):
                    _file_safely(record, entry, len(line))
                    if record.header and entry.get("type") == "row":
                        break
            size = os.fstat(file.fileno()).st_size
            if record.entries and size > file.tell():
                file.seek(max(file.tell(), size - _TAIL))
                ends = [e.get("state") for line in file if (e := decode_line(line)) and e.get("type") in _LAST]
                record.state = _STATES.get(str(ends[-1]), "unknown") if ends and ends[-1] else None
        yield _info(_checked(record))

    def config(self, location: str) -> Mapping[str, Any]:
        """The config as `read` gives it, from the file's first entry alone."""
        with open_regular(Path(location)) as file:
            for line in file:
                if (entry := decode_line(line)) and entry.get("type") == "run":
                    safe: Mapping[str, Any] = redact(dict(_mapping(entry.get("config"))))
                    return safe
        return {}

    def read(self, location: str) -> Run:
        record = _Record(Path(location))
        with open_regular(record.path) as file:
            for line in file:
                if entry := decode_line(line):
                    _file_safely(record, entry, len(line))
                elif line.endswith(b"\n") or not is_being_written(record.path):
                    record.damaged.append(len(line))
        return _run(_checked(record))


_LAST = ("attempt", "end")  # whichever comes last says whether the run ended


def _file_safely(record: _Record, entry: Mapping[str, Any], size: int) -> None:
    try:
        record.file(entry)
    except (TypeError, ValueError):  # the checksum holds, but the writer was not ours
        record.damaged.append(size)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else ()


def _checked(record: _Record) -> _Record:
    if not record.entries:
        raise UnreadableRun(
            f"{record.path} holds no readable entry.", hint="It is empty, damaged or another kind of file."
        )
    if record.header is None and any(record.path.parent.glob("wandb/*run-*/run-*.wandb")):
        raise UnreadableRun(f"{record.path} lost its first entry; the W&B log beside it says more.")
    return record


def _info(record: _Record) -> RunInfo:
    header = record.header or {}
    run_id = str(header.get("id") or record.path.resolve().parent.name)

    def said(field: str) -> str | None:
        return str(header[field]) if header.get(field) else None

    return RunInfo(
        id=run_id,
        name=said("name") or run_id,
        source=RecorderFiles.name,
        location=str(record.path),
        group=said("group"),
        project=said("project"),
        entity=said("entity"),
        tags=_words(header.get("tags")),
        aliases=_words(header.get("aliases")),
        state=record.state or ("running" if is_being_written(record.path) else "interrupted"),
        started_at=next((s.first for s in record.shares if s.first is not None), header.get("time")),
        seed=find_seed(_mapping(header.get("config"))),
    )


def _run(record: _Record) -> Run:
    header = record.header or {}
    made = [share.frame() for share in record.shares] or [(pl.DataFrame(), [])]
    info = _info(record)
    history, joined = join_attempts([frame for frame, _ in made], own_steps=True)
    config = dict(_mapping(header.get("config")))
    safe = redact(config)
    attempts = tuple(Attempt(s.first, s.last) for s in record.shares if s.first is not None)
    commit = _mapping(header.get("git")).get("commit")
    return Run(
        info=info,
        config=safe,
        summary=record.summary,
        history=History(history),
        system=telemetry_beside(record.path.parent, info.id),
        hardware=_hardware(_mapping(header.get("hardware")) or _mapping(config.get("hardware"))),
        attempts=attempts,
        runtime_s=sum((a.ended_at or a.started_at) - a.started_at for a in attempts) if attempts else None,
        stages=tuple(record.stages),
        samples=record.samples,
        metadata={"git_commit": commit} if commit else {},
        lost=Lost(len(record.damaged), sum(record.damaged)),
        warnings=(*_said(record, safe != config), *(w for _, some in made for w in some), *joined),
    )


def _said(record: _Record, redacted: bool) -> list[str]:
    said = []
    if record.damaged:
        said.append(f"{record.path.name}: {len(record.damaged)} entries ({sum(record.damaged)} bytes) are damaged.")
    if record.header is None:
        said.append(f"{record.path.name} lost its first entry: name, group and config of the run are unknown.")
    if record.state is None:
        said.append(f"{record.path.name} has no end: the run was killed, or is still running.")
    if redacted:
        said.append("What looks like a secret was taken out of the config.")
    return said


def _hardware(stated: Mapping[str, Any]) -> Hardware:
    """The stated fields of the right type; the others keep their defaults."""
    kinds = {"accelerator": str, "accelerator_count": int, "cpu": str, "cpu_count": int, "world_size": int}
    return Hardware(**{name: stated[name] for name, kind in kinds.items() if isinstance(stated.get(name), kind)})
