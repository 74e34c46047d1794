"""Several attempts at one run, made one history by a stated rule.

What an attempt logs again is decided by what is known of each attempt (`Known`), not by its rows: so these may come in
pieces, in their order, and a history of millions is joined as a short one is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from runcompare.records.budgets import most_points, most_rows
from runcompare.records.export import clash, numbers_apart, stack
from runcompare.records.history import RUNTIME, STEP, Whole
from runcompare.sources.kit.packed import Body, Packed, unpack

__all__ = ["Again", "Chain", "Joined", "Known", "Piece", "filled", "join_attempts", "join_in_pieces", "known_of"]

STEP_KEYS = ("global_step", "trainer/global_step", "train/global_step")
_COUNTERS = ("step", "iteration", "epoch")
Number = int | float


class Joined(NamedTuple):
    """One history; `warnings` say what gave way, `whole` what is known of all rows where some are kept."""

    frame: pl.DataFrame
    warnings: tuple[str, ...] = ()
    whole: Mapping[str, Whole] = MappingProxyType({})


class Piece(NamedTuple):
    """Some rows of an attempt, which is told by its number, from 0."""

    attempt: int
    frame: pl.DataFrame


Read = Callable[[], Iterable[Piece]]


class Again:
    """Pieces that are asked for again and again: read once where all of them fit packed, else each time anew."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._bodies: list[tuple[int, Body]] | None = None

    def pieces(self) -> Iterator[Piece]:
        """All pieces."""
        if self._bodies is not None:
            yield from (Piece(attempt, unpack(body)) for attempt, body in self._bodies)
            return
        packed, bodies, fits = Packed(), list[tuple[int, Body]](), True
        for piece in self._read():
            body = packed.packed(piece.frame) if fits else None
            fits = body is not None
            if body is not None:
                bodies.append((piece.attempt, body))
            else:
                bodies.clear()
            yield piece
        self._bodies = bodies if fits else None


@dataclass(slots=True)
class _Column:
    """What is known of a column that was logged."""

    first: tuple[int, int]  # the row that logs it first, and its place among the columns there
    kinds: set[pl.DataType] = field(default_factory=set)
    least: Number | None = None  # of the numbers; None where there is none

    def add(self, column: pl.Series) -> None:
        self.kinds.add(column.dtype)
        if column.dtype.is_numeric():
            lows = [low for low in (self.least, column.min()) if isinstance(low, int | float)]
            least = min((low for low in lows if low == low), default=lows[0])  # NaN only where there is nothing else
            self.least = float(least) if any(isinstance(low, float) for low in lows) else least


@dataclass(slots=True)
class Known:
    """What is known of an attempt's rows; the columns are those that it logged."""

    height: int = 0
    columns: dict[str, _Column] = field(default_factory=dict)

    def add(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        for place, column in enumerate(frame.iter_columns()):
            if column.null_count() < len(column):
                first = (self.height + (column.is_not_null().arg_max() or 0), place)
                self.columns.setdefault(column.name, _Column(first)).add(column)
        self.height += frame.height

    def mixed(self) -> set[str]:
        """Columns that hold numbers in some pieces and something else in others."""
        return {name for name, column in self.columns.items() if clash(column.kinds)}

    def least(self, name: str) -> Number | None:
        """The lowest number of a column; None if it logged none."""
        column = self.columns.get(name)
        return column.least if column is not None else None


def known_of(pieces: Iterable[Piece]) -> list[Known]:
    """What is known of each attempt."""
    found: list[Known] = []
    for piece in pieces:
        _add(found, piece)
    return found


def _add(known: list[Known], piece: Piece) -> None:
    known += (Known() for _ in range(len(known), piece.attempt + 1))
    known[piece.attempt].add(piece.frame)


def join_attempts(frames: Sequence[pl.DataFrame], *, own_steps: bool | Sequence[bool]) -> Joined:
    """Join the attempts' rows in the order given.

    What an attempt logs again supersedes what earlier attempts logged at the same or a later step, key by key: a
    row that keeps no value is dropped. The step is the first of `global_step` that both log, else `_step` where the
    attempt's go on from those before, else the counter (`epoch`, `STAGE/epoch`, ...) that both log, the one that the
    new attempt logs first. A row that doesn't log it, such as a validation's, has that of the row before. Where they
    start again at 0, `_step` and `_runtime` of an attempt are counted on from the end of the one before.

    Args:
        frames: the attempts' rows.
        own_steps: whether steps go on over attempts, of all of them or of each.
    """
    pieces = [Piece(number, frame) for number, frame in enumerate(frames)]
    chain = Chain(lambda: pieces, known_of(pieces), own_steps=own_steps)
    joined = stack(list(chain.pieces()))
    return Joined(joined, tuple(chain.warnings()))


def join_in_pieces(read: Read, own_steps: bool | Sequence[bool], known: Sequence[Known] = ()) -> Joined:
    """The same of attempts whose rows are too many to be held; some of those that count are kept (`thinning.py`).

    Args:
        read: gives the rows of all attempts in their order, each time from the first one on.
        own_steps: as above.
        known: of each attempt, where they are known to be several.
    """
    learned = _Learned(read)
    try:
        if not known:
            return _kept(learned.pieces)
    except _Several:
        known = learned.known
    mixed = [one.mixed() for one in known]
    if any(mixed):  # the columns of each piece are to be those of the whole
        pieces, read = read, lambda: (Piece(n, numbers_apart(frame, mixed[n])) for n, frame in pieces())
        known = known_of(read())
    chain = Chain(read, known, own_steps=own_steps)
    return _kept(chain.pieces, chain)


def _kept(pieces: Callable[[], Iterable[pl.DataFrame]], chain: "Chain | None" = None) -> Joined:
    from runcompare.records.thinning import thinned

    kept = thinned(pieces, most_points(), STEP)
    told = chain.warnings() if chain is not None else ()
    if kept.rows <= most_rows():  # enough of them gave way
        return Joined(stack(list(pieces())), tuple(told))
    return Joined(kept.frame, (*told, kept.note(most_points())), kept.whole)


class _Several(Exception):
    """There is more than one attempt."""


class _Learned:
    """The rows of a run's only attempt, of which at the first reading it shows that it is the only one."""

    def __init__(self, read: Read) -> None:
        self._read, self.known = read, list[Known]()

    def pieces(self) -> Iterator[pl.DataFrame]:
        """All rows. Raises _Several when they are read again."""
        if len(self.known) > 1:
            raise _Several
        is_new = not self.known
        for piece in self._read():
            if is_new:
                _add(self.known, piece)
            yield piece.frame


class Chain:
    """The attempts' rows one after the other, as `join_attempts` has them, read as often as they are asked for.

    Args:
        read: gives the rows of all attempts in their order, each time from the first one on.
        known: of each attempt.
        own_steps: as `join_attempts` has it.
    """

    def __init__(self, read: Read, known: Sequence[Known], *, own_steps: bool | Sequence[bool]) -> None:
        self._read, self._known = read, known
        self._own = [own_steps] * len(known) if isinstance(own_steps, bool) else own_steps
        self._later = self._attempts()

    def pieces(self) -> Iterator[pl.DataFrame]:
        """The rows that count."""
        self._later = self._attempts()
        for number, frame in self._read():
            own = self._later.get(number)
            if number and own is None:  # an attempt without rows
                continue
            kept = frame if own is None or self._own[number] else own.counted_on(frame)
            for one in self._later.values():
                kept = one.take(kept) if one.number > number else kept
            yield kept

    def warnings(self) -> list[str]:
        """What gave way, once the rows were read."""
        return [note for one in self._later.values() for note in one.told()]

    def _attempts(self) -> dict[int, "_Attempt"]:
        """The attempts that have earlier ones, by number."""
        found: dict[int, _Attempt] = {}
        logged, height = set[str](), 0
        for number, known in enumerate(self._known):
            if number and known.height:
                key = _shared_step(logged, known, self._own[number])
                found[number] = _Attempt(number, known, key, is_first=not height)
            height += known.height
            logged |= {name for name, column in known.columns.items() if column.least is not None}
        return found


def _shared_step(old: set[str], new: Known, own_steps: bool) -> str | None:
    """The step by which an attempt follows those that logged the numbers `old`."""
    both = [name for name, column in new.columns.items() if column.least is not None and name in old]
    key = next((k for k in ((*STEP_KEYS, STEP) if own_steps else STEP_KEYS) if k in both), None)
    if key is not None:
        return key
    counters = [c for c in both if c.rpartition("/")[2] in _COUNTERS]
    return min(counters, key=lambda c: new.columns[c].first, default=None)


@dataclass(slots=True)
class _Attempt:
    """An attempt as the rows before it meet it, one piece after the other."""

    number: int
    known: Known
    key: str | None
    is_first: bool  # no earlier one has rows
    gone: int = 0  # rows that lost a value
    _before: Number | None = None  # the step of the last row that has one
    _ends: dict[str, Number] = field(default_factory=dict)

    def take(self, old: pl.DataFrame) -> pl.DataFrame:
        """Some earlier rows, less what this attempt logs again."""
        kept = old if self.key is None else self._without(old, self.key)
        for axis in (STEP, RUNTIME):
            end = kept[axis].max() if axis in kept.columns else None
            if isinstance(end, int | float):
                self._ends[axis] = max(end, self._ends.get(axis, end))
        return kept

    def counted_on(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The attempt's own rows, their axes counted on from the end of those before."""
        for axis, gap in ((STEP, 1), (RUNTIME, 0)):
            if axis in self._ends and axis in frame.columns:
                frame = frame.with_columns(pl.col(axis) + (self._ends[axis] + gap))
        return frame

    def told(self) -> Iterator[str]:
        number = self.number + 1
        if self.key is None and not self.is_first:
            yield f"Attempt {number} logged no step that earlier attempts share; its rows were put behind theirs."
        if self.gone:
            again = f"Attempt {number} logged again from {self.key} {self.known.least(str(self.key))!s}"
            yield f"{again}: {self.gone} earlier rows gave way."

    def _without(self, old: pl.DataFrame, key: str) -> pl.DataFrame:
        values = [c for c in old.columns if not c.startswith("_") and c != key]
        again = [c for c in values if c in self.known.columns]
        stale = (self._steps(old, key) >= self.known.least(key)).fill_null(False)
        given_up = stale & old.select(_any_value(again)).to_series()
        if not given_up.any():
            return old
        self.gone += int(given_up.sum())
        thinned = old.with_columns(pl.when(stale).then(None).otherwise(pl.col(c)).alias(c) for c in again)
        return thinned.filter(~given_up | thinned.select(_any_value(values)).to_series())

    def _steps(self, old: pl.DataFrame, key: str) -> pl.Series:
        """The step of each row, that of the row before where it has none."""
        if key not in old.columns or not old.schema[key].is_numeric():
            return pl.Series([self._before] * old.height, dtype=pl.Float64)
        steps = filled(old[key], self._before)
        self._before = steps[-1] if len(steps) else self._before
        return steps


def filled(steps: pl.Series, before: Number | None) -> pl.Series:
    """Steps, where a row has none that of the row before; `before` is that of the first."""
    steps = steps.fill_null(strategy="forward")
    if before is None or not steps.null_count():
        return steps
    return (steps.cast(pl.Float64) if isinstance(before, float) else steps).fill_null(before)


def _any_value(columns: Sequence[str]) -> pl.Expr:
    """Whether a row holds a value in one of `columns`."""
    return pl.any_horizontal(pl.col(c).is_not_null() for c in columns) if columns else pl.repeat(False, pl.len())
