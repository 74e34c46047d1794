"""How do runs get into the store? From anywhere, and those that have not changed not again."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from runcompare.errors import AuthError, RuncompareError, RunNotFound, UsageError
from runcompare.pull.fingerprints import fingerprint, located
from runcompare.pull.workers import Done, Task, in_processes, in_turn, on_ray
from runcompare.records.run import RunInfo
from runcompare.references.local import find_begun, find_local
from runcompare.references.places import Places, existing, is_path
from runcompare.references.remote import find_remote, is_claimed
from runcompare.sources.base import Listing
from runcompare.sources.kit.files import searched
from runcompare.sources.listing import walk
from runcompare.sources.registry import read_run, remote_sources
from runcompare.store.place import Version, is_url
from runcompare.store.store import Store

__all__ = ["Pulled", "Selection", "changed", "pull", "select"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Runs to be pulled, each once, and what could not be listed; `refused` if a server refused our credentials."""

    runs: tuple[RunInfo, ...] = ()
    problems: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Pulled:
    """The ids of the runs that a pull kept and of those that were unchanged, the rows kept, and what went wrong.

    `warnings` are those of the runs kept; `refused`: a server refused our credentials; `unwritten`: so many runs were
    read and could not be kept.
    """

    kept: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    rows: int = 0
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: bool = False
    unwritten: int = 0


def select(references: Sequence[str], roots: Sequence[Path]) -> Selection:
    """The runs that the references name, all of a group, tag, folder or project.

    A reference that names nothing becomes one of the `problems` if others name some.

    Args:
        references: As users type them; without any, every run below `roots`.
        roots: The folders to look in.

    Raises:
        RuncompareError: That of the first reference, if none names a run.
    """
    found: dict[tuple[str, str], RunInfo] = {}
    problems: list[str] = []
    errors: list[RuncompareError] = []
    places = Places([_absolute(root) for root in roots])  # locations are kept for other working folders too
    for reference in references or ("",):
        try:
            listing = _named(reference.strip(), places)
            found |= {(info.id, info.location): info for info in listing.runs}
            problems += listing.warnings
        except RuncompareError as error:
            errors.append(error)
    if not found and errors:
        raise errors[0]
    refused = any(isinstance(error, AuthError) for error in errors)
    return Selection(tuple(found.values()), (*problems, *(error.message for error in errors)), refused)


def _named(reference: str, places: Places) -> Listing:
    if not reference:
        return _below(places.roots)
    path = existing(reference)
    if path and is_path(reference):
        return _below([path])
    if (found := find_local(reference, places.local.runs, read_run)) is not None:
        return Listing(found.infos)
    if path:
        return _below([path])
    if (found := find_begun(reference, places.local.runs, read_run)) is not None:
        return Listing(found.infos)
    if is_claimed(reference):
        return Listing(find_remote(reference, None, places.looked).infos)
    hint = f"List them: {places.listed_by}" if places.listed_by else "Say where yours are with --runs FOLDER."
    raise RunNotFound(f"No run matches '{reference}'. {places.looked}.", hint=hint)


def _below(roots: Sequence[Path]) -> Listing:
    listing, errors = walk([_absolute(root) for root in roots])
    if not listing.runs:
        places = ", ".join(str(root) for root in roots)
        raise errors[0] if errors else RunNotFound(f"There are no runs in {places}.", hint="Say where: --runs FOLDER.")
    return listing


def _absolute(path: Path) -> Path:
    """Without `..`, so that one run has one location; links stay as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def changed(selection: Selection, store: Path | str) -> Selection:
    """The selected runs that the store lacks, or whose source has changed since it kept them. Raises DataError."""
    lake = Store(store)
    plan = _plan(selection.runs, lake, str(lake.root))
    return replace(
        selection, runs=tuple(task.info for task in plan.tasks), problems=(*selection.problems, *plan.clashes)
    )


def pull(
    selection: Selection,
    store: Path | str,
    *,
    workers: int = 1,
    ray: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Pulled:
    """Read the selected runs and keep them in `store`; those whose source has not changed are passed over.

    Args:
        selection: What `select` found.
        store: A folder or URL.
        workers: How many processes of this machine read.
        ray: The address of a Ray cluster whose machines read instead.
        progress: Called with how many of the changed runs are done, and how many there are.

    Raises:
        DataError: For a store that can't be read or written.
        UsageError: For a store in memory with several workers, or where there is no cluster.
        MissingExtra: Without Ray or fsspec, where they are needed.
    """
    place = str(store if is_url(store) else Path(store).absolute())
    if place.startswith("memory:") and (workers > 1 or ray):
        raise UsageError(f"The store {place} is seen by one process only.", hint="Leave out --workers and --ray.")
    lake = Store(place)
    plan = _plan(selection.runs, lake, place)
    done: list[Done] = []
    progress(0, len(plan.tasks))
    for one in _work(plan.tasks, workers, ray):
        done.append(one)
        progress(len(done), len(plan.tasks))
    lake.mend()
    return Pulled(
        kept=tuple(d.run_id for d in done if not d.error),
        unchanged=tuple(plan.unchanged),
        rows=sum(d.rows for d in done),
        problems=(*selection.problems, *plan.clashes, *(f"{d.run_id}: {d.error}" for d in done if d.error)),
        warnings=tuple(f"{d.run_id}: {warning}" for d in done for warning in d.warnings),
        refused=any(d.refused for d in done),
        unwritten=sum(d.unwritten for d in done),
    )


def _work(tasks: Sequence[Task], workers: int, ray: str | None) -> Iterator[Done]:
    if ray and tasks:
        return on_ray(tasks, ray)
    return in_processes(tasks, min(workers, len(tasks))) if workers > 1 and len(tasks) > 1 else in_turn(tasks)


class _Plan(NamedTuple):
    """What to read, the ids of the runs that have not changed, and what shares its id with another run."""

    tasks: list[Task]
    unchanged: list[str]
    clashes: list[str]


def _plan(runs: Sequence[RunInfo], lake: Store, store: str) -> _Plan:
    plan = _Plan([], [], [])
    damaged = lake.damaged()
    kept = {o.info.id: o for o in lake.outlines() if Version(o.home, o.version) not in damaged}
    holders = {run_id: outline.info for run_id, outline in kept.items()}
    for info in runs:
        other = holders.get(info.id)
        if other is not None and _is_another(other, info):
            plan.clashes.append(f"{info.id}: {info.location} is left out: the id is also that of {other.location}.")
            continue
        holders[info.id] = info
        seen = fingerprint(info)
        before = kept.get(info.id)
        if seen is not None and before is not None and before.fingerprint == seen:
            plan.unchanged.append(info.id)
        else:
            plan.tasks.append(Task(info, store, seen, searched()))
    return plan


def _is_another(one: RunInfo, other: RunInfo) -> bool:
    """Two files of one id that are both still there are two runs, or two copies of which one may be older."""
    if one.location == other.location or {one.source, other.source} & set(remote_sources()):
        return False
    path, other_path = located(one.location).path, located(other.location).path
    return path.exists() and path.resolve() != other_path.resolve()
