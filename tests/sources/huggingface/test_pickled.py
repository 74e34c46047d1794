"""TrainingArguments in `training_args.bin`: plain values are read, nothing is called."""

import enum
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import UnreadableRun
from runcompare.sources.huggingface.pickled import plain_values
from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run


class Strategy(enum.StrEnum):
    STEPS = "steps"


class Arguments:
    """As transformers' TrainingArguments are: attributes, enumerations among them."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("made",)


def saved(path: Path, made: Any, protocol: int = 2) -> Path:
    """As torch.save writes it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}/data.pkl", pickle.dumps(made, protocol))
        archive.writestr(f"{path.stem}/version", "3\n")
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_of_any_protocol(tmp_path: Path, protocol: int) -> None:
    values = {"learning_rate": 3e-4, "seed": 7, "bf16": True, "optim": None, "batch": 300, "steps": 70_000}
    made = Arguments(**values, eval_strategy=Strategy.STEPS, labels=["a", "b"], accelerator={"x": 1}, odd=Evil())
    read = plain_values(saved(tmp_path / "training_args.bin", made, protocol))
    assert read == values | {"eval_strategy": "steps", "labels": ["a", "b"], "odd": "made"}


def test_nothing_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableRun, match="not read"):
        plain_values(saved(tmp_path / "training_args.bin", Evil()))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("body", [b"", b"version https://git-lfs", b"\x80\x02N.", b"PK\x03\x04broken"])
def test_other_files_are_not_read(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "training_args.bin").write_bytes(body)
    with pytest.raises(UnreadableRun, match="not read"):
        plain_values(tmp_path / "training_args.bin")


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_pickle_that_is_cut_is_not_read(tmp_path: Path, cut: int) -> None:
    program = pickle.dumps(Arguments(lr=0.1, name="x" * 50, also=[1, 2, 3]), 2)
    with zipfile.ZipFile(tmp_path / "a.bin", "w") as archive:
        archive.writestr("a/data.pkl", program[: cut * len(program) // 20])
    with pytest.raises(UnreadableRun):
        plain_values(tmp_path / "a.bin")


def test_a_trainers_run_has_the_settings_and_the_seed(tmp_path: Path) -> None:
    for seed, rate in ((1, 1e-4), (2, 1e-4), (1, 5e-5)):
        folder = tmp_path / f"lr{rate}-run{seed}" / "checkpoint-20"
        folder.mkdir(parents=True)
        rows = [{"loss": 1.0 + seed / 10, "step": 10}, {"loss": 0.5 + seed / 10, "step": 20}]
        (folder / "trainer_state.json").write_text(
            json.dumps({"log_history": rows, "global_step": 20, "max_steps": 20})
        )
        values = {"learning_rate": rate, "seed": seed, "logging_dir": str(folder / "runs"), "hub_token": "hf_abc"}
        saved(folder / "training_args.bin", Arguments(**values))
    first = list_runs([tmp_path]).runs[0]
    run = read_run(first)
    assert first.seed == run.seed == 1
    assert run.config == {"learning_rate": 1e-4, "seed": 1, "max_steps": 20}


def test_arguments_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": [{"loss": 1.0, "step": 1}]}))
    (tmp_path / "training_args.bin").write_bytes(b"version https://git-lfs")
    run = read_run(list_runs([tmp_path]).runs[0])
    assert any("training_args.bin is not read" in warning for warning in run.warnings)
