"""What a run's test-time search gained and took, by the keys of any convention."""

from collections.abc import Callable

import pytest

from runcompare.costs import PriceBook, ledger
from runcompare.costs.wasted.search import Search, gain_of, read_search, same_but_for_search
from runcompare.records.conventions import SEARCHES
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


@pytest.mark.parametrize("keys", SEARCHES)
def test_every_convention_is_read(keys, run: MakeRun, book: PriceBook) -> None:
    summary = {keys.alone: 0.2, keys.searched: 0.1, keys.seconds: 30.0, keys.evaluations: 640}
    made = run(attempts=[(0, 100)], summary=summary)
    found = read_search(made, ledger(made, book))
    assert found is not None
    assert (found.gain, found.seconds.value, found.evaluations) == (0.5, 30, 640)
    assert found.seconds.provenance is Provenance.MEASURED


def test_a_run_that_did_not_search_took_no_time_for_it(run: MakeRun, book: PriceBook) -> None:
    made = run(attempts=[(0, 100)], summary={SEARCHES[0].alone: 0.2})
    found = read_search(made, ledger(made, book))
    assert found is not None
    assert (found.gain, found.seconds.value, found.evaluations) == (0, 0, 2)
    assert read_search(run(), ledger(run(), book)) is None


def searches(run: MakeRun, book: PriceBook, gains: list[float], samples: tuple[float, ...] = ()) -> list[Search]:
    costs = ledger(run(), book)
    return [Search(run(), costs, 1.0, 1 - g, samples, Figure(1.0, "s"), 2.0) for g in gains]


@pytest.mark.parametrize(
    ("gains", "shown"),
    [([0.05, 0.06, 0.055], True), ([0.05, -0.06, 0.0], False), ([0.05, 0.3], None), ([0.1], None), ([-0.1], False)],
)
def test_a_gain_is_shown_by_the_interval_of_its_mean(gains, shown, run: MakeRun, book: PriceBook) -> None:
    assert gain_of(searches(run, book, gains)).shown is shown


def test_one_run_is_judged_by_its_test_samples(run: MakeRun, book: PriceBook) -> None:
    gain = gain_of(searches(run, book, [0.1], samples=(0.1, 0.11, 0.09, 0.1)))
    assert gain.shown is True
    assert "4 test samples" in gain.evidence


def test_settings_without_seed_names_and_search(run: MakeRun) -> None:
    one, two = {"lr": 1, "seed": 0, "name": "a", "ttc": {"horizon": 2}}, {"lr": 1, "seed": 1, "name": "b"}
    assert same_but_for_search(run(config=one)) == same_but_for_search(run(config=two)) == (("lr", "1"),)
