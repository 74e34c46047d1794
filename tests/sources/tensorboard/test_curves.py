"""Curves of several event files: attempts, writers side by side, restarts that purge, and placeholders."""

import time
import warnings

import pytest

from runcompare.sources.tensorboard.source import TensorBoard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")


def read(folder):
    return TensorBoard().read(str(folder))


def points(run, key):
    frame = run.history.frame.drop_nulls(key)
    return list(zip(frame["_step"].to_list(), frame[key].to_list(), strict=True))


@pytest.mark.parametrize("name", [None, "."])  # a sub-folder, or the run's own
def test_add_hparams_does_not_replace_a_curve(tmp_path, name):
    log = tensorboard.SummaryWriter(str(tmp_path / "r"))
    log.add_hparams({"lr": 0.1, "seed": 3}, {"val/accuracy": 0.0, "hparam/best": 0.75}, run_name=name)
    for step in range(3):
        log.add_scalar("val/accuracy", 0.25 * (step + 1), step)
    log.close()
    run = read(tmp_path / "r")
    assert points(run, "val/accuracy") == [(0, 0.25), (1, 0.5), (2, 0.75)]
    assert run.summary["hparam/best"] == 0.75
    assert run.config == {"lr": 0.1, "seed": 3}
    assert any("the curve counts" in w for w in run.warnings)


def test_a_run_of_hparams_alone_keeps_their_values(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_hparams({"lr": 0.1}, {"accuracy": 0.5})
    assert read(tmp_path / "r").summary == {"accuracy": 0.5}


def test_what_a_restart_purges_no_longer_counts(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        for step in (50, 100, 150):
            log.add_scalar("loss", 1.0, step)
            log.add_scalar("val", step / 10, step)
    time.sleep(1.1)  # event files are named by the second
    with tensorboard.SummaryWriter(str(tmp_path / "r"), purge_step=101) as log:
        log.add_scalar("loss", 0.5, 120)
    run = read(tmp_path / "r")
    assert points(run, "val") == [(50, 5.0), (100, 10.0)]
    assert points(run, "loss") == [(50, 1.0), (100, 1.0), (120, 0.5)]
    assert any("from step 101: 1 earlier rows" in w for w in run.warnings)


def test_writers_side_by_side_lose_nothing(tmp_path):
    one = tensorboard.SummaryWriter(str(tmp_path / "r"), filename_suffix=".one")
    other = tensorboard.SummaryWriter(str(tmp_path / "r"), filename_suffix=".other")
    for step in range(4):
        one.add_scalar("loss", 1.0 + step, step)
        other.add_scalar("val/loss", 2.0 + step, step)
    one.add_scalar("extra", 1.0, 0)
    other.add_scalar("loss", 9.0, 1)  # later than the same step of the other writer
    one.close(), other.close()
    run = read(tmp_path / "r")
    assert points(run, "loss") == [(0, 1.0), (1, 9.0), (2, 3.0), (3, 4.0)]
    assert points(run, "val/loss") == [(0, 2.0), (1, 3.0), (2, 4.0), (3, 5.0)]
    assert len(run.attempts) == 1
