"""From the entries of a durable record to the run."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.records.columns import Frame, frame_of_objects
from runcompare.records.history import STEP, TIME
from runcompare.records.run import Attempt, Lost, Run, RunInfo, StageSpan, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.attempts import Joined, join_attempts
from runcompare.sources.kit.files import is_being_written
from runcompare.sources.kit.hardware import stated_hardware
from runcompare.sources.kit.keys import column_name
from runcompare.sources.wandb.source import telemetry_beside

__all__ = ["SOURCE", "Record", "Share", "checked", "info_of", "mapping", "run_of"]

SOURCE = "recorder"
_STATES: dict[str, State] = {"finished": "finished", "failed": "failed", "interrupted": "interrupted"}


class Row(NamedTuple):
    """One logged row, as the writer's JSON has it."""

    step: Any
    time: Any
    values: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Share:
    """What one process wrote: an attempt at the run."""

    rows: list[Row] = field(default_factory=list)
    first: float | None = None
    last: float | None = None
    copies: int = 0
    may_repeat: bool = False  # a row may stand among those that were cleared
    _latest: float = -math.inf
    _cleared: list[Row] | None = None  # the last of them, of one time
    _by_time: dict[Any, list[Row]] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        """Keep a row, unless it stands there already: that is looked up only where the clock isn't beyond that of all
        rows before, as it isn't in a block that was copied."""
        if not isinstance(row.time, int | float) or row.time <= self._latest:
            self.may_repeat |= self._cleared is not None and row.time != self._latest
            if not self._by_time:
                for one in (*(self._cleared or ()), *self.rows):
                    self._by_time.setdefault(one.time, []).append(one)
            if row in self._by_time.get(row.time, ()):
                self.copies += 1
                return
        else:
            self._latest = row.time
        if self._by_time:
            self._by_time.setdefault(row.time, []).append(row)
        self.rows.append(row)

    def clear(self) -> None:
        """Forget the rows, for they have been taken."""
        self._cleared = [row for row in (*(self._cleared or ()), *self.rows) if row.time == self._latest]
        self.rows.clear()
        self._by_time.clear()

    def typed(self) -> Frame:
        cells: dict[str, tuple[list[int], list[Any]]] = {STEP: ([], []), TIME: ([], [])}
        for row, (step, time, values) in enumerate(self.rows):
            logged = ((column_name(key), value) for key, value in values.items())
            for name, value in ((STEP, step), (TIME, time), *logged):
                rows, found = cells.setdefault(name, ([], []))
                rows.append(row)
                found.append(value)
        return frame_of_objects(cells, len(self.rows))


@dataclass(slots=True)
class Record:
    """A record file's entries, sorted by their kinds."""

    path: Path
    header: Mapping[str, Any] | None = None
    shares: list[Share] = field(default_factory=list)
    stages: list[StageSpan] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, tuple[float, ...]] = field(default_factory=dict)
    sample_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    state: State | None = None
    entries: int = 0
    damaged: list[int] = field(default_factory=list)  # the size of each damaged line

    def file(self, entry: Mapping[str, Any], size: int) -> None:
        """Put an entry of `size` bytes where it belongs."""
        try:
            self._file(entry)
        except (TypeError, ValueError):  # the checksum holds, but the writer was not ours
            self.damaged.append(size)

    def end_with(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Whichever of an attempt's start and an end comes last says whether the run ended."""
        states = [entry.get("state") for entry in entries if entry.get("type") in ("attempt", "end")]
        self.state = _STATES.get(str(states[-1]), "unknown") if states and states[-1] else None

    def _file(self, entry: Mapping[str, Any]) -> None:
        kind, time = entry.get("type"), entry.get("time")
        if kind == "attempt" or not self.shares:
            self.shares.append(Share())
            self.state = None
        share = self.shares[-1]
        if isinstance(time, int | float):
            share.first = time if share.first is None else share.first
            share.last = time
        if kind == "run":
            self.header = self.header or entry
            self.shares.clear()  # the attempt starts with its own entry
        elif kind == "row":
            share.take(Row(entry.get("step"), time, mapping(entry.get("values"))))
        elif kind == "stage":
            self._file_stage(str(entry.get("name")), entry.get("event"), float(time or 0))
        elif kind == "summary":
            self.summary |= mapping(entry.get("values"))
        elif kind == "samples":
            name = str(entry.get("name"))
            self.samples[name] = tuple(float(v) for v in entry.get("values") or ())
            self.sample_keys |= {name: tuple(map(str, keys))} if (keys := entry.get("keys")) else {}
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


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else ()


def checked(record: Record) -> Record:
    """The record itself. Raises UnreadableRun if it says nothing, or less than a W&B log beside it."""
    if not record.entries:
        raise UnreadableRun(
            f"{record.path} holds no readable entry.", hint="It is empty, damaged or another kind of file."
        )
    if record.header is None and any(record.path.parent.glob("wandb/*run-*/run-*.wandb")):
        raise UnreadableRun(f"{record.path} lost its first entry; the W&B log beside it says more.")
    return record


def info_of(record: Record) -> RunInfo:
    """What a listing shows of a run: from its first entry, its first time and how it ended."""
    header = record.header or {}
    run_id = str(header.get("id") or record.path.resolve().parent.name)

    def stated(field: str) -> str | None:
        return str(header[field]) if header.get(field) else None

    return RunInfo(
        id=run_id,
        name=stated("name") or run_id,
        source=SOURCE,
        location=str(record.path),
        group=stated("group"),
        project=stated("project"),
        entity=stated("entity"),
        tags=_words(header.get("tags")),
        aliases=_words(header.get("aliases")),
        state=record.state or ("running" if is_being_written(record.path) else "interrupted"),
        started_at=next((s.first for s in record.shares if s.first is not None), header.get("time")),
        seed=find_seed(mapping(header.get("config"))),
    )


def run_of(record: Record, joined: Joined | None = None) -> Run:
    """The whole run; `joined` are its rows where they are too many to be all held."""
    header = record.header or {}
    info = info_of(record)
    joined = _joined(record) if joined is None else joined
    config = mapping(header.get("config"))
    commit = mapping(header.get("git")).get("commit")
    draft = Draft(
        info,
        config=config,
        summary=record.summary,
        history=joined.frame,
        whole=joined.whole,
        system=telemetry_beside(record.path.parent, info.id),
        hardware=stated_hardware(header.get("hardware") or config.get("hardware")),
        attempts=tuple(Attempt(s.first, s.last) for s in record.shares if s.first is not None),
        stages=tuple(record.stages),
        samples=record.samples,
        sample_keys=record.sample_keys,
        metadata={"git_commit": commit} if commit else {},
        lost=Lost(len(record.damaged), sum(record.damaged)),
        warnings=(*_losses(record), *joined.warnings),
    )
    return assemble(draft)


def _joined(record: Record) -> Joined:
    rows = [share.typed() for share in record.shares]
    joined = join_attempts([some.frame for some in rows], own_steps=True)
    return joined._replace(warnings=(*(w for some in rows for w in some.warnings), *joined.warnings))


def _losses(record: Record) -> list[str]:
    notes = []
    if record.damaged:
        notes.append(f"{record.path.name}: {len(record.damaged)} entries ({sum(record.damaged)} bytes) are damaged.")
    if copies := sum(share.copies for share in record.shares):
        notes.append(f"{record.path.name}: {copies} rows stand there twice: each counts once.")
    if record.header is None:
        notes.append(f"{record.path.name} lost its first entry: name, group and config of the run are unknown.")
    if record.state is None:
        notes.append(f"{record.path.name} has no end: the run was killed, or is still running.")
    return notes
