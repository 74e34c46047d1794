"""A number that states where it comes from."""

import pytest

from runcompare.records.figure import Figure, Provenance


def test_a_total_is_as_strong_as_its_weakest_part() -> None:
    assert Provenance.weakest() == Provenance.DERIVED
    assert Provenance.weakest(Provenance.MEASURED) == Provenance.DERIVED
    assert Provenance.weakest(Provenance.ESTIMATED, Provenance.REPORTED) == Provenance.ESTIMATED
    assert Provenance.weakest(Provenance.MISSING, Provenance.ASSUMED) == Provenance.MISSING
    assert [p.rank for p in Provenance] == list(range(6))


@pytest.mark.parametrize(
    ("figure", "mid"),
    [
        (Figure(3.0, low=1.0, high=2.0), 3.0),
        (Figure(None, low=1.0, high=100.0), 10.0),
        (Figure(None, low=-1.0, high=3.0), 1.0),
        (Figure(None, low=0.0, high=3.0), 1.5),
        (Figure(None, low=1.0), None),
        (Figure.missing("nobody logged it"), None),
    ],
)
def test_the_middle_of_a_range(figure: Figure, mid: float | None) -> None:
    assert figure.mid == (None if mid is None else pytest.approx(mid))


def test_what_is_missing_has_a_reason() -> None:
    missing = Figure.missing("no price", "USD")
    assert (missing.is_missing, missing.is_range, missing.unit, missing.source) == (True, False, "USD", "no price")
    assert Figure(None, low=1.0, high=2.0).is_range
    assert not Figure(1.0).is_missing
