"""Render a result and put it where it was asked for: whole, or not at all."""

import io
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from runcompare.comparison.comparison import Comparison
from runcompare.errors import DataError, UsageError, did_you_mean
from runcompare.records.atomic import write_all_whole
from runcompare.records.redact import redact
from runcompare.reporting.renderers import renderer

__all__ = ["Format", "format_of", "write_files", "write_report"]

Format = Literal["md", "html", "json", "pdf"]
SUFFIXES: Mapping[str, Format] = {
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".pdf": "pdf",
}
KNOWN = "report.md, report.html, report.json or report.pdf"


def format_of(output: str | Path | None, format: Format | None = None) -> Format:
    """The format of a document: the one that was asked for, else what the file's suffix says, else markdown.

    A pipe or a device needs no suffix. Raises UsageError for a suffix that says nothing, or another format.
    """
    if format is not None:
        if format not in get_args(Format):
            raise UsageError(f"There is no format '{format}'.", hint=f"Choose one of {', '.join(get_args(Format))}.")
        return format
    if output is None or _is_stream(Path(output)):
        return "md"
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        what = f"No format has the suffix '{suffix}'" if suffix else f"'{output}' has no suffix to choose a format by"
        near = did_you_mean(suffix, SUFFIXES) if suffix else ""
        raise UsageError(f"{what}.", hint=f"{near} Write {KNOWN}, or say --format.".strip())
    return SUFFIXES[suffix]


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def write_report(
    result: Any,
    *,
    format: Format | None = None,
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
    brief: bool = False,
    full: bool = False,
) -> str:
    """The document, also written to `output` if given, and the corrected config to `corrected`, as YAML.

    Markdown embeds its pictures by relative path; they go to `plots`, or to `NAME_plots` beside `output`. HTML holds
    them itself; what is returned for a PDF is the page that it is made of.

    Args:
        result: A comparison, or any other result with faces.
        format: What the suffix of `output` says by default, else markdown.
        output, plots, corrected: Where to write.
        brief: At most 250 words.
        full: All rows of all tables.

    Raises:
        DataError: If a file can't be written, or there is no corrected config to write: what was there before,
            pictures included, is as it was then.
        UsageError: For a suffix that says nothing, a PDF without a file, a brief JSON, or a PDF where nothing is
            installed that makes one.
    """
    kind = format_of(output, format)
    target = Path(output) if output is not None else None
    _check(kind, target, brief=brief)
    folder = Path(plots) if plots is not None else _beside(target, kind) if not brief else None
    files: dict[Path, bytes | str] = {}
    if corrected is not None:
        files[Path(corrected)] = _corrected_text(result)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            drawn = _draw(result, Path(scratch)) if folder is not None else {}
            base = target.parent if target is not None else Path()
            links = {name: _link(folder / path.name, base) for name, path in drawn.items()} if folder else {}
            document = _render(result, kind, links, brief=brief, full=full)
            if folder is not None:
                files |= {folder / path.name: path.read_bytes() for path in drawn.values()}
        if target is not None:
            files[target] = _as_pdf(document) if kind == "pdf" else document
        write_all_whole(files)
    except OSError as error:
        raise _cannot_write(error, target) from None
    return document


def write_files(files: Mapping[Path, bytes | str]) -> None:
    """All files or none. Raises DataError if one can't be written."""
    try:
        write_all_whole(files)
    except OSError as error:
        raise _cannot_write(error, next(iter(files), None)) from None


def _check(format: Format, target: Path | None, *, brief: bool) -> None:
    if format == "json" and brief:
        raise UsageError("JSON holds everything, so it is not brief.", hint="Leave --brief out, or write .md or .html.")
    if format == "pdf":
        from runcompare.reporting.pdf import browser

        if target is None:
            raise UsageError("A PDF needs a file to be written to.", hint="Say where: -o report.pdf.")
        browser()  # before the work: an error where none is installed


def _as_pdf(page: str) -> bytes:
    from runcompare.reporting.pdf import to_pdf

    return to_pdf(page)


def _corrected_text(result: Any) -> str:
    from ruamel.yaml import YAML

    if not isinstance(result, Comparison) or result.corrected is None:
        hint = "There is one where settings differ and some of them did not pay."
        raise DataError("This comparison corrects no config, so there is none to write.", hint=hint)
    stream = io.StringIO()
    YAML(typ="safe").dump(msgspec.to_builtins(result.corrected.config), stream)
    return stream.getvalue()


def _cannot_write(error: OSError, target: Path | None) -> DataError:
    return DataError(
        f"Can't write {error.filename or target}: {error.strerror}.", hint="Choose another file or folder."
    )


def _beside(target: Path | None, format: Format) -> Path | None:
    if target is None or format != "md" or _is_stream(target):
        return None
    return target.parent / f"{redact(target.stem)}_plots"  # its name stands in the document


def _draw(result: Any, folder: Path) -> dict[str, Path]:
    """The pictures of a markdown report; results of other kinds have none."""
    if not isinstance(result, Comparison):
        return {}
    from runcompare.reporting.plots import draw_plots

    return draw_plots(result, folder)


def _brief_page(result: Any) -> str:
    from runcompare.reporting.html import html_page

    faces = renderer(result)
    return html_page(str(faces.to_brief(result)), str(faces.line(result)))


def _link(path: Path, base: Path) -> str:
    return str(redact(Path(os.path.relpath(path, base)).as_posix()))


def _render(result: Any, format: Format, links: Mapping[str, str], *, brief: bool, full: bool) -> str:
    faces = renderer(result)
    if brief:
        return str(faces.to_brief(result)) if format == "md" else _brief_page(result)
    if format == "json":
        return str(faces.to_json(result))
    if not isinstance(result, Comparison):
        return str(faces.to_markdown(result) if format == "md" else faces.to_html(result))
    return str(
        faces.to_markdown(result, plots=links, full=full) if format == "md" else faces.to_html(result, full=full)
    )
