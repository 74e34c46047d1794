"""TrainingArguments as a script of Transformers logs them."""

import json

import pytest

from runcompare.sources.huggingface.logged import logged_arguments
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

LINE = "05/01/2026 12:00:00 - INFO - __main__ - Training/evaluation parameters "
PRINTED = "TrainingArguments(\n_n_gpu=1,\nlearning_rate=5e-05,\noptim=OptimizerNames.ADAMW,\nseed={seed},\n)\n"


def state(folder, log):
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": [{"loss": 1.0, "step": 1}]}))
    (folder / "train.log").write_text(log)


def test_settings_and_seed_come_from_the_log(tmp_path):
    state(tmp_path / "a", f"starting\n{LINE}{PRINTED.format(seed=7)}100%|###|\n")
    (info,) = list_runs([tmp_path]).runs
    run = read_run(info)
    assert run.seed == 7
    assert (run.config["learning_rate"], run.config["optim"]) == (5e-05, "OptimizerNames.ADAMW")
    assert "_n_gpu" not in run.config


@pytest.mark.parametrize("log", ["", "TrainingArguments(\n", "TrainingArguments(seed=1)", "x" * 100, "\x00\xff"])
def test_a_log_without_them_states_nothing(tmp_path, log):
    (tmp_path / "train.log").write_text(log, encoding="latin-1")
    assert logged_arguments([tmp_path]) == {}


def test_the_last_ones_count(tmp_path):
    (tmp_path / "train.log").write_text(LINE + PRINTED.format(seed=1) + LINE + PRINTED.format(seed=2))
    assert logged_arguments([tmp_path])["seed"] == 2


def test_what_transformers_prints_is_read(tmp_path):
    transformers = pytest.importorskip("transformers", reason="prints the arguments itself")
    try:
        arguments = transformers.TrainingArguments(str(tmp_path / "out"), seed=11, learning_rate=3e-4)
    except ImportError as error:
        pytest.skip(f"TrainingArguments needs more than is installed: {error}")
    (tmp_path / "train.log").write_text(f"{LINE}{arguments}\n")
    found = logged_arguments([tmp_path])
    assert (found["seed"], found["learning_rate"]) == (11, 3e-4)
