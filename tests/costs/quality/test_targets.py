"""Cost to reach a quality, with seeds that never reach it."""

import math
from collections.abc import Callable, Sequence

import pytest

from runcompare.costs import Choice, PriceBook, cost_curve, cost_to_target, final_value, frontier, waste
from runcompare.records.figure import Figure
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def falling(run: MakeRun, name: str, losses: Sequence[float], step: float = 600.0) -> Run:
    """One row a step, the first after one step; the run ends with its last row."""
    rows = [{"t": (i + 1) * step, "val": loss} for i, loss in enumerate(losses)]
    return run(name, rows=rows, attempts=[(0, step * len(losses))])


def test_costs_when_the_target_was_first_reached(run: MakeRun, book: PriceBook) -> None:
    found = cost_to_target([falling(run, "a", [0.5, 0.3, 0.1, 0.2])], "val", 0.15, book)
    assert found.time.value == 1800
    assert found.device_hours.value == pytest.approx(0.5)
    assert found.money.value == pytest.approx(1.0)
    assert found.reached == 1


def test_the_median_is_kaplan_and_meiers(run: MakeRun, book: PriceBook) -> None:
    # arrivals after 600, 1200 and 1800 s; one seed ends short of the target after 1200 s, one after 3000 s
    seeds = [[0.1], [0.5, 0.1], [0.5, 0.5, 0.1], [0.5, 0.5], [0.5] * 5]
    found = cost_to_target([falling(run, f"s{i}", s) for i, s in enumerate(seeds)], "val", 0.2, book)
    # S: 4/5 after 600 s, 4/5 x 3/4 = 3/5 after 1200 s (one more leaves), 3/5 x 1/2 = 3/10 after 1800 s
    assert found.at == (600, 1200, 1800, 3000)
    assert found.short == pytest.approx((0.8, 0.6, 0.3, 0.3))
    assert found.time.value == 1800
    assert found.time.low == 600
    assert found.time.high == math.inf
    assert found.reached == 3


def test_a_median_beyond_what_was_seen_is_not_invented(run: MakeRun, book: PriceBook) -> None:
    seeds = [[0.1], [0.5] * 3, [0.5] * 3]
    found = cost_to_target([falling(run, f"s{i}", s) for i, s in enumerate(seeds)], "val", 0.2, book)
    assert found.time.is_missing
    assert "1 of 3" in found.time.source
    none = cost_to_target([falling(run, "s", [0.5, 0.4])], "val", 0.2, book)
    assert none.time.is_missing
    assert none.reached == 0


def test_higher_is_better(run: MakeRun, book: PriceBook) -> None:
    found = cost_to_target([falling(run, "a", [0.1, 0.6, 0.9])], "val", 0.6, book, higher_is_better=True)
    assert found.time.value == 1200


def test_downtime_is_not_counted(run: MakeRun, book: PriceBook) -> None:
    rows = [{"t": t, "val": v} for t, v in ((100, 0.5), (5100, 0.1))]
    resumed = run("a", rows=rows, attempts=[(0, 200), (5000, 5200)])
    assert cost_to_target([resumed], "val", 0.2, book).time.value == 300


def test_a_metric_of_the_summary_is_reached_at_the_end(run: MakeRun, book: PriceBook) -> None:
    runs = [run(f"s{i}", attempts=[(0, 100.0 + i)], summary={"eval/nrmse": v}) for i, v in enumerate((0.1, 0.3))]
    found = cost_to_target(runs, "eval/nrmse", 0.2, book)
    assert found.arrivals[0].seconds == 100
    assert not found.arrivals[1].reached
    assert any("end of the runs" in n for n in found.notes)
    assert final_value(runs, "eval/nrmse") == pytest.approx((0.1 * 0.3) ** 0.5)  # as in reports
    assert final_value(runs, "nothing") is None


def test_runs_without_the_metric_are_left_out(run: MakeRun, book: PriceBook) -> None:
    found = cost_to_target([run("a"), falling(run, "b", [0.1])], "val", 0.2, book)
    assert len(found.arrivals) == 1
    assert any(n.startswith("a has no val") for n in found.notes)
    assert cost_to_target([], "val", 0.2, book).time.is_missing


def test_curves_against_cost(run: MakeRun, book: PriceBook) -> None:
    curve = cost_curve(falling(run, "a", [0.5, float("nan"), 0.1]), "val", book)
    assert curve is not None
    assert curve.elapsed.tolist() == [600, 1800]
    assert curve.money == pytest.approx([1 / 3, 1.0])
    unknown = run("b", rows=[{"t": 60, "val": 1.0}], attempts=[(0, 60)], hardware=Hardware())
    nothing = cost_curve(unknown, "val", PriceBook.load())
    assert nothing is not None
    assert math.isnan(nothing.money[0])


def test_epochs_after_the_best_one_are_waste(run: MakeRun, book: PriceBook) -> None:
    losses, seconds = [0.5, 0.2, 0.3, 0.4], [10.0, 10.0, 20.0, 40.0]
    rows = [{"a/val_loss": v, "a/epoch_time_sec": s} for v, s in zip(losses, seconds, strict=True)]
    (lost,) = waste(run("r", rows=rows), book)
    assert (lost.what, lost.stage) == ("epochs after the best", "a")
    assert lost.share == pytest.approx(60 / 80)
    assert lost.wall.value == pytest.approx(60)
    assert lost.money.value == pytest.approx(60 / 3600 * 2)
    assert "row 2 of 4" in lost.evidence


def test_no_waste_when_the_last_epoch_is_best(run: MakeRun, book: PriceBook) -> None:
    rows = [{"a/loss": v, "a/epoch_time_sec": 1.0} for v in (0.3, 0.2, 0.1)]
    assert waste(run("r", rows=rows), book) == ()
    diverged = [{"a/loss": float("nan"), "a/epoch_time_sec": 1.0}] * 3
    assert waste(run("r", rows=diverged), book) == ()


def test_idle_devices_are_waste(run: MakeRun, book: PriceBook) -> None:
    system = [{"t": t, "gpu.0.gpu": 0.0 if t < 300 else 90.0} for t in range(0, 1000, 10)]
    (lost,) = waste(run("r", attempts=[(0, 1000)], stages=[("a", 0, 1000)], system=system), book)
    assert lost.what == "idle devices"
    assert lost.share == pytest.approx(0.3)


def test_the_frontier(run: MakeRun) -> None:
    choices = [Choice("dear", 10.0, 0.1), Choice("cheap", 1.0, 0.1), Choice("best", 5.0, 0.05), Choice("tie", 1.0, 0.1)]
    found = {c.label: c for c in frontier(choices)}
    assert {label for label, c in found.items() if c.on_frontier} == {"cheap", "tie", "best"}
    assert found["dear"].beaten_by == "cheap"
    better = frontier([Choice("a", 1.0, 0.9), Choice("b", 2.0, 0.8)], higher_is_better=True)
    assert [c.on_frontier for c in better] == [True, False]


def test_a_stated_figure_counts_as_final(run: MakeRun) -> None:
    assert final_value([run("r", figures={"nrmse": Figure(0.09)})], "nrmse") == 0.09
