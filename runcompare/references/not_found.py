"""What does a user need to read of a reference that names nothing? Where it was looked for, and what is near."""

import os
import re
from collections.abc import Mapping, Set
from difflib import get_close_matches
from pathlib import Path

from runcompare.errors import RunNotFound, did_you_mean
from runcompare.references.grammar import KINDS
from runcompare.references.local import config_hint
from runcompare.references.places import Places, existing

__all__ = ["LOOKED_FOR", "not_found"]

LOOKED_FOR = (
    "Runs are .wandb logs, record.jsonl files, other trackers' stores, tables called metrics.* or history.*, and YAML "
    "records that start with 'runcompare: 1'."
)
_FORMS = ("@best:METRIC", "@latest", "@stage=NAME", "@step=N")
_SIGNS = f"After an @ comes one of {', '.join(_FORMS)}."


def not_found(word: str, selection: str, places: Places, aliases: Mapping[str, str]) -> RunNotFound:
    """The error for `word`, of which `selection` is what was looked for; its hint is what is near."""
    what = f"'{selection}'" if selection else f"'{word}': there are no runs at all"
    return RunNotFound(
        f"No run matches {what}{_nor(selection)}. {places.looked}.", hint=_hint(word, selection, places, aliases)
    )


def _nor(selection: str) -> str:
    if existing(selection):
        return ", and the folder of that name holds none"
    kind, colon, _ = selection.partition(":")
    written = not (colon and kind in KINDS) and (os.sep in selection or Path(selection).suffix)
    return ", and there is no such file or folder" if written else ""


def _hint(word: str, selection: str, places: Places, aliases: Mapping[str, str]) -> str:
    runs = (*places.local.runs, *places.kept)
    if not runs:
        return "Say where your runs are with --runs FOLDER."
    kind, colon, rest = selection.partition(":")
    if colon and kind == "config":
        return config_hint(rest, runs)
    known = {w for run in runs for w in (run.id, run.name, run.group or "", *run.aliases)} | set(aliases)
    meant = {tag for run in runs for tag in run.tags} if colon and kind == "tag" else known
    bare = rest if colon and kind in KINDS else selection
    return (
        _mistyped(selection, known)
        or did_you_mean(bare, sorted(meant - {""}))
        or did_you_mean(word, sorted(known - {""}))
        or (_SIGNS if "@" in selection else f"List them: {places.listed_by}")
    )


def _mistyped(selection: str, known: Set[str]) -> str:
    """For a known word with a mistyped `KIND:` in front or `@...` behind."""
    kind, _, rest = selection.partition(":")
    if rest in known and (near := get_close_matches(kind, KINDS, 1)):
        return f"Did you mean '{near[0]}:{rest}'?"
    before, _, sign = selection.rpartition("@")
    return did_you_mean(f"@{re.split('[:=]', sign)[0]}", _FORMS) or _SIGNS if before in known else ""
