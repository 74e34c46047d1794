"""What LightningCLI was told, from the file that it saves beside a log."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric
from runcompare.records.run import Group, Run
from runcompare.references.replicates import differences
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

LOGGERS = ("CSVLogger", "TensorBoardLogger")
SCRIPT = """
import sys, torch
import lightning.pytorch as L
from lightning.pytorch.cli import LightningCLI

class Model(L.LightningModule):
    def __init__(self, width: int = 4):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(width, 1)

    def training_step(self, batch, i):
        return (self.layer(batch[0]) ** 2).mean()

    def validation_step(self, batch, i):
        loss = self.training_step(batch, i)
        self.log_dict({"val/loss": loss, "val/zebra": loss})

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def train_dataloader(self):
        return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 4)), 4)

    val_dataloader = train_dataloader

for seed in ("1", "2"):
    LightningCLI(Model, args=["fit", f"--config={sys.argv[1]}", f"--seed_everything={seed}"])
"""
CONFIG = """
trainer:
  max_epochs: 1
  accelerator: cpu
  enable_progress_bar: false
  enable_model_summary: false
  logger: {{class_path: lightning.pytorch.loggers.{logger}, init_args: {{save_dir: {folder}, name: exp}}}}
  callbacks:
  - class_path: lightning.pytorch.callbacks.EarlyStopping
    init_args: {{monitor: val/loss}}
  - class_path: lightning.pytorch.callbacks.ModelCheckpoint
    init_args: {{monitor: val/zebra, mode: max}}
"""


@pytest.fixture(scope="module", params=LOGGERS)
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    for needed in ("lightning", "jsonargparse", "tensorboard"):
        pytest.importorskip(needed, reason=f"LightningCLI needs {needed}")
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "told.yaml"
    config.write_text(CONFIG.format(logger=request.param, folder=folder))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", SCRIPT, str(config)], check=True, env=environment, capture_output=True)
    return [read_run(info) for info in list_runs([folder / "exp"]).runs]


def test_the_checkpoints_metric_and_its_mode_are_read(runs: list[Run]) -> None:
    metric = choose_metric(*(Group(r.name, r.name, (r,)) for r in runs), Meanings.of(runs)).metric
    assert (metric.key, metric.direction) == ("val/zebra", "max")
    assert "callbacks.1" in metric.direction_source


def test_seeds_of_one_configuration_are_replicates(runs: list[Run]) -> None:
    assert sorted(str(run.seed) for run in runs) == ["1", "2"]
    assert differences(runs) == {}
    assert all(run.config["width"] == 4 for run in runs)


def written(folder: Path, told: str) -> Run:
    (folder / "metrics.csv").write_text("step,val/zebra\n0,1.0\n1,2.0\n")
    (folder / "hparams.yaml").write_text("lr: 0.1\nmodel: {width: 8}\n")
    (folder / "config.yaml").write_text(told)
    (info,) = list_runs([folder]).runs
    return read_run(info)


def test_hyperparameters_count_before_what_the_command_was_told(tmp_path: Path) -> None:
    run = written(tmp_path, "lr: 9\nmodel: {width: 1, depth: 2}\ntrainer: {max_epochs: 3, logger: x, callbacks: [1]}\n")
    assert run.config == {
        "lr": 0.1,
        "model": {"width": 8, "depth": 2},
        "trainer": {"max_epochs": 3, "callbacks": [1]},
    }


@pytest.mark.parametrize("told", ["lr: 9\n", "trainer: 3\n", ""])
def test_the_settings_of_another_program_are_not_read(tmp_path: Path, told: str) -> None:
    assert written(tmp_path, told).config == {"lr": 0.1, "model": {"width": 8}}


def test_a_list_that_holds_itself_is_cut(tmp_path: Path) -> None:
    assert written(tmp_path, "trainer: {callbacks: &all [*all]}\n").config["lr"] == 0.1
