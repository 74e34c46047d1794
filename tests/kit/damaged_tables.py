"""Some 300 damaged tables of which it is known what a reader can still find: by a script, so that the rows are known.

Each case has the rows that stand whole in the file, as (step, loss), in their order, and a file that holds them. What a
program logged twice at a step is told by the file: a block that was copied stands once.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

Point = tuple[int, float]


class Case(NamedTuple):
    """A file and the rows that it holds."""

    name: str
    file: str
    body: bytes
    rows: list[Point]


def _points(count: int, seed: int) -> list[Point]:
    return [(step, round(1 / (step + 1) + 0.001 * seed + step * step % 7 / 1000, 6)) for step in range(count)]


def _csv(rows: Sequence[Point], sign: str = ",") -> list[str]:
    return [f"{step}{sign}{loss}{sign}ok" for step, loss in rows]


def _jsonl(rows: Sequence[Point], sign: str = "") -> list[str]:
    return [json.dumps({"step": step, "loss": loss, "note": "ok"}) for step, loss in rows]


def _broken(lines: list[str], at: int, text: str) -> list[str]:
    return [*lines[:at], text, *lines[at + 1 :]]


Damage = Callable[[list[str], list[Point], int], tuple[list[str], list[Point]]]


def _without(rows: list[Point], at: int) -> list[Point]:
    return rows[:at] + rows[at + 1 :]


def _shorter(line: str) -> str:
    """Without its last cell, which is no number."""
    return line.replace(', "note": "ok"', "") if line.startswith("{") else line[: line.rindex("ok") - 1]


def _longer(line: str) -> str:
    return line[:-1] + ', "more": 5}' if line.startswith("{") else line + line[-3] + "5"


def _stepless(line: str) -> str:
    return line.replace(": ", ': "x', 1).replace(",", '",', 1) if line.startswith("{") else f"x{line}"


def _opened(lines: list[str], rows: list[Point], at: int) -> list[Point]:
    """A stray quote costs no row of a table; a line of JSON is none with it."""
    return _without(rows, at) if lines[0].startswith("{") else rows


DAMAGES: dict[str, Damage] = {
    "whole": lambda lines, rows, at: (lines, rows),
    "copied block": lambda lines, rows, at: (lines[: at + 5] + lines[at:], rows),
    "copied line": lambda lines, rows, at: (lines[: at + 1] + lines[at:], rows),
    "copied file": lambda lines, rows, at: (lines + lines, rows),
    "zero bytes in a line": lambda lines, rows, at: (_broken(lines, at, "\0" * 20), _without(rows, at)),
    "zero bytes at the end": lambda lines, rows, at: ([*lines, "\0" * 400], rows),
    "a line cut in two": lambda lines, rows, at: (_broken(lines, at, lines[at][:3]), _without(rows, at)),
    "words between": lambda lines, rows, at: ([*lines[:at], "Epoch finished", *lines[at:]], rows),
    "a torn end": lambda lines, rows, at: ([*lines[:-1], lines[-1][:4]], rows[:-1]),
    "blank lines": lambda lines, rows, at: ([*lines[:at], "", "   ", *lines[at:]], rows),
    "a flipped quote": lambda lines, rows, at: (_broken(lines, at, '"' + lines[at][1:4]), _without(rows, at)),
    "a cell too few": lambda lines, rows, at: (_broken(lines, at, _shorter(lines[at])), rows),
    "a cell too many": lambda lines, rows, at: (_broken(lines, at, _longer(lines[at])), rows),
    "an open quote": lambda lines, rows, at: (
        _broken(lines, at, lines[at].replace("ok", '"ok')),
        _opened(lines, rows, at),
    ),
    "a step that is text": lambda lines, rows, at: (_broken(lines, at, _stepless(lines[at])), _without(rows, at)),
    "a step of 70 bits": lambda lines, rows, at: (
        [*lines, lines[-1].replace(str(rows[-1][0]), str(2**70), 1)],
        [*rows, (2**70, rows[-1][1])],
    ),
    "odd bytes": lambda lines, rows, at: (_broken(lines, at, "\udcff\udcfe\udc80"), _without(rows, at)),
}
ENDS = {"lf": "\n", "crlf": "\r\n", "mixed": None}
KINDS = {"csv": (_csv, ",", "metrics.csv"), "tsv": (_csv, "\t", "metrics.tsv"), "jsonl": (_jsonl, "", "metrics.jsonl")}


def cases() -> Iterator[Case]:
    """All of them, by name."""
    number = 0
    for kind, (written, sign, file) in KINDS.items():
        for damage, change in DAMAGES.items():
            for ends, end in ENDS.items():
                for place in (3, 11, 17):
                    number += 1
                    rows = _points(24 + number % 5, number)
                    lines, kept = change(written(rows, sign), rows, place)
                    head = [f"step{sign}loss{sign}note"] if kind != "jsonl" else []
                    body = _joined([*head, *lines], end).encode("utf-8", "surrogateescape")
                    yield Case(f"{kind}: {damage}, {ends}, {place}", file, body, kept)
    rows = _points(30, 1)
    packed = gzip.compress("\n".join(["step,loss,note", *_csv(rows), ""]).encode())
    yield Case("csv.gz: whole", "metrics.csv.gz", packed, rows)


def _joined(lines: list[str], end: str | None) -> str:
    if end is not None:
        return end.join([*lines, ""])
    return "".join(line + ("\r\n" if number % 3 else "\n") for number, line in enumerate(lines))


def write(case: Case, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / case.file).write_bytes(case.body)
    return folder / case.file
