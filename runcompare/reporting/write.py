"""Render a comparison and put it where it was asked for: whole, or not at all."""

import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from runcompare.comparison.comparison import Comparison
from runcompare.errors import DataError
from runcompare.records.atomic import write_all_whole

if TYPE_CHECKING:
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.target import TargetReport
    from runcompare.comparison.tasks import TasksReport

__all__ = ["Format", "write_document", "write_files", "write_report"]

Format = Literal["md", "json", "html"]


def write_report(
    comparison: Comparison,
    *,
    format: Format = "md",
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
) -> str:
    """The document, also written to `output` if given, and the corrected config to `corrected`, as YAML.

    Markdown embeds its pictures by relative path; they go to `plots`, or to `NAME_plots` beside `output`. HTML holds
    them itself. Raises DataError if a file can't be written, or there is no corrected config to write: what was there
    before, pictures included, is as it was then.
    """
    target = Path(output) if output is not None else None
    folder = Path(plots) if plots is not None else _beside(target, format)
    files: dict[Path, bytes | str] = {}
    if corrected is not None:
        files[Path(corrected)] = _corrected_text(comparison)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            drawn = _draw(comparison, Path(scratch)) if folder is not None or format == "html" else {}
            base = target.parent if target is not None else Path()
            document = _render(comparison, format, drawn, folder=folder, base=base)
            if folder is not None:
                files |= {folder / path.name: path.read_bytes() for path in drawn.values()}
        write_all_whole(files if target is None else {**files, target: document})
    except OSError as error:
        raise _cannot_write(error, target) from None
    return document


def write_document(
    report: "TargetReport | TasksReport | ManyReport", *, format: Format = "md", output: str | Path | None = None
) -> str:
    """The document of a report without pictures, also written to `output` if given. Raises DataError if it can't be."""
    from runcompare.reporting import many_text, target, tasks

    renderer: Any = {"target": target, "tasks": tasks, "many": many_text}[report.kind]
    document = str({"md": renderer.to_markdown, "html": renderer.to_html, "json": renderer.to_json}[format](report))
    if output is not None:
        write_files({Path(output): document})
    return document


def write_files(files: Mapping[Path, bytes | str]) -> None:
    """All files or none. Raises DataError if one can't be written."""
    try:
        write_all_whole(files)
    except OSError as error:
        raise _cannot_write(error, next(iter(files), None)) from None


def _corrected_text(comparison: Comparison) -> str:
    from ruamel.yaml import YAML

    if comparison.corrected is None:
        hint = "There is one where settings differ and some of them did not pay."
        raise DataError("This comparison corrects no config, so there is none to write.", hint=hint)
    stream = io.StringIO()
    YAML(typ="safe").dump(msgspec.to_builtins(comparison.corrected.config), stream)
    return stream.getvalue()


def _cannot_write(error: OSError, target: Path | None) -> DataError:
    return DataError(
        f"Can't write {error.filename or target}: {error.strerror}.", hint="Choose another file or folder."
    )


def _beside(target: Path | None, format: Format) -> Path | None:
    return target.parent / f"{target.stem}_plots" if target is not None and format == "md" else None


def _draw(comparison: Comparison, folder: Path) -> dict[str, Path]:
    from runcompare.reporting.plots import draw_plots

    return draw_plots(comparison, folder)


def _render(comparison: Comparison, format: Format, drawn: dict[str, Path], *, folder: Path | None, base: Path) -> str:
    if format == "json":
        from runcompare.reporting.as_json import to_json

        return to_json(comparison)
    if format == "html":
        from runcompare.reporting.html import to_html

        return to_html(comparison, plots=drawn)
    from runcompare.reporting.markdown import to_markdown

    links = (
        {name: Path(os.path.relpath(folder / path.name, base)).as_posix() for name, path in drawn.items()}
        if folder
        else {}
    )
    return to_markdown(comparison, plots=links)
