"""Points in the order of their steps, whatever order they were logged in, with few of them held."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from runcompare.sources.kit import by_steps
from runcompare.sources.kit.by_steps import Chunk, in_order, spans_of


def last_of_step(points: pl.DataFrame) -> pl.DataFrame:
    return points.unique(["step", "key"], keep="last", maintain_order=True)


@pytest.mark.parametrize("seed", range(40))
def test_all_points_come_once_in_the_order_of_their_steps(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(seed)
    monkeypatch.setattr(by_steps, "_CELLS", int(draw.choice([20, 10**6])))
    spread = int(draw.choice([3, 50, 10**6]))
    steps = draw.integers(-spread, spread, 1000)
    steps = np.sort(steps) if draw.random() < 0.5 else steps
    points = pl.DataFrame({"step": steps, "key": draw.integers(0, 3, 1000), "place": np.arange(1000)})
    chunks = []
    for frame in points.iter_slices(70):
        chunks.append(Chunk(spans_of(frame["key"].to_numpy(), frame["step"].to_numpy()), lambda frame=frame: frame))
    found = list(in_order(chunks, 3, 100, last_of_step))
    for one, other in pairwise(found):
        assert one["step"].max() < other["step"].min()
    assert max(frame.height for frame in found) <= 100 or spread == 3
    expected = last_of_step(points) if spread == 3 else points
    together = last_of_step(pl.concat(found)) if spread == 3 else pl.concat(found)
    assert together.sort("step", "place").equals(expected.sort("step", "place"))


def test_chunks_without_the_wanted_steps_are_not_read_again() -> None:
    read: list[int] = []

    def chunk(begin: int) -> Chunk:
        def reader() -> pl.DataFrame:
            read.append(begin)
            return pl.DataFrame({"step": np.arange(begin, begin + 100)})

        return Chunk(np.array([[begin, begin + 99]]), reader)

    assert sum(f.height for f in in_order([chunk(100 * i) for i in range(50)], 1, 500, lambda f: f)) == 5000
    assert len(read) < 65
