"""One event file: what it holds besides its points is known; these are read again when they are wanted.

Points of the files that were read last are kept, of few rows together: those of two runs that are kept whole.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from runcompare.errors import UnreadableRun
from runcompare.records.budgets import most_rows
from runcompare.records.file_stamp import FileStamp
from runcompare.sources.kit.by_steps import Spans
from runcompare.sources.kit.files import open_regular, stamp_of
from runcompare.sources.kit.points import Points
from runcompare.sources.tensorboard.events import Decoder, Events
from runcompare.sources.tensorboard.framing import Damage, read_pieces
from runcompare.sources.tensorboard.scalars import Scalars, points_of

__all__ = ["EventFile", "Stretch", "forget", "read_file"]

_KEPT = 2  # runs


class Stretch(NamedTuple):
    """A piece of a file: its bytes, how many records come before it, and the steps of its tags."""

    begin: int
    end: int
    records: int
    spans: Spans


@dataclass(slots=True)
class EventFile:
    """One event file without its points; `role` is that of its sub-folder, empty for a run's own."""

    path: Path
    events: Events = field(default_factory=Events)
    damage: Damage = field(default_factory=Damage)
    stretches: list[Stretch] = field(default_factory=list)
    role: str = ""

    @property
    def states_settings_only(self) -> bool:
        """Is it a file of `add_hparams`: settings, and one value for each metric?"""
        return bool(self.events.hparams) and all(tag.points <= 1 for tag in self.events.tags.values())

    @property
    def most(self) -> int:
        """How many points the tag has that was logged most often."""
        return max((tag.points for tag in self.events.tags.values()), default=0)

    def points(self) -> dict[str, Points]:
        """All points by tag, in the order of the records."""
        if (kept := _kept.get((self.path, stamp_of(self.path)))) is not None:
            return kept
        return points_of((self._scalars(stretch) for stretch in self.stretches), self.events.starts)

    def points_in(self, stretch: Stretch) -> dict[str, Points]:
        """Those of one stretch."""
        return points_of([self._scalars(stretch)], self.events.starts)

    def _scalars(self, stretch: Stretch) -> Scalars:
        with open_regular(self.path, in_pieces=True) as file:
            records = [r for piece in read_pieces(file, stretch.begin, stretch.end) for r in piece.records]
        return Decoder(stretch.records).add(records)


_kept: OrderedDict[tuple[Path, FileStamp], dict[str, Points]] = OrderedDict()


def _keep(path: Path, stamp: FileStamp, points: dict[str, Points]) -> None:
    """Keep a file's points, and give up those of files that were read before where they are too many."""
    _kept[path, stamp] = points
    rows = sum(max((len(p.step) for p in some.values()), default=0) for some in _kept.values())
    while len(_kept) > 1 and rows > _KEPT * most_rows():
        _, gone = _kept.popitem(last=False)
        rows -= max((len(p.step) for p in gone.values()), default=0)


def forget() -> None:
    """Drop what is kept."""
    _kept.clear()
    _read_file.cache_clear()


def read_file(path: Path) -> EventFile:
    """What a file holds. Raises UnreadableRun if that is no event of TensorBoard's."""
    return _read_file(path, stamp_of(path))


@lru_cache(maxsize=64)
def _read_file(path: Path, stamp: FileStamp) -> EventFile:
    file, decoder = EventFile(path), Decoder()
    held: list[Scalars] | None = []  # None where the file is too long to be held
    counts: Counter[bytes] = Counter()
    for found in _pieces(file, decoder):
        counts.update({tag: len(chunk.step) for tag, (chunk,) in found.items()})
        if held is not None:
            held.append(found)
            held = held if max(counts.values(), default=0) <= most_rows() else None
    if not decoder.records:
        raise UnreadableRun(f"{path} holds no intact event.", hint="It is empty, damaged or another kind of file.")
    if decoder.events.odd == decoder.records:
        raise UnreadableRun(f"{path} holds no events of TensorBoard's.")
    file.events = decoder.events
    if held is None:
        for stretch in file.stretches:
            file.events.count(file.points_in(stretch))
    else:
        points = points_of(held, file.events.starts)
        file.events.count(points)
        _keep(path, stamp, points)
    return file


def _pieces(file: EventFile, decoder: Decoder) -> Iterator[Scalars]:
    """The scalars of a file, piece by piece, of which it is noted where they stand."""
    with open_regular(file.path, in_pieces=True) as body:
        for piece in read_pieces(body):
            before, found = decoder.records, decoder.add(piece.records)
            spans = [(chunk.step.min(), chunk.step.max()) for (chunk,) in found.values()]
            steps = np.array(spans, np.int64).reshape(-1, 2)
            file.stretches.append(Stretch(piece.begin, piece.end, before, steps))
            file.damage.add(piece.damage)
            yield found
