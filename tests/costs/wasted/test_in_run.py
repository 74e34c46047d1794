"""Epochs after the best one, and idle devices."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook, Waste, ledger, waste
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


def wasted(run: Run, book: PriceBook) -> tuple[Waste, ...]:
    return waste(run, ledger(run, book))


def test_epochs_after_the_best_one_are_waste(run: MakeRun, book: PriceBook) -> None:
    losses, seconds = [0.5, 0.2, 0.3, 0.4], [10.0, 10.0, 20.0, 40.0]
    rows = [{"a/val_loss": v, "a/epoch_time_sec": s} for v, s in zip(losses, seconds, strict=True)]
    (lost,) = wasted(run("r", rows=rows), book)
    assert (lost.what, lost.stage) == ("epochs after the best", "a")
    assert lost.share == pytest.approx(60 / 80)
    assert lost.wall.value == pytest.approx(60)
    assert lost.money.value == pytest.approx(60 / 3600 * 2)
    assert "row 2 of 4" in lost.evidence


def test_no_waste_when_the_last_epoch_is_best(run: MakeRun, book: PriceBook) -> None:
    rows = [{"a/loss": v, "a/epoch_time_sec": 1.0} for v in (0.3, 0.2, 0.1)]
    assert wasted(run("r", rows=rows), book) == ()
    diverged = [{"a/loss": float("nan"), "a/epoch_time_sec": 1.0}] * 3
    assert wasted(run("r", rows=diverged), book) == ()


def test_idle_devices_are_waste(run: MakeRun, book: PriceBook) -> None:
    system = [{"t": t, "gpu.0.gpu": 0.0 if t < 300 else 90.0} for t in range(0, 1000, 10)]
    (lost,) = wasted(run("r", attempts=[(0, 1000)], stages=[("a", 0, 1000)], system=system), book)
    assert lost.what == "idle devices"
    assert lost.share == pytest.approx(0.3)


def test_a_log_without_stages_is_treated_alike(run: MakeRun, book: PriceBook) -> None:
    rows = [{"val_loss": v, "epoch_time": s} for v, s in ((0.5, 10.0), (0.2, 10.0), (0.3, 60.0))]
    (lost,) = wasted(run("r", rows=rows), book)
    assert (lost.stage, lost.share) == ("training", pytest.approx(60 / 80))
