"""What to say of a reference that names nothing."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from runcompare.errors import RunNotFound, did_you_mean
from runcompare.sources.references import KINDS, NARROWINGS
from runcompare.sources.resolving_places import Places, existing
from runcompare.sources.resolving_words import config_hint

__all__ = ["LOOKED_FOR", "not_found"]

LOOKED_FOR = "Runs are .wandb logs, record.jsonl files and YAML records that start with 'runcompare: 1'."
_SIGNS = {"best": ":METRIC", "latest": "", "stage": "=NAME", "step": "=N"}


def not_found(word: str, selection: str, places: Places, aliases: Mapping[str, str]) -> RunNotFound:
    """The error for `word`, of which `selection` is what was looked for; its hint is what is near."""
    nor = ", and there is no such file or folder" if os.sep in selection or Path(selection).suffix else ""
    nor = ", and the folder of that name holds none" if existing(selection) else nor
    what = f"'{selection}'" if selection else f"'{word}': there are no runs at all"
    return RunNotFound(f"No run matches {what}{nor}. {places.said}.", hint=_hint(word, selection, places, aliases))


def _hint(word: str, selection: str, places: Places, aliases: Mapping[str, str]) -> str:
    runs = (*places.local.runs, *places.kept)
    if not runs:
        return "Say where your runs are with --runs FOLDER."
    kind, colon, rest = selection.partition(":")
    if colon and kind == "config":
        return config_hint(rest, runs)
    known = {w for run in runs for w in (run.id, run.name, run.group or "", *run.aliases)} | set(aliases)
    tags = {tag for run in runs for tag in run.tags}
    bare = rest if colon and kind in KINDS else selection
    near = did_you_mean(bare, sorted((tags if kind == "tag" and colon else known) - {""}))
    return near or did_you_mean(word, sorted(known - {""})) or _sign_hint(selection) or "List them: runcompare runs"


def _sign_hint(selection: str) -> str:
    """For a mistyped `KIND:` or `@...`."""
    kind = re.fullmatch(r"(\w+):(?!//).*", selection, re.DOTALL)
    if kind and kind[1] not in KINDS and (near := did_you_mean(kind[1], KINDS)):
        return near.replace("'?", ":'?")
    if match := re.search(r"@(?P<sign>\w*)[^@]*\Z", selection):
        forms = [f"@{name}{_SIGNS[name]}" for name in NARROWINGS]
        return did_you_mean(f"@{match['sign']}", forms) or f"After an @ comes one of {', '.join(forms)}."
    return ""
