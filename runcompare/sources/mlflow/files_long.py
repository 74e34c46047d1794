"""The metrics of a folder of MLflow's file store that hold more values than are held: read some lines at a time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from runcompare.sources.kit.files import open_regular
from runcompare.sources.mlflow.folder import METRICS, Lines, RunFolder
from runcompare.sources.mlflow.long import LongPoints
from runcompare.sources.mlflow.points import Points, Series

__all__ = ["long_points_of"]


def long_points_of(folder: RunFolder) -> LongPoints:
    """The points of a run; what is lost of them counts in `folder`."""
    found = LongPoints([])
    for key, path in folder.files(METRICS):
        found.keys.append(key)
        code = len(found.keys) - 1
        for piece in folder.pieces(path):
            points = _points(found.keys, code, folder.parsed(piece.lines))
            found.add(points, _reader(found.keys, code, path, piece))
    return found


def _points(keys: list[str], code: int, values: Series) -> Points:
    """Those of the key of that number."""
    times, found, steps = values
    codes = np.full(len(times), code)
    return Points(keys, codes, np.array(found, np.float64), np.array(times, np.int64), np.array(steps, np.int64))


def _reader(keys: list[str], code: int, path: Path, lines: Lines) -> Callable[[], Points]:
    begin, size = lines.at, len(lines.lines)

    def read() -> Points:
        with open_regular(path, in_pieces=True) as file:
            file.seek(begin)
            return _points(keys, code, RunFolder(path.parent).parsed(file.read(size)))

    return read
