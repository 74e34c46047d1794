"""The largest of k errors over one estimate of the noise."""

import numpy as np
import pytest
from scipy import special

from runcompare.stats.largest import largest_beyond, width_of_largest


@pytest.mark.parametrize("df", [1.0, 2.0, 4.3, 30.0])
@pytest.mark.parametrize("t", [0.0, 0.5, 3.0, 12.0])
def test_of_one_it_is_students_t(df: float, t: float) -> None:
    assert largest_beyond(np.array(t), np.array(df), 1, two_sided=True) == pytest.approx(
        2 * special.stdtr(df, -t), rel=1e-4, abs=1e-12
    )
    assert largest_beyond(np.array(-t), np.array(df), 1, two_sided=False) == pytest.approx(
        1 - special.stdtr(df, -t), rel=1e-4
    )


@pytest.mark.parametrize("k", [2, 10, 300])
def test_of_known_noise_it_is_sidaks(k: int) -> None:
    width = width_of_largest(0.05, np.array(np.inf), k)
    assert width == pytest.approx(-special.ndtri((1 - 0.95 ** (1 / k)) / 2), rel=1e-3)


@pytest.mark.parametrize(("df", "k"), [(2.0, 300), (4.0, 10), (9.0, 100)])
def test_it_is_what_a_simulation_finds(df: float, k: int) -> None:
    rng = np.random.default_rng(0)
    largest = np.abs(rng.normal(size=(20_000, k))).max(axis=1) / np.sqrt(rng.chisquare(df, 20_000) / df)
    assert np.mean(largest > width_of_largest(0.05, np.array(df), k)) == pytest.approx(0.05, abs=0.006)
    assert np.mean(largest > 4.0) == pytest.approx(
        float(largest_beyond(np.array(4.0), np.array(df), k, two_sided=True)), abs=0.015
    )


def test_width_and_p_agree_for_arrays() -> None:
    df = np.array([[1.0, 2.5], [8.0, np.inf]])
    widths = width_of_largest(0.01, df, 50)
    assert widths.shape == df.shape
    assert largest_beyond(widths, df, 50, two_sided=True) == pytest.approx(np.full(df.shape, 0.01), rel=1e-6)


def test_more_are_never_surer() -> None:
    found = [float(largest_beyond(np.array(3.0), np.array(4.0), k, two_sided=True)) for k in (1, 2, 5, 50, 5000)]
    assert found == sorted(found)
