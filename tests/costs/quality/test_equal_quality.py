"""What two sides cost at equal quality, with runs that fall short of it."""

from collections.abc import Callable, Sequence

import pytest

from runcompare.costs import PriceBook, iso_quality
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]


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
    assert found.target == pytest.approx((0.29 * 0.26 * 0.35) ** (1 / 3))
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
