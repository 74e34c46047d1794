"""Shared by all tests."""

import os
import tempfile

import polars as pl
import pytest
from hypothesis import HealthCheck, settings

from runcompare.records.figure import Figure, Provenance
from runcompare.records.history import History
from runcompare.records.run import Alternative, Attempt, Claim, Hardware, Lost, Run, RunInfo, StageSpan

# machines that run the tests are shared and slow at times; slowness is not what these tests are about
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=500 if os.environ.get("RUNCOMPARE_LONG") else 40,
)
settings.load_profile("patient")

# what is pulled or kept goes not into the checkout, and not from one test to the next
os.environ["RUNCOMPARE_STORE"] = tempfile.mkdtemp(prefix="runcompare-store-")


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path_factory.mktemp("store")))


@pytest.fixture
def full_run() -> Run:
    """A run that has something of everything."""
    nan, inf = float("nan"), float("inf")
    rows = pl.DataFrame(
        {
            "_step": [0, 1, 2],
            "loss": [1.5, nan, -inf],
            "big": pl.Series([2**53 + 1, None, -(2**63)], dtype=pl.Int64),
            "huge": pl.Series([2**100, None, 1], dtype=pl.Int128),
            "word": ["a", None, "\N{SNOWMAN}"],
            "flag": [True, None, False],
            "mixed#json": [None, '{"a": [1, null]}', None],
            "never": pl.Series([None] * 3, dtype=pl.Null),
        }
    )
    info = RunInfo("r1", "run one", "test", "here", group="g", tags=("x",), started_at=5.0, seed=3)
    return Run(
        info,
        config={"lr": 1e-3, "inf": inf, "$odd": {"$float": "NaN"}, "list": [1, [nan]]},
        summary={"eval/nrmse": nan, "text": "NaN"},
        history=History(rows),
        system=History(pl.DataFrame({"_timestamp": [1.0], "cpu": [3.5]})),
        hardware=Hardware("A100", 2, "EPYC", 8, 2),
        attempts=(Attempt(1.0, None), Attempt(2.0, 3.0)),
        runtime_s=2.5,
        stages=(StageSpan("operator", 1.0, 2.0),),
        samples={"eval/nrmse": (0.1, nan)},
        figures={"cost": Figure(None, "USD", 1.0, 2.0, Provenance.ESTIMATED, "line 3")},
        claims=(Claim("9x", "cost", 9.0),),
        alternatives=(Alternative("small", {"dim": 8}, {"cost": Figure(1.2, "USD")}),),
        metadata={"args": ["--x"]},
        lost=Lost(1, 20, 3),
        warnings=("careful",),
    )
