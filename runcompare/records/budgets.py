"""How much may one run take of this machine? What a file of a few megabytes unfolds into is bounded, in one place.

`RUNCOMPARE_MAX_BYTES` (default 1GB) bounds the file that is read, four times as much one of very many rows that is read
in pieces, packed or not; a quarter of it what is unpacked or read whole, and
an eighth, as numbers of 8 bytes, the cells of a table. Beyond that a run is told to be too large, before memory is
taken. `RUNCOMPARE_MAX_ROWS` (default 1M) bounds the rows that are kept as they are; of a longer history some are kept
(`thinning.py`).
"""

import os
import re

from runcompare.errors import ConfigError, UnreadableRun

__all__ = [
    "ROWS_VARIABLE",
    "VARIABLE",
    "check_cells",
    "check_file",
    "check_streamed",
    "check_unfolded",
    "most_bytes",
    "most_points",
    "most_rows",
    "most_streamed",
    "most_unfolded",
]

VARIABLE = "RUNCOMPARE_MAX_BYTES"
ROWS_VARIABLE = "RUNCOMPARE_MAX_ROWS"
_ROWS = 1_000_000
_IN_PIECES = 4
_DENSEST = 32  # how many times its own size a log unfolds into at most; ten times is usual, a bomb has a thousand
_KEPT = 10  # one in so many, of as many rows as are kept whole
_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
_DEFAULT = 1 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def most_bytes() -> int:
    """The largest file that is read. Raises ConfigError for a setting that is no size."""
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return _DEFAULT
    match = re.fullmatch(r"(\d{1,15})\s*([KMGT]?)i?B?", text, re.IGNORECASE)
    if match is None:
        raise ConfigError(f"{VARIABLE} is '{text}', which is no size.", hint="Write a number of bytes, or 4GB.")
    return int(match[1]) * _UNITS[match[2].upper()]


def most_rows() -> int:
    """How many rows of a history are all kept. Raises ConfigError for a setting that is no number."""
    text = os.environ.get(ROWS_VARIABLE, "").strip()
    if not text:
        return _ROWS
    match = re.fullmatch(r"(\d{1,12})\s*([KMG]?)", text, re.IGNORECASE)
    if match is None or not int(match[1]):
        raise ConfigError(f"{ROWS_VARIABLE} is '{text}', which is no number of rows.", hint="Write a number, or 5M.")
    return int(match[1]) * _THOUSANDS[match[2].upper()]


def most_points() -> int:
    """How many values of a key are kept of a history that is longer."""
    return max(1, most_rows() // _KEPT)


def most_unfolded() -> int:
    """Into how many bytes a packed file may unfold, and how large a document may be that is read whole."""
    return most_bytes() // 4


def check_file(where: object, size: int, *, in_pieces: bool = False) -> None:
    """Raises UnreadableRun for a file of more bytes than are read; of one that is read in pieces, which takes time and
    no memory, they are more."""
    most = most_bytes() * (_IN_PIECES if in_pieces else 1)
    if size > most:
        raise _too_large(f"{where} has {_shown(size)}, more than the {_shown(most)} that are read of a file.")


def check_unfolded(where: object, size: int) -> None:
    """Raises UnreadableRun for what unfolds into more bytes than it may."""
    if size > most_unfolded():
        raise _too_large(f"{where} holds more than the {_shown(most_unfolded())} that are read into memory at once.")


def most_streamed(packed: int) -> int:
    """Into how many bytes a packed file of so many may unfold that is read in pieces."""
    return max(most_unfolded(), min(_IN_PIECES * most_bytes(), _DENSEST * packed))


def check_streamed(where: object, size: int, packed: int) -> None:
    """Raises UnreadableRun for a packed file that is read in pieces and unfolds into more bytes than it may."""
    if size > most_streamed(packed):
        raise _too_large(f"{where} unfolds into more than {_shown(most_streamed(packed))}.")


def check_cells(rows: int, columns: int) -> None:
    """Raises UnreadableRun for a table of more cells than fit."""
    most = most_bytes() // 8
    if rows * columns > most:
        raise _too_large(f"A table of {rows:,} rows and {columns:,} keys has more than {most:,} cells.")


def _too_large(what: str) -> UnreadableRun:
    return UnreadableRun(what, hint=f"If it is meant, and there is memory for it, raise the limit: {VARIABLE}=8GB.")


def _shown(size: int) -> str:
    return f"{size / (1 << 30):.1f} GB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MB"
