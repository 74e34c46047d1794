"""Which runs does a reference mean? From what a user types to one group.

How references are written: `grammar.py`. A selection is, in this order: an alias of the settings; a path; what a
run or group below the roots is called; `id:`, `group:`, `tag:`, `name:GLOB`, `config:KEY=VALUE`; the unique beginning
of an id (4 characters or more); a bare folder; the same among the runs of the store; what a server's source claims.
Several runs are an answer only if they are replicates: the same configuration but for the seed and bookkeeping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runcompare.errors import AmbiguousReference, RunNotFound, UsageError
from runcompare.records.run import Group, Run, RunInfo
from runcompare.references.grammar import Reading, readings
from runcompare.references.local import find_local
from runcompare.references.narrowing import Found, listed, narrow, read_all
from runcompare.references.not_found import LOOKED_FOR, not_found
from runcompare.references.places import Places, existing, is_path
from runcompare.references.remote import find_remote, is_claimed
from runcompare.references.replicates import differences
from runcompare.sources.listing import walk

__all__ = ["resolve"]


def resolve(
    reference: str,
    *,
    roots: Sequence[Path],
    aliases: Mapping[str, str] | None = None,
    store: Path | str | None = None,
) -> Group:
    """The runs that `reference` names, looked for below `roots` unless it is a path, then in the store.

    Args:
        reference: As a user types it.
        roots: The folders to look in.
        aliases: Words that stand for references.
        store: The store to look in for what no folder has; None for none.

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
    found = _search(word, Places(roots, store), dict(aliases or {}))
    read = read_all(found)
    _check_replicates(word, read.runs)
    return Group(found.label, reference, read.runs, (*found.notes, *read.notes))


def _search(word: str, places: Places, aliases: Mapping[str, str]) -> Found:
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
    damaged = walk([path])[1] if (path := existing(last.selection)) else []
    raise damaged[0] if damaged else not_found(word, last.selection, places, aliases)


def _as_read(reading: Reading, found: Found) -> Found:
    narrowed = narrow(found, reading.narrowings)
    return narrowed if reading.label is None else replace(narrowed, label=reading.label)


def _here(word: str, places: Places, aliases: Mapping[str, str]) -> Found | None:
    if word in aliases:
        meant = aliases[word]
        others = {name: ref for name, ref in aliases.items() if name != word}  # it may name a run or group of its name
        aliased = _search(meant.strip(), places, others)
        note = (f"'{word}' is an alias of '{meant}'.",) if meant != word else ()
        return replace(aliased, label=word, notes=(*note, *aliased.notes))
    if is_path(word) and (path := existing(word)):
        return _at_path(path)
    if (found := find_local(word, places.local.runs, places.read_local)) is not None:
        return found
    return _at_path(path) if (path := existing(word)) and walk([path])[0].runs else None


def _kept(word: str, places: Places) -> Found | None:
    found = find_local(word, places.kept, places.read_kept)
    if found is None:
        return None
    note = f"{listed(found.infos)}: from the store {places.store}, for no folder that was searched has it."
    return replace(found, notes=(*found.notes, note))


def _ended(found: Found) -> bool:
    return all(info.state in ("finished", "failed") for info in found.infos)


def _at_path(path: Path) -> Found:
    listing, errors = walk([path])
    if not listing.runs:
        raise errors[0] if errors else RunNotFound(f"{path} holds no run.", hint=LOOKED_FOR)
    label = listing.runs[0].name if len(listing.runs) == 1 else _common_group(listing.runs) or path.resolve().name
    return Found(label, listing.runs, listing.warnings)


def _common_group(runs: Sequence[RunInfo]) -> str | None:
    groups = {run.group for run in runs}
    return groups.pop() if len(groups) == 1 else None


def _check_replicates(word: str, runs: Sequence[Run]) -> None:
    if len({run.id for run in runs}) < len(runs):
        places = ", ".join(run.info.location for run in runs)
        raise AmbiguousReference(
            f"'{word}' is there more than once, with different content: {places}.",
            hint="Name the one meant by its path.",
        )
    apart = differences(runs)
    if apart:
        shown = "; ".join(f"{key}: {_values(values)}" for key, values in list(apart.items())[:6])
        more = f" and {len(apart) - 6} more keys" if len(apart) > 6 else ""
        raise AmbiguousReference(
            f"'{word}' matches {len(runs)} runs that are not replicates of one another: {listed(runs)}. "
            f"They differ in {shown}{more}.",
            hint="Name one of them with id:ID, or a group whose runs differ by seed only.",
        )


def _values(values: Sequence[object]) -> str:
    distinct = list(dict.fromkeys("(none)" if v is None else str(v) for v in values))
    return " / ".join(v if len(v) <= 40 else f"{v[:37]}..." for v in distinct[:4]) + (" / ..." if distinct[4:] else "")
