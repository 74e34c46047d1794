"""The callbacks, called by the real Lightning, Trainer of transformers and Keras on tiny trainings."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from hooked import EXAMPLES, LOG, log_of, record, train

from runcompare.records.run import Grouping
from runcompare.references.resolve import resolve

NEEDS = {
    "lightning_fit.py": ("lightning",),
    "huggingface_trainer.py": ("transformers", "accelerate"),
    "keras_fit.py": ("keras", "torch"),
}
KEYS = ("val/loss", "eval_loss", "val_loss")
CONFIGS = {"keras_fit.py": {"loss": "mse"}}  # losses are compared where both sides have the same
HOMES = {"lightning_fit.py": ("logs", "logs/line/version_0")}


def needed(script: str) -> None:
    missing = [package for package in NEEDS[script] if find_spec(package) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")


@pytest.mark.parametrize("script", NEEDS)
def test_two_lines_of_the_users_code_give_a_report(script: str, tmp_path: Path) -> None:
    needed(script)
    record(tmp_path / "base", keys=KEYS, config=CONFIGS.get(script, {}))
    folder, new = HOMES.get(script, ("runs/new", "runs/new"))
    done = train(EXAMPLES / script, folder, "--lr", "0.05", "--baseline", "base", cwd=tmp_path, KERAS_BACKEND="torch")
    assert done.returncode == 0, done.stderr
    assert "wrote " in log_of(tmp_path / new)
    report = (tmp_path / new / "runcompare-report.md").read_text()
    assert "judged by what it had logged" not in report
    assert "0.05" in report.split("### What was changed")[1]


@pytest.mark.parametrize("script", NEEDS)
def test_an_error_of_the_training_passes_and_is_told_in_the_report(script: str, tmp_path: Path) -> None:
    needed(script)
    record(tmp_path / "base", keys=KEYS, config=CONFIGS.get(script, {}))
    folder, new = HOMES.get(script, ("runs/new", "runs/new"))
    text = (EXAMPLES / script).read_text()
    fault = {
        "lightning_fit.py": (
            "        x, y = batch\n",
            "        x, y = batch\n        assert self.current_epoch < 3, 'mine'\n",
        ),
        "huggingface_trainer.py": ("callbacks=callbacks", "callbacks=[*callbacks, Fault()]"),
        "keras_fit.py": ("callbacks=[report]", "callbacks=[report, Fault()]"),
    }[script]
    classes = {
        "huggingface_trainer.py": "from transformers import TrainerCallback\nclass Fault(TrainerCallback):\n"
        "    def on_evaluate(self, args, state, control, **more):\n        assert state.epoch < 3, 'mine'\n",
        "keras_fit.py": "class Fault(keras.callbacks.Callback):\n"
        "    def on_epoch_end(self, epoch, logs=None):\n        assert epoch < 3, 'mine'\n",
    }.get(script, "")
    before = "\ntold = " if "told = " in text else "\nkeras.utils" if "keras.utils" in text else "\n\n\n"
    text = text.replace(*fault).replace(before, f"\n{classes}{before}", 1)
    if script == "huggingface_trainer.py":  # what Trainer keeps on the way is what is left of it
        text = text.replace('save_strategy="no"', 'save_strategy="epoch"')
    done = train(text, folder, "--lr", "0.05", "--baseline", "base", cwd=tmp_path, KERAS_BACKEND="torch")
    assert done.returncode == 1
    assert "AssertionError: mine" in done.stderr
    log = log_of(tmp_path / new)
    assert "wrote " in log, log
    assert "judged by what it had logged" in log


def test_a_trainers_arguments_and_seed_make_replicates(tmp_path: Path) -> None:
    needed("huggingface_trainer.py")
    for seed in ("0", "1"):
        done = train(EXAMPLES / "huggingface_trainer.py", f"out/{seed}", "--seed", seed, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "1" / "training_args.json").read_text())["seed"] == 1
    group = resolve(str(tmp_path / "out"))
    assert sorted(str(run.seed) for run in group.runs) == ["0", "1"]
    assert group.grouping == Grouping.SETTINGS


def test_only_the_first_process_of_a_trainer_writes(tmp_path: Path) -> None:
    needed("lightning_fit.py")
    text = (EXAMPLES / "lightning_fit.py").read_text()
    text = text.replace("trainer.fit", "type(trainer).is_global_zero = False\ntrainer.fit")
    assert train(text, "logs", "--baseline", "any", cwd=tmp_path).returncode == 0
    assert not list(tmp_path.glob(f"**/{LOG}"))


def test_lightning_without_a_logger_is_recorded(tmp_path: Path) -> None:
    needed("lightning_fit.py")
    text = (EXAMPLES / "lightning_fit.py").read_text()
    text = text.replace('CSVLogger(args.folder, name="line")', "False, default_root_dir=args.folder")
    assert train(text, "logs", cwd=tmp_path).returncode == 0
    assert train(text, "logs", "--lr", "0.05", "--baseline", "logs/runcompare/version_0", cwd=tmp_path).returncode == 0
    log_of(tmp_path / "logs" / "runcompare" / "version_1")
    report = (tmp_path / "logs" / "runcompare" / "version_1" / "runcompare-report.md").read_text()
    assert "val/loss" in report
    assert "| `lr` |" in report
