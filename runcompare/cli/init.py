"""`runcompare init`: a first settings file, of what it saw in the folder. It proposes and decides nothing."""

import json
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runcompare.cli.printing import can_ask, confirm, emit, message, messages
from runcompare.errors import ConfigError, RunNotFound, UsageError
from runcompare.records.counted import counted
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.records.run import Group, Run, RunInfo
    from runcompare.references.groups import FoundGroup

__all__ = ["init", "settings_text"]

MOST_READ = 300  # runs; to read more than that takes longer than a first look should
MOST_FOLDERS = 8
MOST_NAMED = 5


@click.command()
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print what would be written; write nothing.")
@click.option("--pyproject", is_flag=True, help="Add [tool.runcompare] to FOLDER/pyproject.toml instead.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def init(folder: Path, dry_run: bool, pyproject: bool, yes: bool) -> None:
    """Look for runs below FOLDER and write a first runcompare.toml there, with comments.

    It holds the folders in which runs were found. What else was seen (groups of replicates, the metric that runs were
    selected by, how they were started) stands there as a proposal behind a #. No file is overwritten, and where nobody
    sits at a terminal nothing is asked.

    \b
    Examples:
      runcompare init --dry-run
      runcompare init examples --dry-run
      runcompare init --pyproject --dry-run
    """
    from runcompare import settings

    seen = look(folder)
    text = settings_text(seen, "tool.runcompare" if pyproject else "")
    if dry_run:
        emit(text)
        return
    target = _target(folder, pyproject)
    whole = _joined(target, text) if pyproject else text
    if not yes and can_ask():
        confirm(text, f"Write this to {target}?")
    _write(target, whole)
    settings.load(folder)
    message(f"wrote {target}: {counted(len(seen.runs), 'run')} in {_listed(seen.folders)}.", _next(seen))


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies below a folder: the runs, the folders that hold them, and, if they were read, their groups."""

    runs: "Sequence[RunInfo]"
    folders: Sequence[str]
    groups: "Sequence[FoundGroup] | None"

    @property
    def read(self) -> "list[Run]":
        return [run for one in self.groups or () for run in one.group.runs]


def look(folder: Path) -> Seen:
    """The runs below a folder; what could not be read is told. Raises RunNotFound if there is none."""
    from runcompare.references.groups import found_groups
    from runcompare.references.places import Places
    from runcompare.sources import list_runs

    found = list_runs([folder])
    if not found.runs:
        hint = "Say where they are: runcompare init FOLDER"
        raise RunNotFound(f"There are no runs below {folder.resolve()}.", hint=" ".join((*found.passed_over, hint)))
    few = len(found.runs) <= MOST_READ
    groups = found_groups(Places([folder])) if few else None
    messages(found.warnings if groups is None else groups.warnings)
    return Seen(found.runs, _folders(found.runs, folder), None if groups is None else groups.groups)


def _folders(runs: "Iterable[RunInfo]", root: Path) -> list[str]:
    """The folders to search, one for each folder right below the root that holds runs; the root itself if a run lies
    in it, or if there are many. A run's own folder is none: the next one beside it would be missed."""
    below: dict[str, list[Path]] = {}
    for run in runs:
        place = _existing(Path(run.location))
        inner = (place if place.is_dir() else place.parent).resolve()
        if not inner.is_relative_to(root.resolve()):
            return ["."]
        inside = inner.relative_to(root.resolve())
        if not inside.parts:
            return ["."]
        below.setdefault(inside.parts[0], []).append(Path(*(inside.parts[:-1] or inside.parts)))
    found = [Path(commonpath([str(path) for path in paths])).as_posix() for paths in below.values()]
    return sorted(found) if len(found) <= MOST_FOLDERS else ["."]


def _existing(place: Path) -> Path:
    """The file or folder of a location, which may name one run of several behind a sign."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def settings_text(seen: Seen, table: str = "") -> str:
    """The settings as commented TOML.

    Args:
        seen: What was found.
        table: The table that they stand in, for a file that others share; empty for a file of our own.
    """
    head = f"[{table}]" if table else "# Settings of runcompare for this folder."
    lines = [
        head,
        "# Flags and RUNCOMPARE_* win over these. Made by `runcompare init` of what it saw; a line behind a # is a",
        "# proposal, to be used by taking the # away.",
        "",
        *_found_lines(seen),
        f"runs = [{', '.join(_string(folder) for folder in seen.folders)}]",
        "",
        *_metric_lines(seen.read),
        *_price_lines(seen.read),
        '# min-effect = "1%"  # what you would act on; without it nothing is called equivalent',
        "",
        *_trainer_lines(seen),
        *_group_lines(seen, table),
    ]
    return "\n".join(lines) + "\n"


def _found_lines(seen: Seen) -> Iterator[str]:
    sources = ", ".join(f"{n} of {name}" for name, n in Counter(run.source for run in seen.runs).most_common())
    yield f"# {counted(len(seen.runs), 'run')} found: {sources}."
    if seen.groups is None:
        yield f"# More than {MOST_READ} runs, so they were not read: `runcompare runs --groups` does."


def _metric_lines(runs: "Sequence[Run]") -> Iterator[str]:
    """The metrics that runs say they were selected or stopped by."""
    from runcompare.metrics.stated import statements_of

    stated = [one for run in runs for one in statements_of([run]).values() if one.selects]
    for key, n in Counter(one.key for one in stated).most_common(MOST_NAMED):
        source = next(one.source for one in stated if one.key == key)
        yield f"# metric = {_string(key)}  # {n} of {counted(len(runs), 'run')} say so: {clean(source)}"
    if not stated:
        yield '# metric = "KEY"  # what to judge by; no run says what it was selected by: reports take the most telling'


def _price_lines(runs: "Sequence[Run]") -> Iterator[str]:
    devices = Counter(run.hardware.accelerator for run in runs if run.hardware.accelerator)
    if devices:
        names = ", ".join(clean(name) for name, _ in devices.most_common(MOST_NAMED))
        yield f"# gpu-price = 2.1  # USD an hour that you pay; else the price book's. Seen: {names}"
    else:
        yield "# cpu-price = 0.01  # USD a CPU-thread-hour that you pay; no run names an accelerator"


def _trainer_lines(seen: Seen) -> Iterator[str]:
    """How runs were started, as far as they say, and how more seeds would be."""
    started = Counter(words for run in seen.read if (words := _started(run.metadata)))
    for words, n in started.most_common(1):
        yield f"# {counted(n, 'run')} {'was' if n == 1 else 'were'} started as: {clean(shlex.join(words))}"
        seeded = [_by_seed(word, before) for before, word in zip(("", *words), words, strict=False)]
        if "{seed}" in "".join(seeded):
            yield f"# More seeds: runcompare replicate REF --seeds 3 --command {clean(shlex.quote(' '.join(seeded)))}"
        yield ""


def _by_seed(word: str, before: str) -> str:
    """A word of a command as a shell takes it, with {seed} in the place of the seed."""
    if re.fullmatch(r"--?([\w.]+[._-])?seed", before):
        return "{seed}"
    named = re.fullmatch(r"(-{0,2}([\w.]+[._-])?seed=).*", word)
    return f"{named[1]}{{seed}}" if named else shlex.quote(word)


def _started(metadata: Mapping[str, object]) -> tuple[str, ...]:
    program, args = metadata.get("program"), metadata.get("args") or ()
    if not isinstance(program, str) or not program.endswith(".py") or not isinstance(args, list | tuple):
        return ()
    return ("python", program, *map(str, args))


def _group_lines(seen: Seen, table: str) -> Iterator[str]:
    groups = [one.group for one in seen.groups or () if len(one.group.runs) > 1]
    named = ", ".join(f"{clean(g.reference)} ({len(g.runs)} runs)" for g in groups[:MOST_NAMED])
    if groups:
        yield f"# {counted(len(groups), 'group')} of replicates: {named}{' and more' * (len(groups) > MOST_NAMED)}."
    elif seen.groups is not None:
        yield "# No run has a replicate, so the noise is not known: `runcompare replicate` trains more seeds."
    most = [group for group in groups if len(group.runs) == len(groups[0].runs)]
    best = _string(min(most, key=_began).reference) if most else '"REF"'
    which = "the earliest of those with most runs" if len(most) > 1 else "the one with most runs"
    why = which if most else "what new runs are compared with"
    yield f"# [{table + '.' if table else ''}aliases]"
    yield f"# baseline = {best}  # {why}; then: runcompare report NEW baseline"


def _began(group: "Group") -> float:
    return min((run.info.started_at for run in group.runs if run.info.started_at is not None), default=inf)


def _string(text: str) -> str:
    """As a TOML string; JSON's escapes are TOML's as well, and what is not printable is escaped."""
    return json.dumps(clean(text))


def _target(folder: Path, pyproject: bool) -> Path:
    """The file to write. Raises UsageError where the folder has settings already."""
    from runcompare import settings

    there = settings.project_file(folder)
    if there is not None and there.parent == folder.resolve():
        raise UsageError(
            f"{there} has settings of runcompare already.", hint="See what was found: runcompare init --dry-run"
        )
    if there is not None:
        message(f"{there} counts no more in this folder: the nearest file does.")
    return folder / (settings.SHARED if pyproject else settings.OWN)


def _joined(target: Path, text: str) -> str:
    """The file with the table at its end, all else as it was. Raises UsageError where that can't be."""
    if not target.is_file():
        raise UsageError(f"There is no {target}.", hint="Leave --pyproject out.")
    before = target.read_text(encoding="utf-8")
    whole = f"{before.rstrip()}\n\n{text}" if before.strip() else text
    try:
        tomllib.loads(whole)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{target} can't be added to: {error}.", hint="Leave --pyproject out.") from None
    return whole


def _write(target: Path, text: str) -> None:
    from runcompare.records.atomic import write_whole

    write_whole(target, text)


def _next(seen: Seen) -> str:
    references = [one.group.reference for one in (seen.groups or ())][:2]
    if len(references) == 2:
        return f"Compare two groups: runcompare report {shlex.join(reversed(references))}"
    return "See them: runcompare runs"


def _listed(folders: Sequence[str]) -> str:
    return ", ".join("this folder" if folder == "." else folder for folder in folders)
