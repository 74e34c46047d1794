"""Which test and which noise each situation gets."""

import numpy as np
import pytest

from runcompare.stats.arms import read_arm, read_history
from runcompare.stats.situation import Evidence, find_situation

RNG = np.random.default_rng(0)
PAST = [np.exp(0.1 * RNG.normal(size=4)) for _ in range(8)]
THREE, TWO = [1.0, 1.1, 0.95], [0.9, 0.93]


def situation(new, old, past=(), noise_cv=None):
    arms = read_arm(new, "log", "candidate"), read_arm(old, "log", "baseline")
    return find_situation(Evidence(*arms, read_history(past, "log"), "log"), noise_cv)


@pytest.mark.parametrize(
    ("sides", "options", "method", "noise"),
    [
        ((THREE, TWO), {}, "Welch t test, 3 against 2 seeds", ("replicates", 2, 5)),
        ((THREE, TWO), {"past": PAST}, "moderated Welch t test", ("history", 8, 32)),
        ((THREE, TWO), {"past": PAST[:4]}, "Welch t test", ("replicates", 2, 5)),
        (([1.0], THREE), {}, "prediction interval, 1 run against 3", ("replicates", 1, 3)),
        (([1.0], [2.0]), {"past": PAST}, "t test of one run against one", ("history", 8, 32)),
        (([1.0], [2.0]), {"noise_cv": 0.1}, "z test with stated noise", ("assumed", 0, 0)),
        (([1.0], [2.0]), {}, "none", ("unknown", 0, 0)),
    ],
)
def test_method_and_noise(sides, options, method, noise):
    found = situation(*sides, **options)
    assert method in found.method
    assert (found.noise.source, found.noise.groups, found.noise.runs) == noise


def test_the_noise_is_what_both_arms_would_need_for_this_law():
    found = situation(THREE, TWO)
    assert found.noise.sd * np.sqrt(1 / 3 + 1 / 2) == pytest.approx(float(found.law.se))
    assert found.noise.cv == pytest.approx(found.noise.sd, rel=0.01)
