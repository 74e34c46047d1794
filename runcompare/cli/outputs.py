"""Where may a command write? Nothing that a run holds is replaced: its logs, its settings, what else is in its folder.

A document that we wrote there before may be written again.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from runcompare.records.run import RunInfo

__all__ = ["OUTPUT_FILE", "OUTPUT_FOLDER", "OutputFile", "holder_of", "pictures_beside"]

ABOVE = 5  # folders above a file in which a run's log may lie: a W&B run's media are four below it
MOST_ENTRIES = 2_000  # of a folder that are asked whether they are logs
HEAD, TAIL = 4_096, 65_536  # bytes in which our documents name us
TABLES = ("tables", "figures")  # logs of these are like what we export
_SETTINGS = re.compile(r"(args|opt|hyp|config|hparams|params)\.(ya?ml|json)", re.IGNORECASE)
_DOCUMENTS = re.compile(r".*\.(md|markdown|html?|xml|sarif|png)", re.IGNORECASE)  # in which we name ourselves
_SIGN = re.compile(rb"runcompare|\bRC\d{3}\b")  # a document without our name has the codes of our findings
_EXPORTED = (b"_run,_step,", b"_step,", b'{"_run": ', b'{"_step": ')
_OURS = (
    {"version", "options", "text"},
    {"version", "kind"},
    {"runs"},
    {"version", "groups"},
    {"run", "history"},
    {"design", "arms"},
)


class OutputFile(click.Path):
    """A file to write that takes nothing away from a run; nor do the files that are written `beside` it."""

    def __init__(self, beside: Callable[[Path], Iterable[Path]] = lambda path: (), *, or_folder: bool = False) -> None:
        super().__init__(dir_okay=or_folder, path_type=Path)
        self._beside = beside

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value):
            self.fail("It names no file.", param, ctx)
        path = super().convert(value, param, ctx)
        if isinstance(path, Path):
            for one in (path, *self._beside(path)):
                if run := holder_of(one):
                    self.fail(
                        f"'{one}' belongs to run {run} and would be replaced. Name another file, or delete it first.",
                        param,
                        ctx,
                    )
        return path


class OutputFolder(click.Path):
    """A folder for pictures that replace nothing of a run's."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = super().convert(value, param, ctx)
        if isinstance(path, Path):
            for one in path.glob("*.png"):
                if run := holder_of(one):
                    self.fail(f"'{one}' belongs to run {run}, and is a picture. Name another folder.", param, ctx)
        return path


def pictures_beside(path: Path) -> Iterable[Path]:
    """The pictures that stand where those of a report do."""
    return (path.parent / f"{path.stem}_plots").glob("*.png")


OUTPUT_FILE, OUTPUT_FOLDER = OutputFile(), OutputFolder()


def holder_of(path: Path) -> str:
    """The run that would lose the file at `path`; empty where nothing is there, no run holds it, or we wrote it."""
    try:
        own = path.resolve()
        if not own.is_file():
            return ""
    except (OSError, RuntimeError):  # a loop of links: writing will tell
        return ""
    if run := _of_log(own):
        return run
    if _is_ours(own):
        return ""
    here = Path.cwd().resolve()
    for folder in own.parents[:ABOVE]:
        runs = {info.id: info for info in _logged_in(folder)}
        if len(runs) == 1 and not here.is_relative_to(folder):
            return next(iter(runs))
        named = (run for run in runs.values() if _is_named_after(own, run))
        if runs and folder == own.parent and (_SETTINGS.fullmatch(own.name) or any(named)):
            return next(iter(runs))
    return ""


def _of_log(path: Path) -> str:
    """The run whose log a file is. What no log is called may be a table of ours, or of anybody's."""
    from runcompare.sources import list_runs, sources

    runs = list_runs([path]).runs
    if not runs or (runs[0].source in TABLES and (_is_ours(path) or not sources()[runs[0].source].accepts(path))):
        return ""
    return runs[0].id


def _logged_in(folder: Path) -> "Iterator[RunInfo]":
    """The runs whose logs lie in a folder itself."""
    from runcompare.errors import RuncompareError
    from runcompare.sources import sources

    try:
        with os.scandir(folder) as found:
            entries = [Path(entry.path) for entry in islice(found, MOST_ENTRIES) if not entry.is_symlink()]
    except OSError:
        return
    for entry in entries:
        for source in sources().values():
            try:
                if source.accepts(entry) and not (source.name in TABLES and _is_ours(entry)):
                    yield from source.scan(entry)
            except (OSError, RuncompareError):
                continue


def _is_named_after(path: Path, run: "RunInfo") -> bool:
    """Whether a file has the name of a run's log but for the endings, as `a.yaml` and `a.config.json` of `a.csv`."""
    log = Path(run.location)
    return log.parent == path.parent and log.name.partition(".")[0] == path.name.partition(".")[0]


def _is_ours(path: Path) -> bool:
    """Whether a file says that we wrote it."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(max(0, path.stat().st_size - TAIL))
            tail = file.read(TAIL)
        if _DOCUMENTS.fullmatch(path.name):
            return _SIGN.search(head) is not None or _SIGN.search(tail) is not None
        if path.suffix.lower() == ".json" and head.lstrip().startswith(b"{"):
            return any(keys <= json.loads(path.read_bytes()).keys() for keys in _OURS)
    except (OSError, ValueError, RecursionError):
        return False
    return (
        head.startswith(_EXPORTED)
        or (head.startswith(b"PAR1") and b"_step" in tail)
        or (head.startswith(b"PK") and b"certificate.json" in tail)
    )
