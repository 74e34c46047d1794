import numpy as np
import pytest

from runcompare.comparison.build import Request, build
from runcompare.metrics.value import parse_rule
from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo


def side(name, level, *, seed_sd, evaluation_sd, n=50, runs=5, drift=0.0, key="eval/return"):
    rng = np.random.default_rng(sum(map(ord, name)))
    made = []
    for seed in range(runs):
        mean = level + seed_sd * rng.normal()
        curve = mean + drift * np.linspace(-1, 0, n) + evaluation_sd * rng.normal(size=n)
        rows = [{"_step": i, key: float(v)} for i, v in enumerate(curve)]
        info = RunInfo(f"{name}{seed}", name, "test", name, state="finished", seed=seed)
        made.append(Run(info, config={"lr": ord(name[0]), "seed": seed}, history=History.from_rows(rows)))
    return Group(name, name, tuple(made))


def value_choice(new, old):
    return next(c for c in build(new, old, Request()).choices if c.what == "value")


def test_noise_of_evaluation_is_offered_to_be_averaged_away():
    new, old = (side(n, 100.0, seed_sd=1.0, evaluation_sd=10.0) for n in "ab")
    offered = value_choice(new, old)
    assert "less noise" in offered.why
    assert offered.flag == "--value mean-last:10%"


@pytest.mark.parametrize(
    "more",
    [
        {"seed_sd": 10.0, "evaluation_sd": 0.1},  # all of the noise is the seeds'
        {"seed_sd": 1.0, "evaluation_sd": 10.0, "n": 6},  # too few evaluations
        {"seed_sd": 1.0, "evaluation_sd": 2.0, "drift": 200.0},  # still moving
    ],
)
def test_nothing_is_offered_where_it_would_not_help(more):
    new, old = (side(n, 100.0, **more) for n in "ab")
    assert value_choice(new, old).why == ""


def test_the_offer_keeps_its_promise():
    new, old = (side(n, 100.0, seed_sd=1.0, evaluation_sd=10.0, runs=40) for n in "ab")
    promised = float(value_choice(new, old).why.split(" have ")[1].split("%")[0]) / 100
    noise = [build(new, old, Request(value=parse_rule(v))).quality.test.noise.sd for v in ("final", "mean-last:10%")]
    assert promised == pytest.approx(
        1 - noise[1] / noise[0], abs=0.15
    )  # theory: 1 - sqrt(1 + 100 / 5) / sqrt(1 + 100) = 0.54
