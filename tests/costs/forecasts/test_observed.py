"""The times of one run, taken apart."""

from collections.abc import Callable

from runcompare.costs import PriceBook
from runcompare.costs.forecasts.observed import observe
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


def test_epochs_their_time_and_what_a_stage_takes_besides(run: MakeRun, book: PriceBook) -> None:
    stages = [("encoder", 0, 50), ("setup", 50, 60), ("eval", 60, 90)]
    made = run(attempts=[(0, 100)], stages=stages, rows=[{"encoder/epoch_time_sec": 20.0}] * 2)
    seen = observe(made, book)
    assert seen is not None
    assert (seen.epochs, seen.epoch_seconds, seen.besides) == ({"encoder": 2}, {"encoder": 20}, {"encoder": 10})
    assert seen.without_epochs == {"setup": 10}
    assert (seen.train_seconds, seen.eval_seconds, seen.other_seconds) == (70, 30, 10)


def test_epochs_are_counted_by_their_number_where_they_were_not_timed(run: MakeRun, book: PriceBook) -> None:
    rows = [{"t": t, "epoch": e, "loss": 1.0} for t, e in ((10, 0), (20, 0), (30, 1))]
    seen = observe(run(attempts=[(0, 30)], rows=rows), book)
    assert seen is not None
    assert (seen.epochs, seen.epoch_seconds) == ({"training": 2}, {"training": 15})


def test_only_a_finished_run_went_through_its_configured_epochs(run: MakeRun, book: PriceBook) -> None:
    made = {"stages": [("encoder", 0, 50)], "config": {"stages": {"encoder": {"epochs": 5}}}}
    done, killed = (observe(run(state=state, **made), book) for state in ("finished", "interrupted"))
    assert done is not None
    assert killed is not None
    assert (done.epochs, killed.epochs) == ({"encoder": 5}, {})
    assert killed.without_epochs == {"encoder": 50}


def test_a_record_states_epochs_and_its_price(run: MakeRun, book: PriceBook) -> None:
    figures = {"time": Figure(3600.0, "s"), "cost": Figure(4.0, "USD"), "encoder/epochs": Figure(7.0)}
    seen = observe(run(figures=figures), book)
    assert seen is not None
    assert seen.epochs == {"encoder": 7}
    assert (seen.price.value, seen.price.provenance) == (4.0, Provenance.DERIVED)
    assert observe(run(), book) is None
