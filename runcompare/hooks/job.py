"""What the process that stands apart is told: the run's place, the baseline, the options, and whose end to wait for."""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from runcompare.errors import UsageError
from runcompare.hooks.harmless import LOG
from runcompare.references.live import RunPlace

__all__ = ["NAME", "Attach", "Ended", "Job", "Outputs", "outputs_of", "own_job"]

VARIABLE = "RUNCOMPARE_HOOK"  # of the process that stands apart, and of nobody else
NAME = "runcompare-report"
Ended = Literal["finished", "failed", "interrupted"]
Attach = Literal["tracker", "wandb-report", "nowhere"]


@dataclass(frozen=True, slots=True)
class Job:
    """`scratch` is a folder through which both processes speak: `ended` says how the training ended, `line` what it
    shall say at its end, `done` that all was written."""

    place: RunPlace
    baseline: str
    log: str
    cwd: str
    scratch: str
    owner: int
    born: str
    metric: str | None = None
    out: str | None = None
    attach: Attach = "tracker"
    whole_group: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """As JSON. Raises UsageError for options that are no plain data."""
        try:
            return json.dumps(asdict(self))
        except TypeError as error:
            hint = "Give numbers, texts and lists of them; name runs by references."
            raise UsageError(f"An option can't be handed on: {error}.", hint=hint) from None


def own_job() -> Job:
    """The job of this process."""
    told = json.loads(os.environ.pop(VARIABLE))
    place = told.pop("place")
    return Job(place=RunPlace(**{**place, "roots": tuple(place["roots"])}), **told)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the report goes; None for a form that was not asked for."""

    log: Path
    markdown: Path | None
    html: Path | None

    @property
    def first(self) -> Path:
        """The one to name to a person."""
        return self.markdown or self.html or self.log


def outputs_of(place: RunPlace, out: str | os.PathLike[str] | None) -> Outputs:
    """Markdown and HTML beside the run, or in the folder `out`, or one of them in the file `out`. Raises UsageError."""
    if out is None:
        folder, stem = Path(place.folder), place.stem
        return Outputs(folder / f"{stem}{LOG}", folder / f"{stem}{NAME}.md", folder / f"{stem}{NAME}.html")
    path = Path(os.path.abspath(out))  # noqa: PTH100
    if path.suffix in (".md", ".html"):
        log = path.with_suffix(".log")
        return Outputs(log, path if path.suffix == ".md" else None, path if path.suffix == ".html" else None)
    if path.suffix and not path.is_dir():
        raise UsageError(f"A report can't be written as {path.name}.", hint="Give a folder, a .md or an .html file.")
    return Outputs(path / LOG, path / f"{NAME}.md", path / f"{NAME}.html")


def new_scratch() -> str:
    return tempfile.mkdtemp(prefix="runcompare-hook-")


# not with -m, which puts the working folder among those that are imported from; our own folder only if it is not there
CODE = (
    "import os, sys\n"
    "if os.fork(): os._exit(0)\n"  # the training gets no child that it did not start
    "sys.argv[1] in sys.path or sys.path.insert(0, sys.argv[1])\n"
    "from runcompare.hooks.worker import main\n"
    "main()\n"
)


def command() -> list[str]:
    """The command line of the process that stands apart: nothing that a run or a file says is part of it."""
    home = str(Path(__file__).resolve().parents[2])
    return [sys.executable, "-P", "-c", CODE, home]
