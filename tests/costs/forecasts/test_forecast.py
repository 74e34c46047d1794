"""Forecasts from runs whose cost follows a law that the tests choose."""

from collections.abc import Callable
from typing import Any

import pytest

from runcompare.costs import PriceBook, forecast
from runcompare.records.config import flatten
from runcompare.records.conventions import network_evaluations
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]

BASE: dict[str, Any] = {
    "latent": {"dim": 32, "tokens": 16},
    "operator": {"width": 64, "blocks": 3},
    "training": {"batch_size": 12, "rollout_horizon": 1, "lambda_rollout": 0.0},
    "stages": {"operator": {"epochs": 15}, "diff_residual": {"epochs": 8}},
    "ttc": {"enabled": True, "candidates": 8, "beam_width": 3, "horizon": 2, "max_evaluations": 150},
}


def changed(**settings: Any) -> dict[str, Any]:
    flat = {**dict(flatten(BASE)), **{k.replace("__", "."): v for k, v in settings.items()}}
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        node = nested
        *parents, last = path.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    return nested


def law(config: dict[str, Any]) -> tuple[float, float, float]:
    """Seconds an epoch of the operator and of the residual, and of the evaluation."""
    flat = dict(flatten(config))
    size = (flat["latent.tokens"] / 16) ** 0.6 * (flat["operator.width"] / 64) ** 1.1
    steps = flat["training.rollout_horizon"] ** 0.9 if flat["training.lambda_rollout"] else 1.0
    return 2.0 * size * steps, 1.0 * size, 0.05 * network_evaluations(flat) * size


def trained(run: MakeRun, name: str, config: dict[str, Any], noise: float = 1.0, **more: Any) -> Run:
    """A run that obeys the law, its stages marked, the log calling one of them by another name."""
    flat = dict(flatten(config))
    operator, residual, evaluation = law(config)
    lengths = [
        ("operator", flat["stages.operator.epochs"] * operator * noise),
        ("diffusion_residual", flat["stages.diff_residual.epochs"] * residual * noise),
        ("eval", evaluation * noise),
    ]
    rows = [
        {f"{stage}/epoch_time_sec": seconds * noise}
        for stage, epochs, seconds in (
            ("operator", flat["stages.operator.epochs"], operator),
            ("diffusion_residual", flat["stages.diff_residual.epochs"], residual),
        )
        for _ in range(epochs)
    ]
    clock, stages = 5.0, []
    for stage, seconds in lengths:
        stages.append((stage, clock, clock + seconds))
        clock += seconds
    return run(name, stages=stages, attempts=[(0, clock)], rows=rows, config=config, **more)


def truth(config: dict[str, Any]) -> float:
    flat = dict(flatten(config))
    operator, residual, evaluation = law(config)
    return 5 + flat["stages.operator.epochs"] * operator + flat["stages.diff_residual.epochs"] * residual + evaluation


AGGRESSIVE = {
    "latent__tokens": 32,
    "operator__width": 96,
    "training__rollout_horizon": 3,
    "training__lambda_rollout": 0.1,
    "stages__operator__epochs": 50,
    "ttc__candidates": 16,
    "ttc__beam_width": 5,
    "ttc__horizon": 3,
    "ttc__max_evaluations": 300,
}


def test_other_epochs_and_search_from_runs_of_one_config(run: MakeRun, book: PriceBook) -> None:
    wanted = changed(stages__operator__epochs=25, ttc__candidates=4, ttc__beam_width=2)
    runs = [trained(run, f"r{i}", BASE, noise) for i, noise in enumerate((0.98, 1.0, 1.02))]
    cast = forecast(wanted, runs, book)
    assert cast.total.wall.value == pytest.approx(truth(wanted), rel=0.05)
    assert cast.total.wall.low < truth(wanted) < cast.total.wall.high  # type: ignore[operator]
    assert cast.total.wall.provenance is Provenance.ESTIMATED
    assert {x.stage for x in cast.lines} == {"operator", "diff_residual", "eval", "other"}
    assert cast.total.wall.value == pytest.approx(sum(x.wall.value or 0 for x in cast.lines))
    assert cast.total.money.value == pytest.approx((cast.total.wall.value or 0) / 3600 * 2)


@pytest.mark.parametrize(
    "settings",
    [
        {"stages__operator__epochs": 25},
        {"latent__tokens": 32, "operator__width": 96},
        {"training__rollout_horizon": 2, "training__lambda_rollout": 0.1, "stages__operator__epochs": 20},
        {"latent__tokens": 32, "ttc__candidates": 16},
    ],
)
def test_unseen_configs_from_two_measured_ones(settings: dict[str, Any], run: MakeRun, book: PriceBook) -> None:
    aggressive = changed(**AGGRESSIVE)
    runs = [trained(run, f"b{i}", BASE, 1 + 0.01 * i) for i in range(3)]
    runs += [trained(run, f"a{i}", aggressive, 1 - 0.01 * i) for i in range(3)]
    wanted = changed(**settings)
    total = forecast(wanted, runs, book).total.wall
    assert total.value == pytest.approx(truth(wanted), rel=0.15)
    assert total.low < truth(wanted) < total.high  # type: ignore[operator]


def test_runs_may_call_a_stage_by_different_names(run: MakeRun, book: PriceBook) -> None:
    slow = [{"diff_residual/epoch_time_sec": 4.0}] * 8
    fast = [{"training/diffusion_residual/epoch_time_sec": 1.0}] * 8
    runs = [run("a", rows=slow, config=BASE), run("b", rows=fast, config=BASE)]
    cast = forecast({"stages": {"diff_residual": {"epochs": 10}}}, runs, book)
    (line,) = cast.lines
    assert line.stage == "diff_residual"
    assert line.wall.value == pytest.approx(10 * 2.0)  # the geometric mean of 4 and 1


def test_the_method_says_where_it_comes_from(run: MakeRun, book: PriceBook) -> None:
    base, aggressive = trained(run, "b", BASE), trained(run, "a", changed(**AGGRESSIVE))
    longer, wider = changed(stages__operator__epochs=99), changed(operator__width=80)
    assert forecast(longer, [base, aggressive], book).method.startswith("mean of 1 run")
    assert forecast(wider, [base, aggressive], book).method == "regression on 2 runs of 2 configurations"
    assert forecast(wider, [base], book).method == "scaled from b, the nearest run"


def test_a_rollout_loss_that_is_left_out_is_off(run: MakeRun, book: PriceBook) -> None:
    rolled = changed(training__rollout_horizon=3, training__lambda_rollout=0.1)
    wanted = {k: v for k, v in BASE.items() if k != "training"} | {"training": {"batch_size": 12}}
    cast = forecast(wanted, [trained(run, "a", rolled)], book)
    assert cast.total.wall.value == pytest.approx(truth(BASE), rel=0.1)


def test_settings_that_are_left_out_come_from_the_nearest_run_and_it_is_said(run: MakeRun, book: PriceBook) -> None:
    wanted = {"stages": {"operator": {"epochs": 30}}, "ttc": {"enabled": False}}
    cast = forecast(wanted, [trained(run, "b", BASE)], book)
    operator = next(x for x in cast.lines if x.stage == "operator")
    assert operator.wall.value == pytest.approx(60, rel=0.01)
    assert any("diff_residual" in n or "tokens" in n for n in cast.notes)


def test_a_stage_that_no_run_has_makes_the_total_missing(run: MakeRun, book: PriceBook) -> None:
    cast = forecast(changed(stages__polish__epochs=3), [trained(run, "b", BASE)], book)
    assert cast.total.wall.is_missing
    assert "polish" in cast.total.wall.source


def test_other_hardware_is_left_out(run: MakeRun, book: PriceBook, cpu: Hardware) -> None:
    runs = [trained(run, "b0", BASE), trained(run, "b1", BASE), trained(run, "c", BASE, noise=50.0, hardware=cpu)]
    cast = forecast(BASE, runs, book)
    assert cast.total.wall.value == pytest.approx(truth(BASE), rel=0.01)
    assert any("other hardware" in n for n in cast.notes)


def test_runs_of_other_stages_are_left_out(run: MakeRun, book: PriceBook) -> None:
    other = run(
        "o", config={"stages": {"vision_tower": {"epochs": 3}}}, rows=[{"vision_tower/epoch_time_sec": 99.0}] * 3
    )
    cast = forecast(BASE, [trained(run, "b", BASE), other], book)
    assert cast.total.wall.value == pytest.approx(truth(BASE), rel=0.01)
    assert any("other stages" in n for n in cast.notes)


def test_hand_written_runs_are_scaled_as_a_whole(run: MakeRun) -> None:
    figures = {
        "time": Figure(1200.0, "s", provenance=Provenance.REPORTED),
        "eval_time": Figure(200.0, "s", provenance=Provenance.REPORTED),
        "cost": Figure(0.7, "USD", provenance=Provenance.REPORTED),
    }
    cast = forecast(changed(stages__operator__epochs=38), [run("h", figures=figures, config=BASE)], PriceBook.load())
    assert cast.total.wall.value == pytest.approx(1000 * 46 / 23 + 200)
    assert cast.total.money.value == pytest.approx(0.7 * 2200 / 1200)
    assert "as a whole" in cast.method
    assert cast.total.wall.is_range


def test_without_runs_or_times_it_is_missing(run: MakeRun, book: PriceBook) -> None:
    for runs in ([], [run("empty")]):
        assert forecast(BASE, runs, book).total.wall.is_missing
    assert forecast({}, [trained(run, "b", BASE)], book).total.wall.value == pytest.approx(truth(BASE), rel=0.01)
