"""History records of the common shape, taken apart by numpy, a few thousand at a time.

The common shape is a protobuf message of items, each one key (field 1 or 2) and one JSON token (field 16), and
at the end the step (field 2). All records are walked in step: the first item of each, then the second, and so on. A
record of any other shape (nested keys, typed values, long texts) is left to the caller.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from runcompare.records.history import STEP

__all__ = ["Column", "KeyTable", "Split", "columns_of"]

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

ITEM, STEP_FIELD, KEY, NESTED_KEY, VALUE, VALUE_2 = 0x0A, 0x12, 0x0A, 0x12, 0x82, 0x01
LONGEST_KEY, LONGEST_TOKEN = 64, 47
PADDING = bytes(512)  # so that no look ahead leaves the buffer
# what word i of a text of n bytes keeps: row i, column n
_MASKS = np.array(
    [[(1 << 8 * min(max(n - 8 * i, 0), 8)) - 1 for n in range(LONGEST_KEY + 1)] for i in range(LONGEST_KEY // 8)],
    dtype=np.uint64,
)
_MIX = np.array([0x9E3779B97F4A7C15 * (2 * i + 1) % 2**64 | 1 for i in range(LONGEST_KEY // 8 + 1)], dtype=np.uint64)
_EXACT = 2.0**53


class Column(NamedTuple):
    """One key's values: floats where every token is a number that a float holds exactly, else the JSON tokens."""

    key: str
    records: Ints  # the numbers of the records that hold them
    values: NDArray[np.float64] | list[str]


class Split(NamedTuple):
    """Columns, and the numbers of the records that are of another shape."""

    columns: list[Column]
    odd: list[int]


class _Found(NamedTuple):
    """Where keys stand in a table, and whether each is really there; shape (n_keys,)."""

    place: Ints
    known: NDArray[np.bool_]


@dataclass(slots=True)
class KeyTable:
    """The keys seen so far, found again by a hash of their bytes that is then checked against the bytes."""

    names: list[str] = field(default_factory=list)
    hashes: Words = field(default_factory=lambda: np.empty(0, np.uint64))  # sorted
    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # of the name for each hash
    words: Words = field(default_factory=lambda: np.empty((0, LONGEST_KEY // 8), np.uint64))  # by number

    def find(self, words: Words, lengths: Ints) -> _Found:
        """Each key's number, and whether it really is that key (two keys may share a hash)."""
        hashes = lengths.astype(np.uint64) * _MIX[-1]
        for i in range(words.shape[1]):
            hashes += words[:, i] * _MIX[i]
        place, known = self._place(hashes)
        if not known.all():
            self._learn(np.unique(hashes[~known]), hashes, words, lengths)
            place, _ = self._place(hashes)
        numbers = self.numbers[place]
        sure = np.ones(len(hashes), dtype=bool)
        for i in range(words.shape[1]):
            sure &= self.words[numbers, i] == words[:, i]
        return _Found(numbers, sure)

    def _place(self, hashes: Words) -> _Found:
        place = np.searchsorted(self.hashes, hashes)
        place[place == len(self.hashes)] = 0
        known = self.hashes[place] == hashes if len(self.hashes) else np.zeros(len(hashes), bool)
        return _Found(place, known)

    def _learn(self, new: Words, hashes: Words, words: Words, lengths: Ints) -> None:
        at = [int(np.flatnonzero(hashes == h)[0]) for h in new]
        fresh = np.zeros((len(at), LONGEST_KEY // 8), np.uint64)
        fresh[:, : words.shape[1]] = words[at]
        raw = [row.tobytes()[:n] for row, n in zip(fresh.astype("<u8"), lengths[at], strict=True)]
        self.numbers = np.append(self.numbers, np.arange(len(self.names), len(self.names) + len(at)))
        self.names += [r.decode("utf-8", "backslashreplace") for r in raw]
        self.words = np.vstack([self.words, fresh])
        self.hashes = np.append(self.hashes, new)
        order = np.argsort(self.hashes)
        self.hashes, self.numbers = self.hashes[order], self.numbers[order]


@dataclass(frozen=True, slots=True)
class _Items:
    """Where each item's key and token stand in the buffer; arrays of shape (n_items,)."""

    record: Ints
    key_at: Ints
    key_size: Ints
    token_at: Ints
    token_size: Ints

    def take(self, which: Ints | NDArray[np.bool_]) -> "_Items":
        return _Items(*(getattr(self, name)[which] for name in self.__slots__))


def columns_of(payloads: Sequence[bytes], keys: KeyTable) -> Split:
    """The columns of undecoded history records; `keys` learns those that it doesn't know."""
    buffer = b"".join((*payloads, PADDING))
    sizes = np.fromiter(map(len, payloads), np.int64, len(payloads))
    ends = np.cumsum(sizes)
    found, odd = _walk(np.frombuffer(buffer, np.uint8), ends - sizes, ends)
    words = _words(buffer, found.key_at, found.key_size, newline=False)
    number, sure = keys.find(words, found.key_size)
    odd[found.record[~sure]] = True
    steps = np.array([name == STEP for name in keys.names], dtype=bool)
    odd |= np.bincount(found.record, weights=steps[number], minlength=len(payloads)) != 1
    kept = ~odd[found.record]
    number, found = number[kept], found.take(kept)
    # numpy's stable sort of 16-bit numbers is linear
    order = np.argsort(number.astype(np.uint16 if len(keys.names) < 2**16 else np.uint32), kind="stable")
    return Split(_split(buffer, number[order], found.take(order), keys.names), np.flatnonzero(odd).tolist())


class _Walked(NamedTuple):
    items: _Items
    odd: NDArray[np.bool_]  # of each record, whether it left the common shape


def _walk(data: NDArray[np.uint8], starts: Ints, ends: Ints) -> _Walked:
    """All items of all records; a record that leaves the common shape is marked odd."""
    odd = np.zeros(len(starts), dtype=bool)
    at, which = starts.copy(), np.arange(len(starts))
    seen: list[tuple[Ints, ...]] = []
    while len(which := which[at[which] < ends[which]]):
        here = at[which]
        is_step = data[here] == STEP_FIELD
        at[which[is_step]] = (here + 2 + data[here + 1])[is_step]
        odd[which[is_step & (data[here + 1] >= 0x80)]] = True
        record, here = which[~is_step], here[~is_step]
        size, more = data[here + 1].astype(np.int64), data[here + 2].astype(np.int64)
        long = size >= 0x80
        inside = here + 2 + long
        end = inside + np.where(long, size & 0x7F | more << 7, size)
        key_size = data[inside + 1].astype(np.int64)
        value = inside + 2 + key_size
        token_size = data[value + 2].astype(np.int64)
        fine = (data[here] == ITEM) & ~(long & (more >= 0x80)) & (end <= ends[record])
        fine &= (data[inside] == NESTED_KEY) | (data[inside] == KEY)
        fine &= (key_size <= LONGEST_KEY) & (data[value] == VALUE) & (data[value + 1] == VALUE_2)
        fine &= (token_size > 0) & (token_size <= LONGEST_TOKEN) & (value + 3 + token_size == end)
        odd[record[~fine]] = True
        at[record] = end
        seen.append((record[fine], inside[fine] + 2, key_size[fine], value[fine] + 3, token_size[fine]))
        which = which[~odd[which]]
    odd |= at != ends
    return _Walked(_Items(*(np.concatenate(c) for c in zip(*seen, strict=True))), odd)


def _words(buffer: bytes, at: Ints, size: Ints, *, newline: bool) -> Words:
    """The bytes from `at` on, 8 to a word, zeros behind them; shape (n, words). A newline may end each."""
    everywhere = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))
    count = (int(size.max(initial=1)) + 7 + newline) // 8
    out = np.empty((len(at), count), np.uint64)
    for i in range(count):
        out[:, i] = everywhere[at + 8 * i] & _MASKS[i][size]
    if newline:
        out[np.arange(len(at)), size >> 3] |= np.uint64(10) << (8 * (size & 7)).astype(np.uint64)
    return out


def _split(buffer: bytes, number: Ints, found: _Items, names: Sequence[str]) -> list[Column]:
    """Columns from items that are sorted by key."""
    numbers = _parse(buffer, found)
    bounds = np.flatnonzero(np.diff(number, prepend=-1, append=-1))
    columns: list[Column] = []
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        some = None if numbers is None else numbers[low:high]
        exact = some is not None and not some.null_count() and _is_exact(some.to_numpy())
        values = some.to_numpy() if some is not None and exact else _tokens(buffer, found, low, high)
        columns.append(Column(names[number[low]], found.record[low:high], values))
    return columns


def _parse(buffer: bytes, found: _Items) -> pl.Series | None:
    """All tokens as floats, null for what is no number; None if that doesn't come out even."""
    if not len(found.record):
        return None
    flat = (
        _words(buffer, found.token_at, found.token_size, newline=True).astype("<u8", copy=False).view(np.uint8).ravel()
    )
    lines = io.BytesIO(flat[flat != 0].tobytes())
    schema = {"value": pl.Float64}
    frame = pl.read_csv(lines, schema=schema, has_header=False, separator="\x01", quote_char=None, ignore_errors=True)
    parsed = frame["value"]
    return parsed if len(parsed) == len(found.record) else None


def _is_exact(values: NDArray[np.float64]) -> bool:
    """No value that could be a whole number beyond what a float holds exactly."""
    large = np.abs(values) >= _EXACT
    return not (large & np.isfinite(values)).any()


def _tokens(buffer: bytes, found: _Items, low: int, high: int) -> list[str]:
    starts, ends = found.token_at[low:high], (found.token_at + found.token_size)[low:high]
    return [
        buffer[a:b].decode("utf-8", "backslashreplace") for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
