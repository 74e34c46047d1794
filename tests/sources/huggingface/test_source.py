"""States that Hugging Face's Trainer saves, written by its own class, read back."""

import json
import math
import os
import random

import pytest

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.sources.huggingface.source import HuggingFaceTrainer
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

callback = pytest.importorskip("transformers.trainer_callback")
FUZZ = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))
ROWS = [
    {"loss": 2.5, "grad_norm": float("nan"), "learning_rate": 5e-05, "epoch": 0.5, "step": 10},
    {"loss": float("inf"), "learning_rate": 2**53 + 1, "epoch": 1.0, "step": 20},
    {"eval_loss": 1.75, "eval_runtime": 0.4, "epoch": 1.0, "step": 20},
    {"train_runtime": 12.5, "train_loss": 2.0, "total_flos": 1e12, "epoch": 1.0, "step": 20},
]


def save(folder, step, rows=ROWS, most=20):
    folder.mkdir(parents=True, exist_ok=True)
    state = callback.TrainerState(log_history=rows, global_step=step, max_steps=most, epoch=1.0, total_flos=1e12)
    state.save_to_json(str(folder / "trainer_state.json"))


def test_every_value_comes_back(tmp_path):
    save(tmp_path / "gpt" / "checkpoint-20", 20)
    (info,) = list_runs([tmp_path]).runs
    run = read_run(info)
    assert (run.name, run.info.state, run.runtime_s) == ("gpt", "finished", 12.5)
    frame = run.history.frame
    assert frame["_step"].to_list() == [10, 20, 20, 20]
    assert frame["loss"].to_list() == [2.5, math.inf, None, None]
    assert math.isnan(frame["grad_norm"][0])
    assert frame["eval_loss"].to_list() == [None, None, 1.75, None]
    assert run.summary["global_step"] == 20
    assert run.config["max_steps"] == 20


def test_checkpoints_of_one_training_are_one_run_the_furthest(tmp_path):
    for step in (5, 20, 100):
        save(tmp_path / "gpt" / f"checkpoint-{step}", step, ROWS[: 1 + step // 10], most=200)
    (info,) = list_runs([tmp_path]).runs
    assert info.location.endswith("checkpoint-100/trainer_state.json")
    assert info.state == "unknown"


def test_the_times_of_a_training_that_was_resumed_add_up(tmp_path):
    again = {"train_runtime": 7.5, "epoch": 2.0, "step": 40}
    save(tmp_path / "gpt", 40, [*ROWS, again, again], most=40)  # the state was saved twice at its end
    assert read_run(list_runs([tmp_path]).runs[0]).runtime_s == 20.0


def test_a_state_above_the_checkpoints_counts(tmp_path):
    save(tmp_path / "gpt" / "checkpoint-20", 20)
    save(tmp_path / "gpt", 20)
    (info,) = list_runs([tmp_path]).runs
    assert info.location == str(tmp_path / "gpt" / "trainer_state.json")


@pytest.mark.parametrize("body", ["", "{", "[1, 2]", '{"log_history": 3}', "\0" * 100, '{"epoch": 1}'])
def test_what_is_no_state_is_one_clear_error(tmp_path, body):
    (tmp_path / "trainer_state.json").write_text(body)
    with pytest.raises(UnreadableRun):
        HuggingFaceTrainer().read(str(tmp_path / "trainer_state.json"))
    listing = list_runs([tmp_path])
    assert not listing.runs
    assert listing.warnings


def test_mutated_states_raise_nothing_but_our_errors(tmp_path):
    save(tmp_path, 20)
    path, draw = tmp_path / "trainer_state.json", random.Random(3)
    whole = path.read_bytes()
    for _ in range(FUZZ):
        body = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            body[draw.randrange(len(body))] = draw.randrange(256)
        path.write_bytes(body)
        try:
            HuggingFaceTrainer().read(str(path))
            list(HuggingFaceTrainer().scan(path))
        except RuncompareError:
            continue


def test_odd_values_are_kept_apart(tmp_path):
    state = {"log_history": [{"step": "ten", "loss": "high"}, {"step": 2, "loss": 1.0}, 7], "global_step": None}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    run = HuggingFaceTrainer().read(str(tmp_path / "trainer_state.json"))
    assert run.history.frame["loss"].to_list() == [None, 1.0]
