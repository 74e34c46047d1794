"""The metric that a Trainer judged its checkpoints by."""

import json

import pytest

from runcompare.records.run import DeclaredMetric
from runcompare.sources.huggingface.declared import declared_metrics
from runcompare.sources.huggingface.source import HuggingFaceTrainer

callback = pytest.importorskip("transformers.trainer_callback")
ROWS = [
    {"eval_loss": 0.6, "eval_accuracy": 0.4, "step": 10},
    {"eval_loss": 0.5, "eval_accuracy": 0.7, "step": 20},
    {"eval_loss": 0.55, "eval_accuracy": 0.6, "step": 30},
]


@pytest.mark.parametrize(
    ("state", "key", "direction"),
    [
        ({"best_metric": 0.7, "best_global_step": 20}, "eval_accuracy", "max"),
        ({"best_metric": 0.5}, "eval_loss", "min"),
    ],
)
def test_the_best_value_tells_its_metric(state, key, direction):
    found = declared_metrics(state, ROWS, {})
    assert found == (DeclaredMetric(key, direction, selects=True, source="the Trainer's best_metric"),)


@pytest.mark.parametrize("best", [None, 9.0, True])
def test_what_is_nobodys_value_tells_nothing(best):
    assert declared_metrics({"best_metric": best}, ROWS, {}) == ()


def test_two_metrics_with_the_best_value_tell_nothing():
    assert declared_metrics({"best_metric": 0.5}, [{"eval_a": 0.5, "eval_b": 0.5}], {}) == ()


def test_arguments_beside_the_state_name_the_metric(tmp_path):
    folder = tmp_path / "gpt" / "checkpoint-30"
    folder.mkdir(parents=True)
    state = callback.TrainerState(log_history=ROWS, global_step=30, max_steps=30)
    state.save_to_json(str(folder / "trainer_state.json"))
    arguments = {"metric_for_best_model": "accuracy", "greater_is_better": True, "learning_rate": 1e-4, "seed": 3}
    (tmp_path / "gpt" / "training_args.json").write_text(json.dumps(arguments))
    run = HuggingFaceTrainer().read(str(folder / "trainer_state.json"))
    source = "the Trainer's metric_for_best_model"
    assert run.declared == (DeclaredMetric("eval_accuracy", "max", selects=True, source=source),)
    assert (run.config["learning_rate"], run.config["max_steps"]) == (1e-4, 30)
