"""`decide` beside its peers, in one run: time per comparison as a ratio, and how often each is wrong where nothing is.

pytest -o addopts="" tests/benchmarks/test_bench_stats.py --benchmark-only -s
"""

import time
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

import numpy as np
import pytest
from scipy import stats as scipy_stats

from runcompare.stats import decide

SEEDS = 5
RESAMPLES = 2000
NULLS = 100  # comparisons in which nothing differs

Finds = Callable[[np.ndarray, np.ndarray], bool]


def peer(module: str) -> ModuleType:
    """A peer's module; skips where it is not installed or can't be imported (arch 7 fails with pandas 3)."""
    try:
        return import_module(module)
    except Exception as error:
        pytest.skip(f"{module} can't be imported here: {error}")


def ours(new, old) -> bool:
    return decide(new, old, min_effect=0).verdict in ("better", "worse")


def bca(new, old) -> bool:
    """scipy's BCa interval of the difference of mean logs excludes 0."""
    interval = scipy_stats.bootstrap(
        (np.log(new), np.log(old)),
        lambda a, b, axis=-1: a.mean(axis=axis) - b.mean(axis=axis),
        n_resamples=RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return interval.low > 0 or interval.high < 0


def rliable(new, old) -> bool:
    """rliable's interquartile means: the intervals don't overlap. rliable 1.2 needs arch < 8, and that pandas < 3."""
    library, metrics = peer("rliable.library"), peer("rliable.metrics")
    if int(version("arch").split(".")[0]) >= 8:
        pytest.skip("rliable 1.2 does not run with arch 8")
    _, ends = library.get_interval_estimates(
        {"new": new[:, None], "old": old[:, None]},
        lambda x: np.array([metrics.aggregate_iqm(x)]),
        reps=RESAMPLES,
        random_state=np.random.RandomState(0),
    )
    (new_low, new_high), (old_low, old_high) = ends["new"][:, 0], ends["old"][:, 0]
    return bool(new_high < old_low or old_high < new_low)


def arch(new, old) -> bool:
    """arch's percentile interval of the difference of mean logs excludes 0."""
    bootstrap = peer("arch.bootstrap")
    samples = bootstrap.IndependentSamplesBootstrap(np.log(new), np.log(old), seed=np.random.default_rng(0))
    low, high = samples.conf_int(lambda a, b: a.mean() - b.mean(), RESAMPLES, method="percentile")[:, 0]
    return bool(low > 0 or high < 0)


PEERS: dict[str, tuple[Finds, int]] = {"scipy BCa": (bca, NULLS), "rliable IQM": (rliable, 20), "arch": (arch, NULLS)}


def draw(rng):
    return np.exp(0.1 * rng.normal(size=SEEDS)), np.exp(0.1 * rng.normal(size=SEEDS))


def measure(finds: Finds, count: int) -> tuple[float, float]:
    """CPU milliseconds a comparison, and the share of false positives."""
    rng = np.random.default_rng(1)
    pairs = [draw(rng) for _ in range(count)]
    finds(*pairs[0])
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sum(finds(*pair) for pair in pairs)
    return 1e3 * (time.process_time() - start) / count, found / count


@pytest.mark.benchmark(group="one comparison of 5 against 5 seeds")
def test_decide(benchmark):
    new, old = draw(np.random.default_rng(0))
    benchmark(decide, new, old)


@pytest.mark.benchmark(group="one comparison of 5 against 5 seeds")
@pytest.mark.parametrize("name", PEERS)
def test_faster_than(name, benchmark, capsys):
    """Faster than a bootstrap of 2,000 resamples; the error rates stand beside it."""
    finds, count = PEERS[name]
    new, old = draw(np.random.default_rng(0))
    finds(new, old)  # skips where the peer is not installed
    mine, my_errors = measure(ours, 1000)
    theirs, their_errors = measure(finds, count)
    benchmark.pedantic(finds, (new, old), rounds=3)
    benchmark.extra_info.update(ratio=theirs / mine, false_positives=their_errors, false_positives_ours=my_errors)
    with capsys.disabled():
        print(
            f"\n{name}: {theirs:.2f} ms, {their_errors:.0%} of {count} nulls called different;"
            f" decide: {mine:.2f} ms, {my_errors:.1%} of 1,000; ratio {theirs / mine:.0f}"
        )
    assert theirs > mine
    assert my_errors <= 0.07
