"""Folders of Lightning's own loggers, read back."""

import math

import pytest

from runcompare.errors import UnreadableRun
from runcompare.sources.lightning.source import LightningCsv
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

loggers = pytest.importorskip("lightning.pytorch.loggers")


@pytest.fixture
def csv(tmp_path):
    log = loggers.CSVLogger(str(tmp_path), name="exp")
    log.log_hyperparams({"lr": 0.1, "seed": 3, "model": {"width": 8}})
    log.log_metrics({"loss": 0.5}, 0)
    log.log_metrics({"val": float("nan"), "epoch": 0}, 0)
    log.log_metrics({"loss": 0.25}, 1)
    log.log_metrics({"loss": float("inf")}, 2)
    log.save()
    log.finalize("success")
    return tmp_path


def only(folder):
    (info,) = list_runs([folder]).runs
    return read_run(info)


def test_csv_logger(csv):
    run = only(csv)
    assert run.info.source == "lightning"
    assert run.name == "exp-version_0"
    assert run.config == {"lr": 0.1, "seed": 3, "model": {"width": 8}}
    assert run.seed == 3
    frame = run.history.frame
    assert frame["_step"].to_list() == [0, 1, 2]
    assert frame["loss"].to_list() == [0.5, 0.25, math.inf]
    assert math.isnan(frame["val"][0])
    assert frame["val"].null_count() == 2


def test_rows_that_log_one_key_twice_at_a_step_stay_apart(csv):
    path = csv / "exp" / "version_0" / "metrics.csv"
    path.write_text("loss,step\n1.0,0\n2.0,0\n3.0,1\n")
    assert only(csv).history.frame["loss"].to_list() == [1.0, 2.0, 3.0]


def test_tensorboard_logger(tmp_path):
    log = loggers.TensorBoardLogger(str(tmp_path), name="exp", version=4)
    log.log_hyperparams({"lr": 0.1, "seed": 3})
    log.log_metrics({"loss": 0.5, "epoch": 0}, 7)
    log.save()
    log.finalize("success")
    run = only(tmp_path)
    assert run.info.source == "tensorboard"
    assert run.name == "exp-version_4"
    assert run.config == {"lr": 0.1, "seed": 3}
    assert run.summary["loss"] == 0.5


def test_a_folder_of_both_loggers_is_one_run(tmp_path):
    for log in (
        loggers.CSVLogger(str(tmp_path), name="exp", version=0),
        loggers.TensorBoardLogger(str(tmp_path), name="exp", version=0),
    ):
        log.log_hyperparams({"lr": 0.1})
        log.log_metrics({"loss": 0.5}, 7)
        log.save()
        log.finalize("success")
    assert only(tmp_path).info.source == "tensorboard"


def test_a_damaged_config_costs_the_config_only(csv):
    (csv / "exp" / "version_0" / "hparams.yaml").write_text("{[: no yaml")
    run = only(csv)
    assert run.config == {}
    assert len(run.history) == 3
    assert any("no YAML" in w for w in run.warnings)


def test_an_empty_file_is_reported(csv):
    (csv / "exp" / "version_0" / "metrics.csv").write_text("")
    listing = list_runs([csv])
    assert not listing.runs
    assert "is empty" in listing.warnings[0]
    with pytest.raises(UnreadableRun):
        LightningCsv().read(str(csv / "exp" / "version_0" / "metrics.csv"))
