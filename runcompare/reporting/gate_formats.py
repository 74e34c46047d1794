"""A gate in the format that is asked for, on stdout or by a file's suffix."""

from collections.abc import Callable
from pathlib import Path

from runcompare.comparison.gate import Gate
from runcompare.errors import UsageError
from runcompare.reporting.gate_ci import to_github, to_junit, to_sarif
from runcompare.reporting.gate_comment import to_comment
from runcompare.reporting.gate_slack import to_slack
from runcompare.reporting.gate_text import gate_json, to_text
from runcompare.reporting.write import write_files

__all__ = ["FORMATS", "SUFFIXES", "check_suffixes", "gate_document", "write_gate"]

FORMATS: dict[str, Callable[[Gate], str]] = {
    "text": to_text,
    "github": to_github,
    "junit": to_junit,
    "sarif": to_sarif,
    "json": gate_json,
    "slack": to_slack,
    "comment": to_comment,
}
SUFFIXES = {".txt": "text", ".xml": "junit", ".sarif": "sarif", ".json": "json", ".md": "comment"}


def gate_document(gate: Gate, format: str) -> str:
    """The document in a format of `FORMATS`."""
    return FORMATS[format](gate)


def check_suffixes(files: tuple[Path, ...]) -> None:
    """Raises UsageError for a file whose suffix says no format."""
    for file in files:
        if file.suffix.lower() not in SUFFIXES:
            known = ", ".join(f"{suffix} ({format})" for suffix, format in SUFFIXES.items())
            raise UsageError(f"The suffix of {file} says no format of a gate.", hint=f"Use one of {known}.")


def write_gate(gate: Gate, files: tuple[Path, ...]) -> None:
    """All files or none, each in the format that its suffix says. Raises DataError if one can't be written."""
    check_suffixes(files)
    write_files({file: gate_document(gate, SUFFIXES[file.suffix.lower()]) for file in files})
