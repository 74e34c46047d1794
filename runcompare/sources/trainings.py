"""Which logs of a listing are one training? A run may have written an event file, a CSV and a W&B log.

Where logs lie says which may be one, what they hold whether they are. Logs of one folder that are called after the
folder are one training unless their curves disagree; so are the folders of a run's parts (`train/`, `validation/`).
Logs that are called otherwise, have an id of their tracker's, or lie in a folder for logs of one kind (`tensorboard/`)
are one training where their curves are the same. Only logs that may be one are read.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.boundary import boundary
from runcompare.records.run import Log, Run, RunInfo
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.curves import ROUNDED, compare_curves
from runcompare.sources.kit.files import is_there
from runcompare.sources.kit.joining import Piece, joined, richness
from runcompare.sources.kit.keys import name_of
from runcompare.sources.kit.path_ids import place_of

__all__ = ["Trainings", "join_logs", "read_logs"]

Read = Callable[[Log], Run]

PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "eval", "evaluation", "learn", "dev"})
HOLDERS = frozenset({"tensorboard", "tensorboard_logs", "tb", "tb_logs", "tb_log", "events", "logs", "log", "csv"})
HOLDERS |= frozenset({"csv_logs", "summaries", "summary", "metrics", "wandb", "plots", "vis_data"})
# folders that SummaryWriter and W&B name
_WRITERS = re.compile(r"[A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}_.+|(offline-)?run-\d{8}_\d{6}-.+")
# RL Zoo's folder of a run, `NAME_1`, in which `NAME/PPO_1` holds its event file
_COUNTED = re.compile(r"(?P<name>.+)_\d+")
_WRITTEN = re.compile(r"[A-Za-z\d]+_\d+")
MOST = 12  # logs of one home that are read to see which are one


class Trainings(NamedTuple):
    """One entry a training, and what was odd."""

    runs: list[RunInfo]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class _Door:
    """A log in a listing: its folder, the run's folder that this belongs to, and which part of the run it is.

    `at` is the path that the run is known by, None where its tracker keeps an id; `own` says that this is the log's
    folder, so that the folder is the run's; `inside` that only the run whose folder `home` is writes into that folder.
    """

    info: RunInfo
    folder: Path
    home: Path
    at: Path | None
    part: str
    own: bool
    inside: bool


def read_logs(info: RunInfo, read: Read) -> Run:
    """The run of all its logs. One that can't be read any more is left out, with a warning; raises what the main one
    raises."""
    main, *others = info.logs
    pieces, problems = [Piece(main, read(main))], []
    for log in others:
        try:
            pieces.append(Piece(log, read(log)))
        except RuncompareError as error:
            problems.append(f"Left out: {error.message}")
    run = joined(pieces)
    return replace(run, warnings=(*run.warnings, *problems))


def join_logs(infos: Iterable[RunInfo], read: Read, has_own_id: Callable[[RunInfo], bool]) -> Trainings:
    """The listing with one entry a training.

    Args:
        infos: Logs, each as a run of its own.
        read: Reads one.
        has_own_id: Whether a run's id is its tracker's, and not made of its path.
    """
    homes: dict[Path, list[_Door]] = {}
    alone: list[RunInfo] = []
    for info in infos:
        door = _door(info, has_own_id(info))
        if door is None:
            alone.append(info)
        else:
            homes.setdefault(door.home, []).append(door)
    found = [_told(doors, read, has_own_id) for doors in homes.values()]
    return Trainings([*alone, *chain.from_iterable(f.runs for f in found)], [w for f in found for w in f.warnings])


def _door(info: RunInfo, has_own_id: bool) -> _Door | None:
    """None for what is no file of a run's own: a database, a table of several runs."""
    if not is_there(info.location):
        return None
    path = Path(info.location)
    folder = path if path.is_dir() else path.parent
    home, part = folder.absolute(), ""
    if home.name.lower() in PARTS:
        part, home = home.name, home.parent
    while _WRITERS.fullmatch(home.name) or home.name.lower() in HOLDERS:
        by_writer, home = _WRITERS.fullmatch(home.name), home.parent
        if by_writer and home.name == "runs":
            home = home.parent
    at = None if has_own_id else place_of(info)
    own = at == folder.absolute()
    counted = _COUNTED.fullmatch(home.parent.parent.name)
    inside = counted is not None and counted["name"] == home.parent.name and _WRITTEN.fullmatch(home.name) is not None
    home = home.parent.parent if inside else home
    return _Door(info, folder.absolute(), home, at, part if own else "", own, inside)


def _told(doors: Sequence[_Door], read: Read, has_own_id: Callable[[RunInfo], bool]) -> Trainings:
    """Logs that can't be compared stay runs of their own, with a warning."""
    try:
        with boundary(f"Which logs in {doors[0].home} are one run"):
            return _of_home(doors, read, has_own_id)
    except UnreadableRun as error:
        return Trainings([door.info for door in doors], [error.message])


def _of_home(doors: Sequence[_Door], read: Read, has_own_id: Callable[[RunInfo], bool]) -> Trainings:
    if len(doors) > MOST and not any(door.own for door in doors):
        return _by_name(doors, read, has_own_id)
    if len(doors) == 1:
        return Trainings([doors[0].info], [])
    kept = doors if len(doors) <= MOST else [door for door in doors if door.own]
    rest = [door.info for door in doors if door not in kept]
    cluster = _Cluster(read)
    for door in kept:
        cluster.add(door)
    runs = [_as_one(some, has_own_id) for some in cluster.trainings]
    return Trainings([*rest, *runs], cluster.warnings)


def _by_name(doors: Sequence[_Door], read: Read, has_own_id: Callable[[RunInfo], bool]) -> Trainings:
    """Of many logs in one folder, those of one name together."""
    named: dict[object, list[_Door]] = {}
    for door in doors:
        named.setdefault(door.at or id(door), []).append(door)
    found = [
        _of_home(some, read, has_own_id) if 1 < len(some) <= MOST else Trainings([door.info for door in some], [])
        for some in named.values()
    ]
    return Trainings([info for one in found for info in one.runs], [w for one in found for w in one.warnings])


class _Held(NamedTuple):
    door: _Door
    run: Run
    why: str = ""


class _Cluster:
    """The logs of one home, sorted into trainings as they come."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.trainings: list[list[_Held]] = []
        self.warnings: list[str] = []

    def add(self, door: _Door) -> None:
        log = Log(door.info.source, door.info.location)
        try:
            run = self.read(log)
        except RuncompareError:  # reading it for a comparison will tell
            run = assemble(Draft(door.info))
        for training in self.trainings:
            whys = [self._why(held, door, run) for held in training]
            if all(why is not None for why in whys) or any(why == _CURVES for why in whys):
                training.append(_Held(door, run, _CURVES if _CURVES in whys else whys[0] or ""))
                return
        self.trainings.append([_Held(door, run)])

    def _why(self, held: _Held, door: _Door, run: Run) -> str | None:
        """How two logs are known to be one training; None where they are not."""
        if held.door.info.source == door.info.source and held.door.info.location == door.info.location:
            return None  # two runs of one file
        if not _may_overlap(held.run, run):
            return None
        if held.door.part != door.part:
            return f"a part of the run in {door.home.name}" if door.own and held.door.own else None
        evidence = compare_curves(held.run, run, ROUNDED)
        if evidence.is_same and (evidence.is_strong or (door.own and held.door.own)):
            return _CURVES
        if not _one_place(held.door, door):
            return None
        if evidence.apart:
            names = f"{Path(held.door.info.location).name} and {Path(door.info.location).name} in {door.folder}"
            self.warnings.append(f"{names} disagree on {', '.join(evidence.apart[:3])}: listed as two runs.")
            return None
        return "in the same folder" if door.folder == held.door.folder else "in the run's folder"


_CURVES = "the same curves"


def _may_overlap(one: Run, other: Run) -> bool:
    """Whether the times of two logs overlap, as far as they are known."""
    spans = [_span(run) for run in (one, other)]
    return any(s is None for s in spans) or (spans[0].start <= spans[1].end and spans[1].start <= spans[0].end)  # type: ignore[union-attr]


def _one_place(one: _Door, other: _Door) -> bool:
    """Whether two logs stand where only logs of one run do: under one name, or in the run's folder."""
    if one.own and other.own:
        return one.folder == other.folder or one.inside != other.inside
    return one.at is not None and one.at == other.at


class _Span(NamedTuple):
    start: float
    end: float


def _span(run: Run) -> _Span | None:
    if not run.attempts:
        return None
    ends = [a.ended_at if a.ended_at is not None else a.started_at for a in run.attempts]
    return _Span(min(a.started_at for a in run.attempts), max(ends))


def _as_one(training: Sequence[_Held], has_own_id: Callable[[RunInfo], bool]) -> RunInfo:
    if len(training) == 1:
        return training[0].door.info
    in_parts = len({held.door.part for held in training}) > 1
    ordered = sorted(training, key=lambda held: (richness(held.run), bool(held.run.attempts)), reverse=True)
    logs = tuple(
        Log(held.door.info.source, held.door.info.location, held.door.part if in_parts else "", held.why)
        for held in ordered
    )
    tracked = next((held.door.info for held in ordered if has_own_id(held.door.info)), None)
    info = tracked or _called(ordered, in_parts=in_parts)
    run = joined([Piece(log, held.run) for log, held in zip(logs, ordered, strict=True)])
    return replace(info, state=run.info.state, started_at=run.info.started_at, seed=run.info.seed, logs=logs)


def _called(ordered: Sequence[_Held], *, in_parts: bool) -> RunInfo:
    """The main log's description, under the name of the run's folder if the logs are parts of it."""
    info = ordered[0].door.info
    if not in_parts:
        own = [held.door for held in ordered if held.door.own]
        return min(own, key=lambda door: door.inside).info if own else info
    home = ordered[0].door.home
    return replace(info, name=name_of(home), location=str(home))
