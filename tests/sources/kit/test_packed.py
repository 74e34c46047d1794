"""Packed frames are the same again, whatever their numbers are."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from runcompare.sources.kit import packed
from runcompare.sources.kit.packed import Packed, pack, unpack

ODD = pl.DataFrame(
    {
        "step": [-(2**63), 2**63 - 1, 0, -1],
        "value": [float("nan"), -0.0, float("inf"), 5e-324],
        "gaps": [None, 1, None, -3],
        "floats": [None, 0.1, 1e308, None],
        "text": ["a", None, "é\n", ""],
        "true": [True, None, False, True],
        "none": pl.Series([None] * 4, dtype=pl.Null),
        "huge": pl.Series([2**100, None, -(2**100), 0], dtype=pl.Int128),
    }
)


def bits(frame: pl.DataFrame) -> list[list[int]]:
    return [frame[c].to_numpy().view(np.int64).tolist() for c in ("step", "value")]


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_a_frame_comes_back_bit_by_bit(rows: int) -> None:
    frame = ODD.head(rows)
    body = pack(frame)
    assert body is not None
    assert_frame_equal(unpack(body), frame)
    assert bits(unpack(body)) == bits(frame)


def test_even_steps_and_times_take_next_to_nothing() -> None:
    frame = pl.DataFrame({"step": np.arange(50_000) * 3, "time": 1.7e9 + np.arange(50_000) / 10})
    body = pack(frame)
    assert body is not None
    assert len(body.data) < 0.5 * frame.height


def test_only_what_fits_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_MOST", 5000)
    draw, kept = np.random.default_rng(0), Packed()
    bodies = [kept.packed(pl.DataFrame({"value": draw.random(100)})) for _ in range(20)]
    fitting = [body is not None for body in bodies]
    assert fitting == sorted(fitting, reverse=True)
    assert 1 < sum(fitting) < 8
