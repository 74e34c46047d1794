"""Sides of one name are told apart by the shortest ends of their paths."""

from pathlib import Path

import pytest

import runcompare
from runcompare import errors


def table(folder: Path, level: float) -> None:
    folder.mkdir(parents=True)
    (folder / "progress.csv").write_text("step,loss\n" + "".join(f"{i},{level / (i + 1)}\n" for i in range(5)))


@pytest.fixture
def arms(tmp_path, monkeypatch):
    for level, arm in enumerate(("ppo", "a2c")):
        for seed in range(2):
            table(tmp_path / arm / f"seed{seed}", 1 + level + 0.1 * seed)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_of_one_name(arms):
    c = runcompare.compare("ppo/seed0", "a2c/seed0", metric="loss")
    assert (c.candidate.label, c.baseline.label) == ("ppo/seed0", "a2c/seed0")


def test_files_outside_of_the_folders_searched(arms, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    paths = [str(arms / arm / "seed0" / "progress.csv") for arm in ("ppo", "a2c")]
    c = runcompare.compare(*paths, metric="loss")
    assert (c.candidate.label, c.baseline.label) == ("ppo/seed0", "a2c/seed0")


def test_a_folders_last_name_is_no_run(arms):
    with pytest.raises(errors.AmbiguousReference, match="name of 2 runs in different places"):
        runcompare.load("seed0")


def test_a_training_can_not_be_on_both_sides(arms):
    with pytest.raises(errors.UsageError, match="share runs"):
        runcompare.compare("ppo", "ppo/seed1", metric="loss")
