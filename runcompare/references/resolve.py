"""Which runs does a reference mean? From what a user types to one group.

How references are written: `grammar.py`. A selection is, in this order: an alias of the settings; a path; what a
run or group below the roots is called; `id:`, `group:`, `tag:`, `name:GLOB`, `config:KEY=VALUE`, several with AND; a
bare file or folder; a pattern of ids, names or paths; the unique beginning of an id (4 characters or more); several
of these with commas; the same among the runs of the store; what a server's source claims. Several runs are an answer
unless they are known not to be replicates (`replicates.py`); logs of one training count once (`trainings.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runcompare.errors import AmbiguousReference, RunNotFound, UsageError
from runcompare.records.boundary import boundary
from runcompare.records.config import flatten
from runcompare.records.redact import redact
from runcompare.records.run import Group, Run, RunInfo
from runcompare.references.grammar import Reading, readings
from runcompare.references.local import find_begun, find_local
from runcompare.references.narrowing import Found, listed, narrow, read_all
from runcompare.references.not_found import LOOKED_FOR, not_found
from runcompare.references.places import Places, existing, is_path
from runcompare.references.remote import find_remote, is_claimed
from runcompare.references.replicates import differences, grouping
from runcompare.references.trainings import one_each
from runcompare.sources.registry import training_key

__all__ = ["resolve", "search"]


def resolve(
    reference: str,
    *,
    roots: Sequence[Path] = (),
    aliases: Mapping[str, str] | None = None,
    store: Path | str | None = None,
    places: Places | None = None,
    replicate_keys: Sequence[str] = (),
    task_key: str | None = None,
) -> Group:
    """The trainings that `reference` names, looked for below `roots` unless it is a path, then in the store.

    Args:
        reference: As a user types it.
        roots: The folders to look in.
        aliases: Words that stand for references.
        store: The store to look in for what no folder has; None for none.
        places: Roots and store as an object, in place of these, so that several references list the folders once.
        replicate_keys: Settings besides the seed in which replicates may differ.
        task_key: A setting that names the task: only runs of one task must be replicates of one another.

    Raises:
        RunNotFound: If nothing is named so.
        AmbiguousReference: If several runs are that are not replicates of one another.
        UnreadableRun: If what is named is damaged.
        UsageError: For an empty reference, or one that asks for a stage or number that is none.
        TrackerError, AuthError, MissingExtra: From the source of a server.
    """
    word = reference.strip()
    if not word:
        raise UsageError("An empty reference names no run.", hint="Name a run, a group or a path.")
    found = search(word, places or Places(roots, store), dict(aliases or {}))
    read = read_all(found)
    with boundary(f"What '{word}' names ({listed(read.runs)})"):
        each = one_each(read.runs)
        for runs in _by_task(each.runs, task_key):
            _check_replicates(word, runs, replicate_keys)
        known = grouping(each.runs, replicate_keys)
    notes = (*found.notes, *read.notes, *each.notes, *known.notes)
    label, asked, unread = redact(found.label), redact(reference), tuple(map(redact, read.unread))
    return Group(label, asked, each.runs, notes, known.kind, found.searched, unread)


def search(word: str, places: Places, aliases: Mapping[str, str]) -> Found:
    """The runs that a reference names, replicates or not, not read yet. Raises as `resolve`."""
    options = readings(word)
    for reading in options:
        if (found := _here(reading.selection, places, aliases)) is not None:
            return _as_read(reading, found)
    kept = next(((r, found) for r in options if (found := _kept(r.selection, places)) is not None), None)
    last = options[-1]  # with its label and all that follows an @ taken off: no server has such names
    if is_claimed(last.selection) and (kept is None or not _ended(kept[1])):
        return _as_read(last, find_remote(last.selection, kept[1] if kept else None, places.looked))
    if kept is not None:
        return _as_read(*kept)
    damaged = places.at(path).errors if (path := existing(last.selection)) else []
    raise damaged[0] if damaged else not_found(word, last.selection, places, aliases)


def _as_read(reading: Reading, found: Found) -> Found:
    narrowed = narrow(found, reading.narrowings)
    return narrowed if reading.label is None else replace(narrowed, label=reading.label)


def _here(word: str, places: Places, aliases: Mapping[str, str]) -> Found | None:
    if word in aliases:
        meant = aliases[word]
        others = {name: ref for name, ref in aliases.items() if name != word}  # it may name a run or group of its name
        aliased = search(meant.strip(), places, others)
        note = (f"'{word}' is an alias of '{meant}'.",) if meant != word else ()
        return replace(aliased, label=word, notes=(*note, *aliased.notes))
    path = existing(word)
    if path and is_path(word):
        return _at_path(path, places)
    if (found := find_local(word, places.local.runs, places.read_local)) is not None:
        return found
    if path and places.at(path).listing.runs:
        return _at_path(path, places)
    return (
        _matching_paths(word, places)
        or find_begun(word, places.local.runs, places.read_local)
        or _listed(word, places, aliases)
    )


def _matching_paths(word: str, places: Places) -> Found | None:
    """The runs of the files and folders that a pattern such as `ppo/seed*` matches."""
    if not any(sign in word for sign in "*?["):
        return None
    try:
        pattern = Path(word).expanduser()
        top = Path(pattern.anchor or ".")
        paths = sorted(top.glob(str(pattern.relative_to(top)) if pattern.anchor else word))
    except (RuntimeError, ValueError, OSError, NotImplementedError):
        return None
    return _union(word, [_at_path(path, places) for path in paths if places.at(path).listing.runs])


def _listed(word: str, places: Places, aliases: Mapping[str, str]) -> Found | None:
    """`a,b,c`: the runs of several selections, here or in the store. None unless each names some."""
    parts = [part.strip() for part in word.split(",")]
    if len(parts) < 2 or not all(parts):
        return None
    found = [_here(part, places, aliases) or _kept(part, places) for part in parts]
    return None if any(f is None for f in found) else _union(word, [f for f in found if f is not None])


def _union(word: str, parts: Sequence[Found]) -> Found | None:
    """Several selections as one, each run once."""
    if not parts:
        return None
    reads = {training_key(info): part.read for part in reversed(parts) for info in part.infos}
    infos = {training_key(info): info for part in parts for info in part.infos}
    notes = tuple(note for part in parts for note in part.notes)
    label = _common_group(tuple(infos.values())) or word
    searched = tuple(one for part in parts for one in part.searched)
    return Found(label, tuple(infos.values()), notes, lambda info: reads[training_key(info)](info), searched=searched)


def _kept(word: str, places: Places) -> Found | None:
    found = find_local(word, places.kept, places.read_kept) or find_begun(word, places.kept, places.read_kept)
    if found is None:
        return None
    note = f"{listed(found.infos)}: from the store {places.store}, for no folder that was searched has it."
    return replace(found, notes=(*found.notes, note, *places.troubles))


def _ended(found: Found) -> bool:
    return all(info.state in ("finished", "failed") for info in found.infos)


def _at_path(path: Path, places: Places) -> Found:
    listing, errors = places.at(path)
    if not listing.runs:
        raise errors[0] if errors else RunNotFound(f"{path} holds no run.", hint=LOOKED_FOR)
    label = listing.runs[0].name if len(listing.runs) == 1 else _common_group(listing.runs) or path.resolve().name
    return Found(label, listing.runs, listing.warnings)


def _common_group(runs: Sequence[RunInfo]) -> str | None:
    groups = {run.group for run in runs}
    return groups.pop() if len(groups) == 1 else None


def _by_task(runs: Sequence[Run], task_key: str | None) -> list[list[Run]]:
    """The runs of each task; all of them where no setting names one."""
    parts: dict[str, list[Run]] = {}
    for run in runs:
        task = None if task_key is None else dict(flatten(run.config)).get(task_key)
        parts.setdefault(str(task), []).append(run)
    return list(parts.values())


def _check_replicates(word: str, runs: Sequence[Run], replicate_keys: Sequence[str]) -> None:
    if len({run.id for run in runs}) < len(runs):
        places = ", ".join(run.info.location for run in runs)
        raise AmbiguousReference(
            f"'{word}' is there more than once, with different content: {places}.",
            hint="Name the one meant by its path.",
        )
    apart = differences(runs, replicate_keys)
    if apart:
        shown = "; ".join(f"{key}: {_values(values)}" for key, values in list(apart.items())[:6])
        more = f" and {len(apart) - 6} more keys" if len(apart) > 6 else ""
        raise AmbiguousReference(
            f"'{word}' matches {len(runs)} runs that are not replicates of one another: {listed(runs)}. "
            f"They differ in {shown}{more}.",
            hint="Name one of them with id:ID, or a group whose runs differ by seed only, or allow a setting to differ "
            "(--replicate-key). Several tasks, such as environments, are compared with --task-key.",
        )


def _values(values: Sequence[object]) -> str:
    distinct = list(dict.fromkeys("(none)" if v is None else str(v) for v in values))
    return " / ".join(v if len(v) <= 40 else f"{v[:37]}..." for v in distinct[:4]) + (" / ..." if distinct[4:] else "")
