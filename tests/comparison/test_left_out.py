"""Runs that are no result of their own are left out and named."""

from dataclasses import replace

import runcompare
from runcompare.comparison.left_out import left_out


def run(name: str, length: int = 100, *, seed: int | None = None, state: str = "unknown", **config):
    rows = [{"step": i, "loss": 1.0 / (i + 1)} for i in range(length)]
    found = runcompare.from_frame(
        rows, name=name, config={"lr": 1, **config, **({} if seed is None else {"seed": seed})}
    )
    return replace(found, info=replace(found.info, state=state))


def test_a_run_that_stopped_short():
    runs = [*(run(f"r{i}", seed=i, state="finished") for i in range(3)), run("cut", 30, seed=3, state="interrupted")]
    assert left_out(runs, "loss") == {"cut": "interrupted at 30 % of the others' steps"}


def test_early_stopping_is_a_result():
    runs = [*(run(f"r{i}", seed=i, state="finished") for i in range(3)), run("early", 30, seed=3, state="finished")]
    assert left_out(runs, "loss") == {}


def test_how_short_a_run_of_unknown_end_may_be():
    runs = [run("a", seed=0), run("b", seed=1), run("c", 70, seed=2)]
    assert left_out(runs, "loss") == {}
    assert list(left_out(runs, "loss", unknown=0.9)) == ["c"]


def test_a_repeated_seed_shows_no_noise_and_the_longest_counts():
    runs = [run("first", 80, seed=0), run("again", 100, seed=0), run("other", seed=1)]
    assert left_out(runs, "loss") == {"first": "repeats seed 0 of again"}


def test_other_settings_under_one_seed_are_no_repetition():
    assert left_out([run("a", seed=0, fold=0), run("b", seed=0, fold=1)], "loss") == {}


def test_unknown_seeds_are_not_the_same_seed():
    assert left_out([run("a"), run("b")], "loss") == {}
