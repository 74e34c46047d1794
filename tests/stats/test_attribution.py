"""Attribution against closed forms, against shapiq where it is installed, and by simulation of seeds."""

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from runcompare.errors import UsageError
from runcompare.stats.attribution import attribute
from runcompare.stats.designs import factorial_design, fractional_design, one_in_design, one_out_design
from runcompare.stats.intervals import welch_interval

Game = Callable[[NDArray[np.bool_]], float]


def both_ends(k: int) -> NDArray[np.bool_]:
    return np.unique(np.vstack([one_out_design(k), one_in_design(k)]), axis=0)


DESIGNS = {"factorial": factorial_design, "fractional": fractional_design, "one-out": one_out_design}
DESIGNS |= {"one-in": one_in_design, "both ends": both_ends}


def random_game(k: int, rng: np.random.Generator, order: int) -> Game:
    """A game whose factors interact up to `order` at a time."""
    terms = {
        frozenset(np.flatnonzero(row)): float(rng.normal() / row.sum())
        for row in factorial_design(k)
        if 0 < row.sum() <= order
    }
    return lambda row: sum(size for term, size in terms.items() if all(row[i] for i in term))


def by_permutation(game: Game, k: int) -> list[float]:
    """Shapley's values as they are defined: what switching a factor on does, over all orders."""
    orders = [*permutations(range(k))]
    gains = np.zeros(k)
    for order in orders:
        row = np.zeros(k, dtype=bool)
        for factor in order:
            before = game(row)
            row[factor] = True
            gains[factor] += game(row) - before
    return (gains / len(orders)).tolist()


def exact(levels: NDArray[np.bool_], game: Game) -> list[list[float]]:
    return [[game(row)] * 2 for row in levels]


def values_of(estimates: object) -> list[float]:
    return [e.value for e in estimates]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_parts_add_up_and_are_the_factors_effects_where_these_add(name: str, k: int) -> None:
    rng = np.random.default_rng(k)
    effects = rng.normal(size=k)
    levels = DESIGNS[name](k)
    found = attribute(levels, exact(levels, lambda row: float(row @ effects) + 3))
    assert values_of(found.shapley) == pytest.approx(effects.tolist())
    assert sum(values_of(found.shapley)) == pytest.approx(found.total.value, abs=1e-12)
    assert [s.value for s in found.shares if s] == pytest.approx((effects / effects.sum()).tolist())
    assert all(abs(pair.effect.value) < 1e-12 for pair in found.interactions)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("k", [3, 4, 5])
def test_parts_add_up_however_factors_interact(name: str, k: int) -> None:
    rng = np.random.default_rng(k)
    game = random_game(k, rng, order=k)
    levels = DESIGNS[name](k)
    found = attribute(levels, [[game(row) + 0.1 * rng.normal() for _ in range(3)] for row in levels])
    assert sum(values_of(found.shapley)) == pytest.approx(found.total.value, abs=1e-12)
    assert all(e.low <= e.value <= e.high for e in found.shapley if e.low is not None and e.high is not None)


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_all_combinations_give_the_average_over_all_orders(k: int) -> None:
    game = random_game(k, np.random.default_rng(k), order=k)
    levels = factorial_design(k)
    found = attribute(levels, exact(levels, game))
    assert values_of(found.shapley) == pytest.approx(by_permutation(game, k))
    assert found.basis == "all combinations"
    assert found.remainder is None


def test_all_combinations_give_what_shapiq_does() -> None:
    shapiq = pytest.importorskip("shapiq")
    k = 4
    game = random_game(k, np.random.default_rng(0), order=k)

    def of_rows(rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.array([game(row) for row in np.atleast_2d(rows)])

    peer = shapiq.ExactComputer(n_players=k, game=of_rows)("SV")
    levels = factorial_design(k)
    ours = values_of(attribute(levels, exact(levels, game)).shapley)
    assert ours == pytest.approx([float(peer[(i,)]) for i in range(k)])


@pytest.mark.parametrize("name", ["fractional", "both ends"])
@pytest.mark.parametrize("k", [3, 4, 5])
def test_fewer_arms_are_right_where_no_three_factors_interact(name: str, k: int) -> None:
    game = random_game(k, np.random.default_rng(k), order=2)
    levels = DESIGNS[name](k)
    assert values_of(attribute(levels, exact(levels, game)).shapley) == pytest.approx(by_permutation(game, k))


@pytest.mark.parametrize(("name", "basis"), [("one-out", "last only"), ("one-in", "first only")])
@pytest.mark.parametrize("sign", [1, -1])
def test_one_end_gives_a_range_that_holds_the_truth_where_all_interactions_go_one_way(
    name: str, basis: str, sign: int
) -> None:
    rng = np.random.default_rng(3)
    pairs = np.triu(np.abs(rng.normal(size=(4, 4))), 1) * sign
    main = rng.normal(size=4)

    def game(row: NDArray[np.bool_]) -> float:
        on = row.astype(float)
        return float(on @ main + on @ pairs @ on)

    levels = DESIGNS[name](4)
    found = attribute(levels, exact(levels, game))
    assert found.basis == basis
    for truth, part in zip(by_permutation(game, 4), found.shapley, strict=True):
        assert part.low is not None
        assert part.high is not None
        assert part.low - 1e-9 <= truth <= part.high + 1e-9


def test_main_alone_last_and_interactions_of_two_factors() -> None:
    table = {(0, 0): 1.0, (1, 0): 3.0, (0, 1): 4.0, (1, 1): 9.0}
    levels = factorial_design(2)
    found = attribute(levels, [[table[tuple(map(int, row))]] * 3 for row in levels])
    assert values_of(found.alone) == [2, 3]
    assert values_of(found.last) == [5, 6]
    assert values_of(found.main) == [3.5, 4.5]
    assert [(p.first, p.second, p.effect.value) for p in found.interactions] == [(0, 1, 3)]


def test_with_one_factor_the_interval_of_three_equal_arms_is_students() -> None:
    new, old = [3.0, 3.4, 3.2], [1.1, 1.0, 1.3]
    found = attribute([[False], [True]], [old, new])
    peer = welch_interval(new, old)
    assert found.total.value == pytest.approx(np.mean(new) - np.mean(old))
    assert [found.total.low, found.total.high] == pytest.approx([*peer], rel=0.02)  # the variances are nearly the same
    assert found.shares[0] is not None
    assert found.shares[0].value == 1


def test_without_replicates_there_are_values_and_no_intervals() -> None:
    levels = factorial_design(2)
    found = attribute(levels, [[float(i)] for i in range(4)])
    assert found.total == found.total.__class__(3.0)
    assert found.noise is None
    assert [e.low for e in found.shapley] == [None, None]
    assert found.interactions[0].p_value is None


def test_no_shares_of_a_total_that_may_be_nothing() -> None:
    rng = np.random.default_rng(0)
    levels = factorial_design(3)
    found = attribute(levels, [rng.normal(size=3) for _ in levels])
    assert not found.total.is_shown
    assert found.shares == (None, None, None)


@pytest.mark.parametrize(
    ("levels", "values"),
    [
        ([[False], [True]], [[1.0]]),
        ([[False], [True]], [[1.0], []]),
        ([[False], [True]], [[1.0], [math.nan]]),
        ([[False, False], [True, False]], [[1.0], [1.0]]),
        ([[False], [True], [True]], [[1.0], [1.0], [2.0]]),
        ([[0, 0, 0], [1, 1, 1], [1, 0, 0]], [[1.0], [2.0], [3.0]]),
    ],
)
def test_what_can_not_be_attributed_is_an_error(levels: list[list[bool]], values: list[list[float]]) -> None:
    with pytest.raises(UsageError):
        attribute(levels, values)


def noise_like(shape: str, k: int, levels: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """The standard deviation of each arm: all the same, about the same, or or one corner three times as large."""
    if shape == "same":
        return np.full(len(levels), 0.3)
    if shape == "similar":
        return np.asarray(0.3 * np.exp(0.3 * rng.normal(size=len(levels))))
    return np.where(levels.all(axis=1), 0.9, 0.3)


@pytest.mark.parametrize("shape", ["same", "similar", "candidate noisier"])
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize(
    ("name", "k"), [("factorial", 2), ("factorial", 4), ("fractional", 4), ("fractional", 5), ("one-out", 4)]
)
def test_intervals_cover_the_truth_in_93_of_100_experiments(name: str, k: int, seeds: int, shape: str) -> None:
    rng = np.random.default_rng(11)
    hits = made = 0
    levels = DESIGNS[name](k)
    for _ in range(100):
        game = random_game(k, rng, order=1 if name == "one-out" else 2)
        noise = noise_like(shape, k, levels, rng)
        found = attribute(
            levels, [game(row) + sd * rng.normal(size=seeds) for row, sd in zip(levels, noise, strict=True)]
        )
        for truth, part in zip(by_permutation(game, k), found.shapley, strict=True):
            assert part.low is not None
            assert part.high is not None
            hits += part.low <= truth <= part.high
            made += 1
    # 93 % within the error of this many experiments, whose parts go together
    assert hits / made >= 0.93 - 2 * math.sqrt(0.93 * 0.07 / 100) * (0.93 if made > 300 else 1)


@pytest.mark.parametrize("k", [3, 4])
def test_interactions_are_named_falsely_in_5_of_100_experiments(k: int) -> None:
    rng = np.random.default_rng(2)
    levels = factorial_design(k)
    false = 0
    for _ in range(300):
        effects = rng.normal(size=k)
        found = attribute(levels, [row @ effects + 0.2 * rng.normal(size=3) for row in levels])
        false += any(pair.p_value is not None and pair.p_value < 0.05 for pair in found.interactions)
    assert false / 300 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)
