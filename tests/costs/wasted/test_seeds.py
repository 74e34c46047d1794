"""How many seeds would have decided, looked at as they came in."""

from collections.abc import Callable, Sequence

from runcompare.costs.wasted.seeds import seeds_to_decide
from runcompare.metrics.metric import describe
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


def seeds(run: MakeRun, label: str, values: Sequence[float | None], *, started: bool = True) -> list[Run]:
    """One an hour, the last of the list first."""
    n = len(values)
    return [
        run(
            f"{label}{i}",
            attempts=[(3600.0 * (n - i), 3600.0 * (n - i) + 600)] if started else (),
            runtime_s=600.0,
            summary={} if v is None else {"nrmse": v},
        )
        for i, v in enumerate(values)
    ]


def test_undecided_seeds_are_no_waste(run: MakeRun) -> None:
    new, old = (seeds(run, n, [0.1, 0.13, 0.08, 0.12]) for n in "no")
    assert seeds_to_decide(new, old, describe("nrmse")) is None
    assert seeds_to_decide(new[:2], old[:2], describe("nrmse")) is None
