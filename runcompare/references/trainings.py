"""Which of the runs that were read are one training? Ranks of one job, and logs with the very same curves.

A listing joins the logs of one folder (`sources/trainings.py`). What lies further apart shows only in what it holds:
a CSV in `csv/s0` and an event file in `tb/s0`, a copy on another machine, eight processes of one job that each logged
a run of their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from runcompare.records.config import flatten
from runcompare.records.run import Log, Run
from runcompare.references.alike import Alike
from runcompare.sources.kit.curves import FLOAT32, are_apart, compare_curves
from runcompare.sources.kit.joining import Piece, as_one_process, joined, richness

__all__ = ["Each", "one_each"]

_RANK = re.compile(r"(^|[._\-/ ])((global|local)?_?rank)[._\-= ]?(?P<rank>\d+)", re.IGNORECASE)
_RANK_KEY = re.compile(r"(^|[._/])((global|local|node|process)_?rank|rank)$", re.IGNORECASE)


class Each(NamedTuple):
    """Each training once, in the order given; `notes` say what was made one."""

    runs: tuple[Run, ...]
    notes: tuple[str, ...]


def one_each(runs: Sequence[Run]) -> Each:
    """The runs with the ranks of one job made one, and those that logged the same curves."""
    jobs = _ranks(runs)
    same = _same_curves(jobs.runs)
    return Each(same.runs, (*jobs.notes, *same.notes))


class _Rank(NamedTuple):
    job: str
    number: int


def _rank(run: Run) -> _Rank | None:
    """The job that a run is a process of, and its number; None where nothing says that it is one of several."""
    for text in (run.info.name, run.id, run.info.location):
        if match := _RANK.search(text):
            job = f"{text[: match.start('rank')]}*{text[match.end('rank') :]}"
            return _Rank(f"{run.info.group} {job}", int(match["rank"]))
    stated = {k: v for k, v in flatten(run.config) if _RANK_KEY.search(k) and isinstance(v, int)}
    if not stated or run.info.group is None:
        return None
    return _Rank(f"{run.info.group} {sorted(_shared(run.config, stated))}", max(stated.values()))


def _shared(config: Mapping[str, object], but: Mapping[str, int]) -> list[str]:
    return [f"{key}={value}" for key, value in flatten(config) if key not in but]


def _ranks(runs: Sequence[Run]) -> Each:
    jobs: dict[str, list[Run]] = {}
    for number, run in enumerate(runs):
        rank = _rank(run)
        key = f"{rank.job} seed {run.seed}" if rank else f"#{number}"
        jobs.setdefault(key, []).append(run)
    found, notes = [], []
    for processes in jobs.values():
        by_rank = {rank.number: run for run in processes if (rank := _rank(run))}
        if len(processes) > 1 and len(by_rank) == len(processes):
            ordered = [by_rank[number] for number in sorted(by_rank)]
            found.append(as_one_process([_piece(run, "a rank of one job") for run in ordered]))
            notes.append(f"{_names(ordered)} are the processes of one training: counted once.")
        else:
            found += processes
    return Each(tuple(found), tuple(notes))


def _same_curves(runs: Sequence[Run]) -> Each:
    kept: list[list[Run]] = []
    alike = Alike()
    for run in runs:
        for number in alike.of(run):
            if _is_same(kept[number][0], run):
                kept[number].append(run)
                break
        else:
            alike.add(run)
            kept.append([run])
    found, notes = [], []
    for training in kept:
        if len(training) == 1:
            found.append(training[0])
            continue
        ordered = sorted(training, key=richness, reverse=True)
        found.append(_called(training[0], joined([_piece(run, "the same curves") for run in ordered])))
        seeds = sorted({str(run.seed) for run in training if run.seed is not None})
        odd = f", though they state the seeds {' and '.join(seeds)}" if len(seeds) > 1 else ""
        notes.append(f"{_names(training)} logged the same curves{odd}: one training, counted once.")
    return Each(tuple(found), tuple(notes))


def _is_same(one: Run, other: Run) -> bool:
    """Whether every measured curve that both logged is the same, one of them with several distinct values."""
    if are_apart(one, other, FLOAT32):
        return False
    evidence = compare_curves(one, other, FLOAT32)
    return evidence.is_same and evidence.is_strong and evidence.on_steps


def _called(first: Run, run: Run) -> Run:
    """The joined run under the name of the first."""
    info = replace(run.info, id=first.info.id, name=first.info.name, location=first.info.location)
    return replace(run, info=info)


def _piece(run: Run, why: str) -> Piece:
    return Piece(Log(run.info.source, run.info.location or run.id, why=why), run)


def _names(runs: Sequence[Run]) -> str:
    names = [run.id for run in runs]
    return f"{', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}"
