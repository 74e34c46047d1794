"""What does a user need to read of a reference that names nothing? Where it was looked for, and what is near."""

import os
import re
from collections.abc import Mapping, Set
from difflib import get_close_matches
from itertools import islice
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
MOST_NAMES = 10_000  # of a folder that are looked at for a near one
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
        or _near_path(selection)
        or (_SIGNS if "@" in selection else f"List them: {places.listed_by}")
    )


def _near_path(selection: str) -> str:
    """The path that is there and nearest to one that is not: its first wrong part is mended."""
    parts = Path(selection).parts
    for n in range(1, len(parts) + 1):
        if not os.path.exists(Path(*parts[:n])):  # noqa: PTH110 (False for what no name of a file can be)
            try:
                names = sorted(path.name for path in islice(Path(*parts[: n - 1]).iterdir(), MOST_NAMES))
            except OSError:
                return ""
            near = get_close_matches(parts[n - 1], names, 1)
            return f"Did you mean '{Path(*parts[: n - 1], near[0], *parts[n:])}'?" if near and n > 1 else ""
    return ""


def _mistyped(selection: str, known: Set[str]) -> str:
    """For a known word with a mistyped `KIND:` in front or `@...` behind."""
    kind, _, rest = selection.partition(":")
    if rest in known and (near := get_close_matches(kind, KINDS, 1)):
        return f"Did you mean '{near[0]}:{rest}'?"
    before, _, sign = selection.rpartition("@")
    if before not in known:
        return ""
    begun = f"@{re.split('[:=]', sign)[0]}"
    whole = next((form for form in _FORMS if re.split("[:=]", form)[0] == begun), "")  # what follows it is missing
    return f"Write {before}{whole}." if whole else did_you_mean(begun, _FORMS) or _SIGNS
