"""One training in two folder trees: a tracker's run and the files of a trainer that began in the same moment.

YOLOv5 writes `runs/train/exp3` and, by W&B, `wandb/run-...`: nothing in their places says that they are one. That both
began within seconds of each other, in two kinds of logs, and drew the same curves does. Only what began together is
read for this.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from runcompare.errors import RuncompareError
from runcompare.records.run import Log, Run, RunInfo
from runcompare.sources.kit.curves import ROUNDED, compare_curves
from runcompare.sources.kit.joining import Piece, joined, richness

__all__ = ["join_simultaneous"]

TOGETHER = 5.0  # seconds between two loggers' starts in one program
WHY = "the same curves, begun in the same moment"
Read = Callable[[RunInfo], Run]


def join_simultaneous(
    infos: Sequence[RunInfo], read: Read, read_log: Callable[[Log], Run], has_own_id: Callable[[RunInfo], bool]
) -> list[RunInfo]:
    """The listing with two logs of one training, written by two loggers into two places, made one.

    Args:
        infos: Runs, each with its logs.
        read: Reads one.
        read_log: Reads one of its logs.
        has_own_id: Whether a run's id is its tracker's, which the joined run then has.
    """
    known = sorted((info for info in infos if info.started_at is not None), key=lambda i: i.started_at or 0.0)
    runs: dict[int, Run | None] = {}
    taken: set[int] = set()
    found: list[RunInfo] = [info for info in infos if info.started_at is None]
    for at, info in enumerate(known):
        if id(info) in taken:
            continue
        for other in known[at + 1 :]:
            if (other.started_at or 0.0) - (info.started_at or 0.0) > TOGETHER:
                break
            if id(other) in taken or not _may_be_one(info, other):
                continue
            if _same(*(_once(one, read, runs) for one in (info, other))):
                taken.add(id(other))
                info = _as_one(info, other, read_log, has_own_id)
                break
        found.append(info)
    return found


def _may_be_one(one: RunInfo, other: RunInfo) -> bool:
    """Two kinds of logs, or a copy: the same kind in two files, begun at the very same time."""
    if not _sources(one) & _sources(other):
        return True
    return one.started_at == other.started_at and not _files(one) & _files(other)


def _files(info: RunInfo) -> set[str]:
    """The files, without which of a file's runs it is."""
    return {log.location.partition("#")[0] for log in _logs(info)}


def _sources(info: RunInfo) -> set[str]:
    return {log.source for log in _logs(info)}


def _logs(info: RunInfo) -> tuple[Log, ...]:
    return info.logs or (Log(info.source, info.location),)


def _once(info: RunInfo, read: Read, runs: dict[int, Run | None]) -> Run | None:
    """The run, read once; None where it can't be read."""
    if id(info) not in runs:
        try:
            runs[id(info)] = read(info)
        except RuncompareError:
            runs[id(info)] = None
    return runs[id(info)]


def _same(one: Run | None, other: Run | None) -> bool:
    if one is None or other is None:
        return False
    evidence = compare_curves(one, other, ROUNDED)
    return evidence.is_same and evidence.is_strong


def _as_one(
    one: RunInfo, other: RunInfo, read_log: Callable[[Log], Run], has_own_id: Callable[[RunInfo], bool]
) -> RunInfo:
    """The tracker's run where one of them is that, with the logs of both, the richest first."""
    logs = [log if log.why else replace(log, why=WHY) for log in (*_logs(one), *_logs(other))]
    pieces = sorted((Piece(log, read_log(log)) for log in logs), key=lambda piece: richness(piece.run), reverse=True)
    run = joined(pieces)
    info = other if has_own_id(other) and not has_own_id(one) else one
    known = next((r for r in (one, other) if r.state != "unknown"), one)
    return replace(info, state=known.state, seed=run.info.seed, logs=tuple(piece.log for piece in pieces))
