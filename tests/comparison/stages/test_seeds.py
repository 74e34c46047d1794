"""Single seeds of a curve, and its places on other axes."""

import math

import pytest

import runcompare
from runcompare import api
from runcompare.comparison.measured import measure
from runcompare.comparison.stages.seeds import Logged, with_seeds


def group(name: str, *, seconds: float, epochs: bool = True) -> runcompare.Group:
    rows = [
        {"seed": s, "step": 10 * t, "timestamp": 1e9 + seconds * t, "val/loss": (2.0 + s) / t}
        | ({"epoch": t} if epochs else {})
        for s in range(2)
        for t in range(1, 6)
    ]
    return runcompare.from_frame(rows, by="seed", name=name)


def test_each_run_and_each_axis_that_it_knows() -> None:
    c = runcompare.compare(group("new", seconds=3.0), group("old", seconds=6.0), metric="val/loss", gpu_price=3600.0)
    assert c.curve is not None
    curve = next(one for one in c.curve.curves if one.role == "candidate")
    assert curve.axis == "epoch"
    assert curve.at == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert [run.value[0] for run in curve.runs] == [2.0, 3.0]
    assert curve.places["step"] == pytest.approx((10, 20, 30, 40, 50))
    assert curve.places["time"] == pytest.approx((0, 3, 6, 9, 12))
    assert curve.runs[0].places["time"] == curve.runs[1].places["time"]


def test_an_axis_that_no_run_logged_is_not_there() -> None:
    rows = [{"seed": s, "step": t, "val/loss": (1.0 + s) / t} for s in range(2) for t in range(1, 5)]
    new, old = (runcompare.from_frame(rows, by="seed", name=name) for name in ("new", "old"))
    c = runcompare.compare(new, old, metric="val/loss")
    assert c.curve is not None
    assert set(c.curve.curves[0].places) == set()
    assert c.curve.curves[0].axis == "step"


def test_a_run_that_ended_early_has_gaps_and_the_mean_place_is_of_those_that_go_on() -> None:
    rows = [
        {"seed": s, "step": t, "timestamp": 1e9 + (s + 1) * t, "val/loss": (1.0 + s) / t}
        for s, last in ((0, 3), (1, 6))
        for t in range(1, last + 1)
    ]
    side = measure("candidate", runcompare.load(runcompare.from_frame(rows, by="seed", name="g")), api.price_book())
    logged = [Logged(run, run.run.history.series("val/loss")) for run in side.runs]
    curve = with_seeds(logged, "metric", "candidate", "step")
    short, whole = curve.runs
    assert [math.isnan(v) for v in short.value] == [False] * 3 + [True] * 3
    assert [math.isnan(v) for v in short.places["time"]] == [False] * 3 + [True] * 3
    assert whole.places["time"] == pytest.approx((0, 2, 4, 6, 8, 10))
    assert curve.places["time"] == pytest.approx((0, 1.5, 3, 6, 8, 10))
