"""From what a user types to the runs that are meant.

A reference is, in this order: `label=REFERENCE`; an alias of the settings; `id:`, `group:`, `tag:`, `name:GLOB`; a
path; then a word: a group's name, a run's id, one of its own aliases, its name, or the unique beginning of an id (4
characters or more). Several runs are an answer only if they are replicates: the same configuration but for the
seed and bookkeeping.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from runcompare.errors import AmbiguousReference, RunNotFound, UnreadableRun, UsageError, did_you_mean
from runcompare.records.run import Group, Run, RunInfo
from runcompare.sources.base import Listing
from runcompare.sources.listing import list_runs, walk
from runcompare.sources.registry import read_run
from runcompare.sources.replicates import differences

__all__ = ["resolve"]

SHORTEST_PREFIX = 4
_LABEL = re.compile(r"(?P<label>[^=/:]+)=(?P<rest>.+)", re.DOTALL)
_MATCHES: dict[str, Callable[[RunInfo, str], bool]] = {
    "id": lambda run, word: run.id == word,
    "group": lambda run, word: run.group == word,
    "tag": lambda run, word: word in run.tags,
    "name": lambda run, word: fnmatchcase(run.name, word),
}


@dataclass(frozen=True, slots=True)
class _Found:
    label: str
    infos: tuple[RunInfo, ...]
    notes: tuple[str, ...] = ()


def resolve(reference: str, *, roots: Sequence[Path], aliases: Mapping[str, str] | None = None) -> Group:
    """The runs that `reference` names, looked for below `roots` unless it is a path.

    `aliases` maps words to references. Raises RunNotFound, AmbiguousReference or UnreadableRun; UsageError for a
    reference that says nothing.
    """
    word = reference.strip()
    if not word:
        raise UsageError("An empty reference names no run.", hint="Name a run, a group or a path.")
    found = _labelled(word, roots, dict(aliases or {}))
    runs, unread = _read_all(found.infos)
    _check_replicates(word, runs)
    return Group(found.label, reference, runs, (*found.notes, *unread))


def _labelled(word: str, roots: Sequence[Path], aliases: dict[str, str]) -> _Found:
    match = _LABEL.fullmatch(word)
    if match is None or _existing(word):
        return _find(word, roots, aliases)
    try:
        return replace(_find(match["rest"].strip(), roots, dict(aliases)), label=match["label"].strip())
    except RunNotFound as error:
        try:
            return _find(word, roots, aliases)  # a name such as lr=0.1
        except RunNotFound:
            raise error from None


def _find(word: str, roots: Sequence[Path], aliases: dict[str, str]) -> _Found:
    if word in aliases:
        meant = aliases.pop(word)  # an alias may stand for a run or group of its own name
        found = _find(meant, roots, aliases)
        note = f"'{word}' is an alias of '{meant}'." if meant != word else ""
        return replace(found, label=word, notes=(*((note,) if note else ()), *found.notes))
    if _is_path(word) and (path := _existing(word)):
        return _at_path(path)
    listing = list_runs(roots)
    kind, colon, rest = word.partition(":")
    if colon and kind in _MATCHES:
        found = _Found(rest, tuple(run for run in listing.runs if _MATCHES[kind](run, rest)))
    else:
        found = _by_word(word, listing.runs)
    if found.infos:
        return found
    if path := _existing(word):
        return _at_path(path)
    raise _not_found(word, listing, aliases)


def _is_path(word: str) -> bool:
    """Is it written as a path? A bare word is looked for among the runs first."""
    written = os.sep in word or word in (".", "..") or word.startswith("~")
    return written or Path(word).suffix in (".wandb", ".jsonl", ".yaml", ".yml")


def _existing(word: str) -> Path | None:
    try:
        path = Path(word).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL character, no such user
        return None


def _at_path(path: Path) -> _Found:
    listing, errors = walk([path])
    if not listing.runs:
        raise errors[0] if errors else RunNotFound(f"{path} holds no run.", hint=_LOOKED_FOR)
    label = listing.runs[0].name if len(listing.runs) == 1 else _common_group(listing.runs) or path.resolve().name
    return _Found(label, listing.runs, listing.warnings)


_LOOKED_FOR = "Runs are .wandb logs, record.jsonl files and YAML records that start with 'runcompare: 1'."


def _common_group(runs: Sequence[RunInfo]) -> str | None:
    groups = {run.group for run in runs}
    return groups.pop() if len(groups) == 1 else None


def _by_word(word: str, runs: Sequence[RunInfo]) -> _Found:
    group = tuple(run for run in runs if run.group == word)
    one = tuple(run for run in runs if run.id == word)
    if group:
        return _Found(word, group, _both(word, group, one))
    for matching in (
        one,
        tuple(run for run in runs if word in run.aliases),
        tuple(run for run in runs if run.name == word),
    ):
        if matching:
            return _Found(matching[0].name if len(matching) == 1 else word, matching)
    begun = tuple(run for run in runs if len(word) >= SHORTEST_PREFIX and run.id.startswith(word))
    if len({run.id for run in begun}) > 1:
        raise AmbiguousReference(
            f"'{word}' begins the ids of {len(begun)} runs: {_listed(begun)}.", hint="Type more of it."
        )
    return _Found(begun[0].name if begun else word, begun)


def _both(word: str, group: tuple[RunInfo, ...], one: tuple[RunInfo, ...]) -> tuple[str, ...]:
    if not one or one == group:
        return ()
    return (
        f"'{word}' is a group of {len(group)} runs and also the id of one run; the group is meant. "
        f"For the one run, write id:{word}.",
    )


def _listed(runs: Sequence[RunInfo | Run], most: int = 8) -> str:
    shown = [f"{run.id} ({run.name})" if run.name != run.id else run.id for run in runs[:most]]
    return ", ".join(shown) + (f" and {len(runs) - most} more" if len(runs) > most else "")


def _read_all(infos: Sequence[RunInfo]) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """The runs; one that can't be read is left out of several and said, but is an error alone."""
    runs, unread = [], []
    for info in infos:
        try:
            runs.append(read_run(info))
        except UnreadableRun as error:
            unread.append(error)
    if not runs:
        raise unread[0]
    return tuple(runs), tuple(f"Left out: {error.message}" for error in unread)


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
            f"'{word}' matches {len(runs)} runs that are not replicates of one another: {_listed(runs)}. "
            f"They differ in {shown}{more}.",
            hint="Name one of them with id:ID, or a group whose runs differ by seed only.",
        )


def _values(values: Sequence[object]) -> str:
    distinct = list(dict.fromkeys("(none)" if v is None else str(v) for v in values))
    return " / ".join(v if len(v) <= 40 else f"{v[:37]}..." for v in distinct[:4]) + (" / ..." if distinct[4:] else "")


def _not_found(word: str, listing: Listing, aliases: Mapping[str, str]) -> RunNotFound:
    runs = listing.runs
    places = ", ".join(str(path) for path in listing.looked_in) or "no folder"
    known = {w for run in runs for w in (run.id, run.name, run.group or "", *run.aliases)} | set(aliases)
    bare = word.partition(":")[2] if word.partition(":")[0] in _MATCHES else word
    near = did_you_mean(bare, sorted(known - {""}))
    nor = ", and there is no such file or folder" if os.sep in word or Path(word).suffix else ""
    there = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    return RunNotFound(
        f"No run matches '{word}'{nor}. Looked in {places}: {there}.",
        hint=near or ("List them: runcompare runs" if runs else "Say where your runs are with --runs FOLDER."),
    )
