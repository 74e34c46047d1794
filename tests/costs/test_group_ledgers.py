"""A group: the sum over its runs, and the geometric mean of one."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook, group_ledger, ledger, mean_cost
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


def test_the_same_stage_over_runs_is_summed(run: MakeRun, book: PriceBook) -> None:
    one = ledger(run("a", attempts=[(0, 100)], stages=[("operator", 0, 60)]), book)
    two = ledger(run("b", attempts=[(0, 200)], stages=[("operator", 0, 80), ("eval", 80, 200)]), book)
    group = group_ledger([one, two])
    assert {x.stage: x.wall.value for x in group.stages} == {"operator": 140, "other": 40, "eval": 120}
    means = {x.stage: x.wall.value for x in group.mean_stages}
    assert means == {"operator": pytest.approx((60 * 80) ** 0.5), "other": 40, "eval": 120}
    assert group.mean.wall.value == pytest.approx((100 * 200) ** 0.5)
    assert group.mean.wall.source.startswith("geometric mean over 2 runs: ")
    assert "1 of 2 runs" in {x.stage: x.wall.source for x in group.mean_stages}["eval"]
    with pytest.raises(ValueError, match="at least one"):
        group_ledger([])


def test_one_name_a_stage_whatever_the_logs_call_it(run: MakeRun, book: PriceBook) -> None:
    one = ledger(run("a", stages=[("training/encoder", 0, 60), ("encoder", 60, 90)]), book)
    two = ledger(run("b", stages=[("encoder", 0, 40)]), book)
    (stage,) = group_ledger([one, two]).mean_stages
    assert stage.stage == "encoder"
    assert stage.wall.value == pytest.approx((90 * 40) ** 0.5)
    assert mean_cost([one, two], "wall", "encoder") == stage.wall


def test_a_run_without_a_clock_leaves_a_mean_but_no_sum(run: MakeRun, book: PriceBook) -> None:
    ledgers = [ledger(r, book) for r in (run("a", attempts=[(0, 100)]), run("b"), run("c", attempts=[(0, 400)]))]
    group = group_ledger(ledgers)
    assert group.total.wall.is_missing
    assert group.mean.wall.value == pytest.approx(200)
    assert "over 2 of 3 runs" in group.mean.wall.source


def test_different_devices_are_noted(run: MakeRun, book: PriceBook, cpu: Hardware) -> None:
    ledgers = [ledger(r, book) for r in (run("a", attempts=[(0, 9)]), run("b", attempts=[(0, 9)], hardware=cpu))]
    assert "different devices" in group_ledger(ledgers).notes[-1]
    assert mean_cost([], "wall").is_missing
