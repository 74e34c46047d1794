"""A run's seed, its attempts' time, and what it was cut from."""

import re
from pathlib import Path
from typing import Any

import pytest

import runcompare
from runcompare.records.run import Attempt, Group, Run, RunInfo, find_seed, origin, time_of_attempts

INFO = RunInfo("r1", "one", "test", "here", seed=7)


@pytest.mark.parametrize(
    ("config", "seed"),
    [
        ({"seed": 3}, 3),
        ({"training": {"seed": "a"}}, "a"),
        ({"training.seed": 1}, None),  # a nested config has no such key
        ({"training": 5, "random_seed": 0}, 0),
        ({"seed": [1]}, None),
        ({}, None),
    ],
)
def test_the_seed_of_a_config(config: dict[str, Any], seed: object) -> None:
    assert find_seed(config) == seed


def test_attempts_add_up_and_one_without_an_end_counts_as_nothing() -> None:
    assert time_of_attempts((Attempt(10.0, 15.0), Attempt(20.0, None), Attempt(30.0, 31.5))) == 6.5
    assert time_of_attempts(()) is None


def test_a_run_and_a_group_answer_for_their_parts() -> None:
    run = Run(INFO, metadata={"cut_from": "whole"})
    assert (run.id, run.name, run.seed, origin(run), origin(Run(INFO))) == ("r1", "one", 7, "whole", "r1")
    assert len(Group("g", "g", (run, Run(INFO)))) == 2


def test_nobody_else_adds_attempts_up() -> None:
    second = re.compile(r"ended_at or \w+\.started_at\) - ")
    package = Path(runcompare.__file__).parent
    homes = {str(p.relative_to(package)) for p in package.rglob("*.py") if second.search(p.read_text(encoding="utf-8"))}
    assert homes == {"records/run.py"}
