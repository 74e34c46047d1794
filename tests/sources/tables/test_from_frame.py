"""`from_frame`: data frames of any library as runs."""

import datetime as dt
import doctest
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import runcompare
from runcompare.errors import UsageError
from runcompare.records.as_json import rows_of, run_document
from runcompare.records.run import Group, Run
from runcompare.sources.tables import from_frame as frames_in

COLUMNS: dict[str, list[Any]] = {
    "step": [0, 1, 2],
    "loss": [1.5, math.nan, math.inf],
    "acc": [None, 0.5, None],
    "big": [2**53 + 1, 2**62 + 1, -(2**63)],
    "note": ["a", None, "ü"],
    "flag": [True, False, None],
}


WORDED = [
    {"_step": 0, "step": 0, "loss": 1.5, "big": 2**53 + 1, "note": "a", "flag": True},
    {"_step": 1, "step": 1, "loss": "NaN", "acc": 0.5, "big": 2**62 + 1, "flag": False},
    {"_step": 2, "step": 2, "loss": "Infinity", "big": -(2**63), "note": "ü"},
]


def duckdb_frame() -> Any:
    duckdb = pytest.importorskip("duckdb")
    logged = pa.table(COLUMNS)  # noqa: F841  (DuckDB finds it by its name)
    return duckdb.sql("select * from logged")


def pandas_nullable() -> pd.DataFrame:
    """With dtypes that know null from NaN."""
    return pd.DataFrame(
        {
            "step": pd.array([0, 1, 2], dtype="Int64"),
            "loss": pd.Series(pa.array(COLUMNS["loss"]), dtype=pd.ArrowDtype(pa.float64())),
            "acc": pd.array(COLUMNS["acc"], dtype="Float64"),
            "big": pd.array(COLUMNS["big"], dtype="Int64"),
            "note": pd.array(COLUMNS["note"], dtype="string"),
            "flag": pd.array(COLUMNS["flag"], dtype="boolean"),
        }
    )


MAKERS: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars lazy": lambda: pl.LazyFrame(COLUMNS),
    "pyarrow": lambda: pa.table(COLUMNS),
    "duckdb": duckdb_frame,
    "pandas nullable": pandas_nullable,
    "columns": lambda: COLUMNS,
    "rows": lambda: [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)],
}


def one(frame: Any, **more: Any) -> Run:
    run = runcompare.from_frame(frame, **more)
    assert isinstance(run, Run)
    return run


@pytest.mark.parametrize("kind", MAKERS)
def test_every_library_gives_every_value(kind: str) -> None:
    run = one(MAKERS[kind]())
    assert list(rows_of(run.history)) == WORDED
    assert run.warnings == ()


def test_the_docstrings_example() -> None:
    found = doctest.DocTestFinder().find(frames_in.from_frame, "from_frame")
    results = [doctest.DocTestRunner().run(test) for test in found]
    assert sum(r.attempted for r in results) == 4
    assert not any(r.failed for r in results)


def test_polars_types() -> None:
    frame = pl.DataFrame(
        {
            "step": pl.Series([0, 1], dtype=pl.UInt64),
            "huge": pl.Series([2**64 - 1, 5], dtype=pl.UInt64),
            "f32": pl.Series([0.1, 2.0], dtype=pl.Float32),
            "dec": pl.Series(["1.25", "3"]).cast(pl.Decimal(10, 2)),
            "took": pl.Series([dt.timedelta(seconds=1.5)] * 2),
            "at": pl.Series([dt.time(1, 2)] * 2),
            "enum": pl.Series(["u", "v"], dtype=pl.Enum(["u", "v"])),
            "list": [[1, 2], [3]],
            "bytes": [b"x", b"y"],
            "none": [None, None],
        }
    )
    run = one(frame)
    assert run.summary | {"at": ""} == {
        **{"step": 1, "huge": 5, "f32": 2.0, "dec": 3.0, "took": 1.5, "at": "", "enum": "v", "list": [3]}
    }
    assert run.history.frame["huge"].to_list() == [2**64 - 1, 5]
    assert run.history.frame["f32"][0] == float(np.float32(0.1))
    assert "'bytes' holds bytes" in run.warnings[0]
    assert run_document(run)["history"][0]["at"].startswith("01:02:00")


def test_runs_of_one_frame() -> None:
    frame = pl.DataFrame({"run": ["b", "a", "b"], "seed": [1, 2, 1], "epoch": [1, 1, 2], "loss": [3.0, 4.0, 5.0]})
    runs = runcompare.from_frame(frame, by="run", group="g", config={"lr": 1e-3})
    assert [(r.id, r.seed, r.info.group, r.summary["loss"]) for r in runs] == [("b", 1, "g", 5.0), ("a", 2, "g", 4.0)]
    assert runs[0].config == {"lr": 1e-3, "seed": 1}
    named = runcompare.from_frame(frame, by="run", name="x")
    assert [(r.id, r.info.group) for r in named] == [("x-b", "x"), ("x-a", "x")]
    seeds = runcompare.from_frame(frame.drop("run"), by="seed", name="x")
    assert [(r.id, r.seed) for r in seeds] == [("x-s1", 1), ("x-s2", 2)]


def test_final_values_that_no_row_has() -> None:
    run = one({"step": [0], "loss": [1.0]}, summary={"eval/nrmse": 0.25}, tags=["a"], project="p", group="g")
    assert run.summary == {"step": 0, "loss": 1.0, "eval/nrmse": 0.25}
    assert (run.info.tags, run.info.project, run.info.group) == (("a",), "p", "g")


def test_an_id_comes_from_the_content() -> None:
    frame = {"step": [0], "loss": [1.0]}
    assert one(frame).id == one(pl.DataFrame(frame)).id
    assert len({one(frame).id, one({"step": [0], "loss": [2.0]}).id, one(frame, config={"a": 1}).id}) == 3


@pytest.mark.parametrize(
    ("frame", "more", "message"),
    [
        (5, {}, "int can't be read"),
        (None, {}, "NoneType can't be read"),
        (pd.Series([1.0]), {}, "Series can't be read"),
        (pl.DataFrame(), {}, "no column of numbers"),
        (pd.DataFrame(), {}, "no column of numbers"),
        ({"a": ["x"]}, {}, "no column of numbers"),
        ({"loss": [1.0]}, {"step": "stp"}, "no column 'stp'"),
        ({"loss": [1.0], "s": ["x"]}, {"step": "s"}, "holds no steps"),
        ({"loss": [1.0], "s": ["x"]}, {"time": "s"}, "holds no times"),
        ({"loss": [1.0]}, {"by": "run"}, "no column 'run'"),
        ({"loss": [1.0, 2.0], "run": ["a", "b"]}, {}, "names 2 runs"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, "can't be read"),
    ],
)
def test_what_is_no_frame(frame: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        runcompare.from_frame(frame, **more)


def replicates(name: str, level: float) -> list[Run]:
    rows = [
        {"seed": seed, "epoch": epoch, "loss": level / epoch, "val/loss": level * (1 + 0.01 * seed) / epoch}
        for seed in range(4)
        for epoch in range(1, 6)
    ]
    return runcompare.from_frame(rows, by="seed", name=name)


def test_runs_and_lists_of_runs_are_references(tmp_path) -> None:
    new, old = replicates("new", 0.5), replicates("old", 1.0)
    comparison = runcompare.compare(new, old, runs=tmp_path)
    assert comparison.verdict == "better"
    assert comparison.quality.ratio == pytest.approx(0.5)
    assert "new is better" in runcompare.report(new, old, runs=tmp_path)
    assert runcompare.compare(new[0], old[0], runs=tmp_path).quality.ratio == pytest.approx(0.5)
    group = Group("mine", "mine", tuple(new))
    assert "mine is better" in runcompare.report(group, old, runs=tmp_path)


@pytest.mark.parametrize("runs", [[], ["a"], "twice"])
def test_a_list_that_is_no_group(runs: Any) -> None:
    given = [one({"loss": [1.0]}, id="a"), one({"loss": [2.0]}, id="a")] if runs == "twice" else runs
    with pytest.raises(UsageError):
        runcompare.load(given)
