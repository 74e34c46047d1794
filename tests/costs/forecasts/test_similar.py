"""Which runs a forecast goes by."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook
from runcompare.costs.forecasts.observed import observe
from runcompare.costs.forecasts.similar import different, distance, fill, related, same_hardware
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def test_runs_of_other_stages_are_left_out(run: MakeRun) -> None:
    runs = [
        run("a", config={"stages": {"encoder": {"epochs": 3}}}),
        run("b", config={"stages": {"tower": {"epochs": 3}}}),
    ]
    found = related({"stages.encoder.epochs": 5}, runs)
    assert [r.id for r in found.runs] == ["a"]
    assert found.notes == ("1 run of other stages left out",)
    assert related({"stages.other_one.epochs": 5}, runs) == (runs, ())


def test_the_hardware_of_most_runs_counts(run: MakeRun, cpu: Hardware) -> None:
    runs = [run("a"), run("b", hardware=cpu), run("c")]
    found = same_hardware(runs)
    assert [r.id for r in found.runs] == ["a", "c"]
    assert "other hardware than 1 NVIDIA A100" in found.notes[0]
    assert same_hardware([]) == ([], ())


def test_distance_is_in_the_settings_that_both_give() -> None:
    assert distance({"batch_size": 16}, {"batch_size": 8, "width": 64}) == pytest.approx(0.6931, abs=1e-4)
    assert different({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 1.0}) == [("b", 2.0, 3.0)]


def test_what_a_config_leaves_out_comes_from_the_nearest_run(run: MakeRun, book: PriceBook) -> None:
    config = {"batch_size": 8, "rollout_horizon": 3, "lambda_rollout": 0.1}
    nearest = observe(run("r", attempts=[(0, 60)], config=config), book)
    assert nearest is not None
    filled = fill({"lr": 0.1}, nearest)
    assert filled.flat == {"lr": 0.1, "batch_size": 8}  # a loss on unrolled steps is off if left out
    assert filled.notes == ("not in the config, taken from r: batch size",)
    assert fill({"batch_size": 4}, nearest).notes == ()
