"""CatBoost's folder, written by CatBoost where it is installed, else files of its format."""

import json
from pathlib import Path

import pytest

from runcompare.errors import UnreadableRun
from runcompare.metrics.stated import statements_of
from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.catboost.source import CatBoost
from runcompare.sources.registry import read_run

TRAINING = {
    "meta": {
        "test_sets": ["test"],
        "test_metrics": [{"best_value": "Max", "name": "AUC"}, {"best_value": "Min", "name": "Logloss"}],
        "learn_metrics": [{"best_value": "Min", "name": "Logloss"}],
        "learn_sets": ["learn"],
    },
    "iterations": [
        {"learn": [0.5], "iteration": 0, "passed_time": 0.5, "test": [0.75, 0.625]},
        {"learn": [0.25], "iteration": 1, "passed_time": 1.0, "test": [0.875, 0.5]},
    ],
}


def written(folder: Path, training: str | None = json.dumps(TRAINING)) -> Path:
    home = folder / "seed3" / "catboost_info"
    home.mkdir(parents=True)
    if training is not None:
        (home / "catboost_training.json").write_text(training)
    (home / "learn_error.tsv").write_text("iter\tLogloss\n0\t0.5\n1\t0.25\n")
    (home / "test_error.tsv").write_text("iter\tAUC\tLogloss\n0\t0.75\t0.625\n1\t0.875\t0.5\n")
    (home / "time_left.tsv").write_text("iter\tPassed\tRemaining\n0\t500\t500\n1\t1000\t0\n")
    return home


def only(folder: Path) -> Run:
    (info,) = list_runs([folder]).runs
    return read_run(info)


@pytest.mark.parametrize("training", [json.dumps(TRAINING), None, '{"meta": {'])
def test_learning_and_test_sets_are_one_run(tmp_path: Path, training: str | None) -> None:
    written(tmp_path, training)
    run = only(tmp_path)
    assert run.name == "seed3"
    assert run.summary == {"learn/Logloss": 0.25, "test/AUC": 0.875, "test/Logloss": 0.5}
    assert run.history.series("test/AUC").step.tolist() == [0, 1]
    assert run.runtime_s == 1.0


def test_directions_are_catboosts_own(tmp_path: Path) -> None:
    written(tmp_path)
    stated = statements_of([only(tmp_path)])
    assert {key: s.direction for key, s in stated.items()} == {
        "learn/Logloss": "min",
        "test/AUC": "max",
        "test/Logloss": "min",
    }
    assert [key for key, s in stated.items() if s.selects] == ["test/AUC"]


def test_settings_beside_the_folder_are_the_config(tmp_path: Path) -> None:
    (written(tmp_path).parent / "params.json").write_text('{"depth": 4, "seed": 3}')
    assert (only(tmp_path).config, only(tmp_path).seed) == ({"depth": 4, "seed": 3}, 3)


def test_a_folder_without_iterations_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "catboost_training.json").write_text("{}")
    with pytest.raises(UnreadableRun):
        CatBoost().read(str(tmp_path))
    assert list_runs([tmp_path]).warnings


def test_catboost_itself(tmp_path: Path) -> None:
    catboost = pytest.importorskip("catboost", reason="the extra 'layouts' is not installed")
    model = catboost.CatBoostClassifier(
        iterations=5, eval_metric="AUC", train_dir=str(tmp_path / "catboost_info"), verbose=0, thread_count=1
    )
    x, y = [[i, i % 3] for i in range(60)], [int(i > 30) for i in range(60)]
    model.fit(x[::2], y[::2], eval_set=[(x[1::4], y[1::4]), (x[3::4], y[3::4])])
    run = only(tmp_path)
    assert set(run.history.keys) == {"learn/Logloss", "test/AUC", "test/Logloss", "test1/AUC", "test1/Logloss"}
    scores = model.get_evals_result()
    assert run.history.series("learn/Logloss").value.tolist() == pytest.approx(scores["learn"]["Logloss"])
    assert run.history.series("test1/Logloss").value.tolist() == pytest.approx(scores["validation_1"]["Logloss"])
