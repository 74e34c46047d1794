"""How many seeds would have decided, looked at as they came in."""

from collections.abc import Callable

from costed_runs import seeds

from runcompare.costs.wasted.seeds import seeds_to_decide
from runcompare.metrics.metric import Meanings
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


def test_undecided_seeds_are_no_waste(run: MakeRun) -> None:
    new, old = (seeds(run, n, [0.1, 0.13, 0.08, 0.12]) for n in "no")
    assert seeds_to_decide(new, old, Meanings().metric("nrmse")) is None
    assert seeds_to_decide(new[:2], old[:2], Meanings().metric("nrmse")) is None


def test_a_side_counts_its_runs_up_to_the_last_that_was_needed(run: MakeRun) -> None:
    new = seeds(run, "n", [0.05, 0.051, 0.0505, 0.0502, 0.0498])
    old = seeds(run, "o", [0.1, 0.101, 0.0995, None, 0.1005, 0.1002])  # the third to start has no result
    needed = seeds_to_decide(new, old, Meanings().metric("nrmse"))
    assert needed is not None
    assert (needed.candidate, needed.baseline) == (3, 4)
