"""`runcompare export`."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import format_option, runs_option, secrets_option
from runcompare.cli.outputs import OUTPUT_FILE
from runcompare.cli.printing import emit, for_terminal, message, messages
from runcompare.cli.reading import reading_shown
from runcompare.errors import DataError, UsageError

if TYPE_CHECKING:
    from runcompare.records.run import Group

__all__ = ["export"]


@click.command()
@reference_argument("reference", metavar="REF_OR_PATH")
@format_option("json", "jsonl", "csv", "parquet", help="json holds everything; the others hold the history rows.")
@click.option("-o", "--output", type=OUTPUT_FILE, help="Write to FILE, not to stdout.")
@click.option("--strict", is_flag=True, help="Fail with exit code 3 if anything could not be read.")
@secrets_option
@runs_option
def export(reference: str, format_: str, output: Path | None, strict: bool, runs: Sequence[Path] | None) -> None:
    """Write everything that was read of a run.

    As JSON it is one object with `run`, `history`, `system`, `lost` and `warnings`; a group of several runs is
    `{"runs": [...]}`. Non-finite numbers are the strings NaN, Infinity and -Infinity. The row formats have a column
    `_run` where there are several runs.

    \b
    Examples:
      runcompare export hjnqclgk > run.json
      runcompare export examples/runs/baseline32-s0 --format parquet -o rows.parquet
    """
    from runcompare import api

    with reading_shown():
        group = api.load(reference, runs=runs)
    messages([*group.notes, *(f"{run.id}: {warning}" for run in group.runs for warning in run.warnings)])
    lost = [run.id for run in group.runs if any((run.lost.records, run.lost.bytes, run.lost.rebuilt_rows))]
    if strict and (lost or group.unread):
        raise DataError(
            f"Not all of {', '.join(lost) or reference} could be read.",
            hint="Without --strict, what was read is written.",
        )
    _write(_EXPORTS[format_](group), output)


def _export_json(group: "Group") -> bytes:
    from runcompare.records.as_json import run_document

    documents = [run_document(run) for run in group.runs]
    whole = documents[0] if len(documents) == 1 else {"runs": documents}
    return json.dumps(whole, allow_nan=False).encode() + b"\n"


def _export_jsonl(group: "Group") -> bytes:
    from runcompare.records.as_json import rows_of

    several = len(group) > 1
    rows = ({**({"_run": run.id} if several else {}), **row} for run in group.runs for row in rows_of(run.history))
    return b"".join(json.dumps(row, allow_nan=False).encode() + b"\n" for row in rows)


def _export_csv(group: "Group") -> bytes:
    from runcompare.records.export import csv_bytes

    return csv_bytes(group)


def _export_parquet(group: "Group") -> bytes:
    from runcompare.records.export import parquet_bytes

    return parquet_bytes(group)


_EXPORTS: dict[str, Callable[["Group"], bytes]] = {
    "csv": _export_csv,
    "json": _export_json,
    "jsonl": _export_jsonl,
    "parquet": _export_parquet,
}


def _write(content: bytes, output: Path | None) -> None:
    from runcompare.records.atomic import write_whole

    if output is not None:
        try:
            write_whole(output, content)
        except OSError as error:
            raise DataError(f"Can't write {output}: {error.strerror}.", hint="Choose another -o.") from None
        message(f"wrote {output}")
    elif sys.stdout.isatty() and content.startswith(b"PAR1"):
        raise UsageError("A Parquet file can't go to the terminal.", hint="Name a file with -o FILE.")
    elif sys.stdout.isatty():
        emit(for_terminal(content.decode("utf-8", "replace")))
    else:
        emit(content)
