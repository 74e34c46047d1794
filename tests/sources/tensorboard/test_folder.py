"""Which event files are one run."""

import warnings

import pytest

from runcompare.sources.listing import list_runs
from runcompare.sources.tensorboard.source import TensorBoard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")


def write(folder, rows, **writer):
    with tensorboard.SummaryWriter(str(folder), **writer) as log:
        for step, values in rows:
            for key, value in values.items():
                log.add_scalar(key, value, step)


def read(folder):
    return TensorBoard().read(str(folder))


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run1"
    rows = [(step, {"train/loss": 1 / (step + 1), "lr": 0.5**step}) for step in range(200)]
    write(folder, rows)
    return folder


def test_add_scalars_makes_keys_of_one_run_not_runs(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_scalar("loss", 1.0, 0)
        log.add_scalars("multi/part", {"a": 1.0, "b": 2.0}, 3)
    (info,) = list_runs([tmp_path]).runs
    run = read(info.location)
    assert run.summary == {"loss": 1.0, "multi/part/a": 1.0, "multi/part/b": 2.0}


def test_train_and_validation_in_folders_of_their_own_are_runs_of_their_own(tmp_path):
    for name in ("train", "validation"):
        write(tmp_path / "logs" / name, [(0, {"loss": 1.0, "acc": 0.5})])
    assert sorted(info.name for info in list_runs([tmp_path]).runs) == ["train", "validation"]
