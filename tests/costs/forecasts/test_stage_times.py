"""Seconds by stage, from what runs took."""

import pytest

from runcompare.costs.forecasts.observed import Observed
from runcompare.costs.forecasts.stage_times import stage_times
from runcompare.records.figure import Figure

PRICE = Figure(2.0, "USD/device-hour")


def seen(run_id: str, each: float, *, besides: float = 0.0, **more: object) -> Observed:
    config = {"stages.encoder.epochs": 10}
    return Observed(run_id, config, PRICE, {"encoder": 10.0}, {"encoder": each}, {"encoder": besides}, **more)


def test_a_stage_takes_its_epochs_and_what_it_takes_besides() -> None:
    runs = [seen("a", 2.0, besides=3.0), seen("b", 2.0, besides=5.0)]
    found = stage_times({"stages.encoder.epochs": 20}, runs, runs[0], asked=["encoder"])
    wall = found.seconds["encoder"]
    assert wall.value == pytest.approx(20 * 2 + 4)
    assert wall.low is not None
    assert wall.low < 43 < 45 < (wall.high or 0)
    assert wall.source == "20 epochs x 2 s + 4 s"
    assert found.notes == ()


def test_epochs_that_are_left_out_are_those_of_the_nearest_run() -> None:
    near = seen("a", 2.0)
    found = stage_times({}, [near], near, asked=[])
    assert found.seconds["encoder"].value == pytest.approx(20)
    assert found.notes == ("the config sets no epochs for encoder: 10 as in a",)


def test_a_stage_that_no_run_went_through_is_missing() -> None:
    near = seen("a", 2.0)
    found = stage_times({"stages.encoder.epochs": 1}, [near], near, asked=["encoder", "polish"])
    assert found.seconds["polish"].is_missing


def test_time_outside_epochs_stays_as_it_was() -> None:
    runs = [seen("a", 2.0, other_seconds=4.0, without_epochs={"setup": 9.0}), seen("b", 2.0, other_seconds=6.0)]
    found = stage_times({"stages.encoder.epochs": 10}, runs, runs[0], asked=[])
    other, setup = found.seconds["other"], found.seconds["setup"]
    assert (other.value, other.low, other.high) == (5, 4, 6)
    assert (setup.value, setup.source) == (9, "as in 1 run")


def test_whole_times_are_scaled_by_the_sum_of_epochs() -> None:
    whole = Observed("h", {"stages.encoder.epochs": 10}, PRICE, train_seconds=100.0, eval_seconds=20.0)
    found = stage_times({"stages.encoder.epochs": 30}, [whole], whole, asked=["encoder"])
    training = found.seconds["training"]
    assert (training.value, training.low, training.high) == pytest.approx((300, 200, 450))
    assert found.seconds["eval"].value == 20
    assert "scaled by 3 as a whole" in found.notes[0]
