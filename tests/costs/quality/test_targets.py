"""Cost to reach a quality, with seeds that never reach it."""

import math
from collections.abc import Callable, Sequence

import pytest
from costed_runs import falling

from runcompare.costs import PriceBook, cost_to_target, final_value, iso_quality
from runcompare.records.figure import Figure
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


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


def test_a_stated_figure_counts_as_final(run: MakeRun) -> None:
    assert final_value([run("r", figures={"nrmse": Figure(0.09)})], "nrmse") == 0.09


def curves(run: MakeRun, label: str, seeds: Sequence[Sequence[float]], **more: object) -> list[Run]:
    """One row every ten minutes."""
    return [
        run(
            f"{label}{i}",
            rows=[{"t": 600.0 * (j + 1), "val": v} for j, v in enumerate(values)],
            attempts=[(0, 600.0 * len(values))],
            **more,
        )
        for i, values in enumerate(seeds)
    ]


def test_both_sides_to_what_the_worse_one_ended_with(run: MakeRun, book: PriceBook) -> None:
    good = curves(run, "a", [[0.5, 0.29, 0.1], [0.5, 0.29, 0.1], [0.4, 0.35, 0.1]])
    poor = curves(run, "b", [[0.4, 0.35, 0.32, 0.29], [0.4, 0.29, 0.29, 0.26], [0.5, 0.4, 0.38, 0.35]])
    found = iso_quality({"a": good, "b": poor}, "val", book)
    assert found is not None
    assert found.worse == "b"
    assert found.target == pytest.approx((0.29 + 0.26 + 0.35) / 3)  # of "val" nothing is known, so neither is a scale
    assert [a.seconds for a in found.sides["a"].arrivals] == [1200, 1200, 1800]
    assert [(a.seconds, a.reached) for a in found.sides["b"].arrivals] == [(2400, True), (1200, True), (2400, False)]
    assert found.sides["a"].time.value == 1200
    assert found.sides["b"].time.value == 2400
    assert found.times.value == pytest.approx(0.5)
    assert found.times.source == "medians of h"


def test_higher_is_better_and_time_where_devices_are_not_known(run: MakeRun, book: PriceBook) -> None:
    good, poor = (curves(run, n, [v], hardware=Hardware()) for n, v in (("a", [0.6, 0.8, 0.9]), ("b", [0.5, 0.8])))
    found = iso_quality({"a": good, "b": poor}, "val", PriceBook.load(), higher_is_better=True)
    assert found is not None
    assert (found.worse, found.target) == ("b", 0.8)
    assert found.times.value == 1
    assert found.times.source == "medians of s"


def test_a_side_without_the_metric_has_no_equal(run: MakeRun, book: PriceBook) -> None:
    assert iso_quality({"a": curves(run, "a", [[0.5]]), "b": [run("b")]}, "val", book) is None
    with pytest.raises(ValueError, match="two sides"):
        iso_quality({"a": []}, "val", book)
