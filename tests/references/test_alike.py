"""Runs that may be one training are found without holding each against each."""

import random

import pytest

import runcompare
from runcompare.records.config import essentials
from runcompare.records.run import Run
from runcompare.references import alike, trainings
from runcompare.references.alike import Alike
from runcompare.references.trainings import _is_same


def run(name: str, rows: list[dict[str, float]], config: dict[str, object]) -> Run:
    return runcompare.from_frame([{"run": name, **row} for row in rows], by="run", config=config)[0]


def agree(one: Run, other: Run) -> bool:
    mine, theirs = dict(essentials(one.config)), dict(essentials(other.config))
    return all(mine[key] == theirs[key] for key in {*mine} & {*theirs})


def curve(dice: random.Random, steps: range) -> list[dict[str, float]]:
    return [{"_step": step, "loss": dice.lognormvariate(0, 1)} for step in steps]


def made(seed: int) -> list[Run]:
    """Runs of which some are copies, parts or continuations of others, with settings that say more, less or nothing."""
    dice = random.Random(seed)
    found = []
    for i in range(12):
        rows = curve(dice, range(0, dice.choice([20, 60]), dice.choice([1, 5])))
        config: dict[str, object] = {"lr": dice.choice([0.1, 0.2]), "list": [1, {"a": 2}], "off": None}
        found.append(run(f"r{i}", rows, config))
        for part, what in (("a", rows), ("b", rows[: len(rows) // 2]), ("c", rows[len(rows) // 3 :]), ("d", rows[::2])):
            if dice.random() < 0.4:
                told = dice.choice([config, {}, {"lr": config["lr"]}, {**config, "lr": 0.3}, {**config, "more": 1}])
                rounded = [{**row, "loss": float(f"{row['loss']:.8g}")} for row in what]
                found.append(run(f"r{i}{part}", rounded, told))
    dice.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("few", [0, 100])
def test_all_that_are_the_same_are_found(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "FEW", few)
    before: list[Run] = []
    known = Alike()
    some = 0
    for one in made(seed):
        same = {n for n, other in enumerate(before) if agree(other, one) and _is_same(other, one)}
        some += len(same)
        found = known.of(one)
        assert same <= {*found}
        assert list(found) == sorted(found)
        known.add(one)
        before.append(one)
    assert some


@pytest.mark.parametrize("is_told", [True, False])
def test_few_of_many_runs_are_held_against_each_other(is_told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    monkeypatch.setattr(trainings, "_is_same", lambda one, other: bool(held.append(one)) or _is_same(one, other))
    dice = random.Random(1)
    runs = [run(f"r{i}", curve(dice, range(10)), {"lr": i} if is_told else {}) for i in range(300)]
    assert len(trainings.one_each([*runs, runs[-1]]).runs) == len(runs)
    assert 1 <= len(held) < len(runs) + alike.FEW * alike.FEW
