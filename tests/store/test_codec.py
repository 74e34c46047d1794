"""Every value comes back from the store's files, and damage to them is found."""

import io
import json
import math
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from same_runs import assert_same

from runcompare.errors import UnreadableRun
from runcompare.records.history import History
from runcompare.records.run import Run
from runcompare.store.codec import (
    decode_rows,
    decode_run,
    encode_rows,
    encode_run,
    last_numbers,
    marked,
    unmarked,
)
from runcompare.store.manifest import content_of, home_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("$a"), inner),
)


def test_pages_have_checksums(full_run: Run) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = History(pl.DataFrame({"x": [i / 7 for i in range(1000)]}))
    body = bytearray(encode_rows(rows))
    assert parquet.read_table(io.BytesIO(body), page_checksum_verification=True).num_rows == 1000
    body[len(body) // 2] ^= 1
    with pytest.raises(OSError, match="CRC"):
        parquet.read_table(io.BytesIO(body), page_checksum_verification=True)


def test_what_samples_are_called_comes_back(full_run: Run) -> None:
    run = replace(full_run, samples={"e": (1.0, 2.0)}, sample_keys={"e": ("b", "a")})
    assert decode_run(encode_run(run)).sample_keys == {"e": ("b", "a")}


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
        pl.Series(["a", "b"], dtype=pl.Categorical),
        pl.Series([1, 2**100], dtype=pl.Int128),
        pl.Series([None, None], dtype=pl.Null),
        pl.Series([float("nan"), -0.0], dtype=pl.Float32),
        pl.Series([[1], [2, 3]]),
    ],
    ids=str,
)
def test_types_come_back(column: pl.Series) -> None:
    frame = column.alias("x").to_frame()
    back = decode_rows(encode_rows(History(frame)))
    assert back.schema == frame.schema
    assert back.equals(frame)


def test_a_run_comes_back_but_for_its_rows(full_run: Run) -> None:
    back = decode_run(encode_run(full_run))
    assert len(back.history) == len(back.system) == 0
    assert_same(back, Run(**{f: getattr(full_run, f) for f in Run.__slots__ if f not in ("history", "system")}))


@given(JSON)
def test_marks_are_undone(value: object) -> None:
    assert repr(unmarked(json.loads(json.dumps(marked(value), allow_nan=False)))) == repr(value)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"info": 1}', b'{"info": {"id": "a"}}', b"\xff"])
def test_other_json_is_no_run(body: bytes) -> None:
    with pytest.raises(UnreadableRun, match="no stored run"):
        decode_run(body)


def test_other_bytes_are_no_rows() -> None:
    with pytest.raises(UnreadableRun, match="no stored rows"):
        decode_rows(b"PAR1")


def test_the_last_numbers_are_those_that_a_listing_shows(full_run: Run) -> None:
    last = last_numbers(full_run.history)
    assert last == {"_step": 2, "loss": -math.inf, "big": -(2**63), "huge": 1}


def test_names_depend_on_all_that_they_stand_for() -> None:
    assert home_of("a") != home_of("b")
    assert content_of({"x": "1", "y": "2"}) == content_of({"y": "2", "x": "1"}) != content_of({"x": "2", "y": "1"})
