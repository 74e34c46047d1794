"""Attempts at a run, made one history."""

import random
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from drawn_attempts import draw_attempts

from runcompare.records.export import stack
from runcompare.sources.kit import packed
from runcompare.sources.kit.attempts import Again, Chain, Piece, join_attempts, join_in_pieces, known_of


def attempt(first: int, last: int, value: float) -> pl.DataFrame:
    """Training rows with a step, and every tenth time a validation row without."""
    rows: list[dict[str, Any]] = []
    for i in range(first, last):
        rows.append({"global_step": i, "train/loss": value})
        if i % 10 == 9:
            rows.append({"epoch": i // 10, "val/loss": value})
    rows = [{"_step": n, "_runtime": float(n), **row} for n, row in enumerate(rows)]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_validation_rows_give_way_with_the_steps_they_stood_behind() -> None:
    joined, notes, _ = join_attempts([attempt(0, 35, 1.0), attempt(20, 50, 2.0)], own_steps=False)
    val = joined.filter(pl.col("val/loss").is_not_null())
    assert val["epoch"].to_list() == [0, 1, 2, 3, 4]
    assert val["val/loss"].to_list() == [1, 1, 2, 2, 2]
    assert joined["global_step"].drop_nulls().to_list() == list(range(50))
    assert joined["_step"].is_sorted()
    assert notes == ("Attempt 2 logged again from global_step 20: 16 earlier rows gave way.",)


def test_a_run_that_logs_epochs_only_is_joined_by_them() -> None:
    frames = [
        pl.DataFrame({"_step": range(n), "epoch": range(first, first + n), "val/loss": [level] * n})
        for first, n, level in ((0, 8, 1.0), (5, 6, 2.0))
    ]
    joined, notes, _ = join_attempts(frames, own_steps=False)
    assert joined["epoch"].to_list() == list(range(11))
    assert joined["val/loss"].to_list() == [1.0] * 5 + [2.0] * 6
    assert notes == ("Attempt 2 logged again from epoch 5: 3 earlier rows gave way.",)


def test_stages_are_joined_where_the_new_attempt_begins() -> None:
    """Killed in the second stage, begun anew in the first: what both stages log again gives way."""
    old = pl.DataFrame(
        {
            "a/epoch": [0, 1, 2, 3, None, None],
            "a/loss": [9.0, 8.0, 7.0, 6.0, None, None],
            "b/epoch": [None] * 4 + [0, 1],
            "b/loss": [None] * 4 + [5.0, 4.0],
        }
    )
    new = pl.DataFrame(
        {
            "b/epoch": [None, None, 0],
            "b/loss": [None, None, 0.5],
            "a/epoch": [2, 3, None],
            "a/loss": [0.7, 0.6, None],
        }
    )
    joined = join_attempts([old, new], own_steps=False).frame
    assert joined["a/loss"].drop_nulls().to_list() == [9.0, 8.0, 0.7, 0.6]
    assert joined["b/loss"].drop_nulls().to_list() == [0.5]


@pytest.mark.parametrize("seed", range(30))
def test_pieces_of_attempts_are_joined_as_the_whole_attempts_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    frames = [
        pl.DataFrame([{"_step": row.step, "_runtime": row.time - some.start, **row.values} for row in some.rows])
        for some in draw_attempts(draw)
    ]
    own = [draw.random() < 0.5 for _ in frames]
    whole = join_attempts(frames, own_steps=own)
    pieces = [Piece(n, frame[i : i + 50]) for n, frame in enumerate(frames) for i in range(0, max(1, frame.height), 50)]
    chain = Chain(lambda: pieces, known_of(pieces), own_steps=own)
    for _ in range(2):
        assert stack(list(chain.pieces())).equals(whole.frame)
    assert tuple(chain.warnings()) == whole.warnings
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", str(whole.frame.height))
    assert join_in_pieces(lambda: pieces, own).frame.equals(whole.frame), "enough rows gave way"


def test_texts_among_numbers_are_told_apart_in_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "5")
    parts = [
        (0, {"_step": [0, 1, 2], "loss": [1.0, 2.0, 3.0]}),
        (0, {"_step": [3, 4, 5], "loss": ["oops", "no", "number"]}),
        (1, {"_step": [4, 5], "loss": [0.5, 0.25]}),
    ]
    pieces = [Piece(number, pl.DataFrame(columns)) for number, columns in parts]
    whole = join_attempts([stack([pieces[0].frame, pieces[1].frame]), pieces[2].frame], own_steps=True)
    found = join_in_pieces(lambda: pieces, own_steps=True)
    assert found.frame["loss#json"].drop_nulls().to_list() == ['"oops"', '"no"', '"number"']
    assert (found.frame.columns, found.warnings[:-1]) == (whole.frame.columns, whole.warnings)
    assert found.frame["loss"].drop_nulls().to_list()[-2:] == [0.5, 0.25]


def test_fractions_may_come_later_than_whole_numbers() -> None:
    columns = [(0, [0, 1]), (0, [1.5, None]), (1, [3, None]), (1, [0.5, 4.0])]
    pieces = [Piece(number, pl.DataFrame({"_step": steps, "loss": steps[:1] * 2})) for number, steps in columns]
    chain = Chain(lambda: pieces, known_of(pieces), own_steps=True)
    assert stack(list(chain.pieces())).rows() == [(0.0, 0.0), (3.0, 3.0), (None, 3.0), (0.5, 0.5), (4.0, 0.5)]
    assert chain.warnings() == ["Attempt 2 logged again from _step 0.5: 3 earlier rows gave way."]


@pytest.mark.parametrize(("fits", "readings"), [(1 << 20, 1), (10, 3)])
def test_what_fits_packed_is_read_once(fits: int, readings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_MOST", fits)
    frames = [pl.DataFrame({"_step": range(n), "text": ["a", None] * (n // 2)}) for n in (4, 6)]
    read: list[int] = []

    def pieces() -> Iterator[Piece]:
        read.append(1)
        yield from (Piece(n, frame) for n, frame in enumerate(frames))

    again = Again(pieces)
    for _ in range(3):
        found = list(again.pieces())
        assert [piece.attempt for piece in found] == [0, 1]
        assert all(piece.frame.equals(frame) for piece, frame in zip(found, frames, strict=True))
    assert len(read) == readings
