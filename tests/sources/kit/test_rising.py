import numpy as np
import pytest

from runcompare.sources.kit import rising as module
from runcompare.sources.kit.rising import rising


@pytest.mark.parametrize("seed", range(20))
def test_all_times_come_in_their_order_however_few_are_held(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 40)
    rng = np.random.default_rng(seed)
    pieces = [rng.normal(0, 1e9, rng.integers(0, 30)).round(1) for _ in range(20)]
    pieces.append(np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -1.5, 1.5]))
    found = list(rising(iter(pieces)))
    assert max(map(len, found)) <= 80
    whole = np.concatenate(pieces)
    assert np.concatenate([np.sort(some) for some in found]).tolist() == np.sort(whole[np.isfinite(whole)]).tolist()


def test_a_time_that_stands_too_often_is_given_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 10)
    found = np.concatenate(list(rising([np.full(50, 3.0), np.array([1.0, 7.0])])))
    assert np.unique(found).tolist() == [1.0, 3.0, 7.0]


def test_no_times_give_none() -> None:
    assert list(rising([np.empty(0), np.array([np.nan])])) == []
