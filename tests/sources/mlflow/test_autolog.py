"""Runs that MLflow's autologging wrote of real libraries, each where it is installed."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.primary import choose_metric
from runcompare.records.run import Group, Run
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

START = """
import os, sys, warnings
warnings.filterwarnings("ignore")
import mlflow, numpy as np
mlflow.set_tracking_uri("sqlite:///" + os.path.abspath(sys.argv[1]))
X = np.random.default_rng(0).normal(size=(80, 4))
y = (X[:, 0] > 0).astype(int)
mlflow.start_run(run_name="whole")
"""
SCRIPTS = {
    "pytorch_lightning": """
import torch, pytorch_lightning as L

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def training_step(self, batch, i):
        return (self.layer(batch[0]) ** 2).mean()
    def validation_step(self, batch, i):
        self.log("val_zebra", self.training_step(batch, i))
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(X, dtype=torch.float32)), 20)
stop = L.callbacks.EarlyStopping("val_zebra", mode="min", patience=1, min_delta=10)
mlflow.pytorch.autolog(log_models=False)
off = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
L.Trainer(max_epochs=9, accelerator="cpu", callbacks=[stop], **off).fit(Model(), data, data)
""",
    "sklearn": """
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
mlflow.sklearn.autolog(log_models=False, log_datasets=False)
GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, scoring="neg_mean_squared_error", cv=2).fit(X, X[:, 0] + X[:, 1])
""",
    "xgboost": """
import xgboost
mlflow.xgboost.autolog(log_models=False, log_datasets=False, importance_types=[])
train, valid = xgboost.DMatrix(X, label=y), xgboost.DMatrix(X[:40], label=y[:40])
params = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 2}
options = {"early_stopping_rounds": 2, "maximize": True, "verbose_eval": False}
xgboost.train(params, train, 5, evals=[(train, "train"), (valid, "valid")], **options)
""",
    "lightgbm": """
import lightgbm
mlflow.lightgbm.autolog(log_models=False, log_datasets=False)
train = lightgbm.Dataset(X, label=y)
valid = lightgbm.Dataset(X[:40], label=y[:40], reference=train)
params = {"objective": "binary", "metric": ["auc", "binary_logloss"], "verbose": -1, "min_data_in_leaf": 2}
lightgbm.train(params, train, 5, valid_sets=[valid], callbacks=[lightgbm.early_stopping(2, verbose=False)])
""",
    "keras": """
import keras
mlflow.keras.autolog(log_models=False, log_datasets=False)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="auto")
model.fit(X, y, validation_split=0.25, epochs=2, verbose=0, callbacks=[stop])
""",
}


@pytest.fixture
def autologged(tmp_path: Path) -> Callable[[str], Run]:
    def make(library: str) -> Run:
        for needed in ("mlflow", library):
            if find_spec(needed) is None:
                pytest.skip(f"{needed} is not installed")
        quiet = {"CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "torch", "MLFLOW_DISABLE_TELEMETRY": "true"}
        command = [sys.executable, "-c", START + SCRIPTS[library], str(tmp_path / "mlflow.db")]
        subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, **quiet}, capture_output=True)
        return next(run for info in list_runs([tmp_path]).runs if (run := read_run(info)).name == "whole")

    return make


def primary(run: Run) -> Metric:
    groups = [Group(name, name, (run,)) for name in "ab"]
    return choose_metric(*groups, Meanings.of([run])).metric


def test_lightning_early_stopping(autologged: Callable[[str], Run]) -> None:
    run = autologged("pytorch_lightning")
    assert run.config["maximize"] is False  # of the optimizer
    assert (primary(run).key, primary(run).direction) == ("val_zebra", "min")
    assert Meanings.of([run]).metric("best_score").direction == "min"


def test_a_search_by_scikit_learn_has_scores_that_are_better_high(autologged: Callable[[str], Run]) -> None:
    run = autologged("sklearn")
    meanings = Meanings.of([run])
    assert run.config["scoring"] == "neg_mean_squared_error"
    assert run.summary["best_cv_score"] < 0
    assert {meanings.metric(key).direction for key in ("best_cv_score", "training_score")} == {"max"}
    assert meanings.metric("training_mean_squared_error").direction == "min"


def test_xgboost_stops_by_its_last_metric(autologged: Callable[[str], Run]) -> None:
    run = autologged("xgboost")
    assert primary(run).key == "valid-auc"
    assert primary(run).direction_source == "the run's setting eval_metric"
    assert Meanings.of([run]).metric("valid-logloss").direction == "min"


def test_lightgbm_stops_by_its_first_metric(autologged: Callable[[str], Run]) -> None:
    run = autologged("lightgbm")
    assert (primary(run).key, primary(run).direction) == ("valid_0-auc", "max")
    assert Meanings.of([run]).metric("valid_0-binary_logloss").direction == "min"


def test_keras_autologging_has_no_settings_of_callbacks(autologged: Callable[[str], Run]) -> None:
    run = autologged("keras")
    assert "monitor" not in run.config
    assert (primary(run).direction, primary(run).role) == ("max", "validation")
