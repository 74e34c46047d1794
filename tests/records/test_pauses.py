"""Which silences are pauses."""

import pytest

from runcompare.records.pauses import pauses


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        ([60.0] * 10 + [72_000.0] + [60.0] * 10, [10]),  # a night
        ([60.0] * 10 + [72_000.0, 60.0, 36_000.0] + [60.0] * 10, [10, 12]),  # two nights
        ([60.0] * 20, []),
        ([1.0] * 10 + [500.0], []),  # long for this run, but not long
        ([600.0] * 10 + [7_200.0], []),  # long, but not for this run
        (([1.0] * 20 + [900.0]) * 4, []),  # an evaluation after every 20 steps
        ([1.0, 72_000.0], []),  # nothing is usual yet
        ([], []),
    ],
)
def test_silences_are_pauses_if_long_unusual_and_single(gaps: list[float], found: list[int]) -> None:
    assert pauses(gaps).nonzero()[0].tolist() == found
