"""Trials of Optuna's studies, in databases that Optuna wrote where it is installed, else of its tables."""

import json
import sqlite3
from pathlib import Path

import pytest
from optuna_tables import TABLES

from runcompare.metrics.stated import statements_of
from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run

TRIALS = """
INSERT INTO studies VALUES (1, 'sweep');
INSERT INTO study_directions VALUES (1, 'MAXIMIZE', 0);
INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', '2026-11-26 11:00:00', '2026-11-26 11:01:00');
INSERT INTO trials VALUES (2, 1, 1, 'PRUNED', '2026-11-26 11:01:00', '2026-11-26 11:02:00');
INSERT INTO trials VALUES (3, 2, 1, 'WAITING', NULL, NULL);
INSERT INTO trial_values VALUES (1, 0, 0.75), (2, 0, 0.25);
INSERT INTO trial_intermediate_values VALUES (1, 0, 0.5), (1, 1, 0.75);
"""
KINDS = [
    ("lr", 0.01, {"name": "FloatDistribution", "attributes": {"low": 0, "high": 1}}),
    ("layers", 3.0, {"name": "IntDistribution", "attributes": {"low": 1, "high": 9}}),
    ("kind", 1.0, {"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b"]}}),
]


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    path = tmp_path / "optuna.db"
    with sqlite3.connect(path) as db:
        db.executescript(f"{TABLES}{TRIALS}")
        for name, value, kind in KINDS:
            db.execute("INSERT INTO trial_params VALUES (1, ?, ?, ?)", (name, value, json.dumps(kind)))
    db.close()
    return path


def runs(folder: Path) -> dict[str, Run]:
    return {info.name: read_run(info) for info in list_runs([folder]).runs}


def test_each_trial_is_a_run(storage: Path) -> None:
    before = storage.read_bytes()
    found = runs(storage.parent)
    assert set(found) == {"sweep-0", "sweep-1"}
    run = found["sweep-0"]
    assert run.config == {"lr": 0.01, "layers": 3, "kind": "b"}
    assert (run.summary["value"], run.runtime_s, run.info.project) == (0.75, 60, "sweep")
    assert run.history.series("intermediate_value").value.tolist() == [0.5, 0.75]
    assert storage.read_bytes() == before


def test_the_study_declares_the_direction(storage: Path) -> None:
    stated = statements_of([runs(storage.parent)["sweep-0"]])
    assert (stated["value"].direction, stated["value"].selects) == ("max", True)
    assert stated["intermediate_value"].direction == "max"


def test_a_pruned_trial_has_no_final_value(storage: Path) -> None:
    run = runs(storage.parent)["sweep-1"]
    assert (run.info.state, "value" in run.summary) == ("interrupted", False)
    assert any("pruned" in warning for warning in run.warnings)


def test_other_databases_are_none(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE trials (trial_id INTEGER)")
    db.close()
    assert not list_runs([tmp_path]).runs


def test_optuna_itself(tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna", reason="the extra 'layouts' is not installed")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=f"sqlite:///{tmp_path}/s.db", study_name="s", directions=["minimize", "maximize"]
    )

    def objective(trial: "optuna.Trial") -> tuple[float, float]:
        return trial.suggest_float("lr", 1e-3, 1, log=True), float(trial.suggest_categorical("n", [2, 4]))

    study.optimize(objective, n_trials=3)
    found = runs(tmp_path)
    for trial in study.trials:
        run = found[f"s-{trial.number}"]
        assert dict(run.config) == trial.params
        assert [run.summary["value_0"], run.summary["value_1"]] == trial.values
    assert {key: s.direction for key, s in statements_of(found.values()).items()} == {
        "value_0": "min",
        "value_1": "max",
    }
