"""`runcompare train` with a baseline, and what it tells to type next."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commands import call
from hooked import environment, log_of
from killing import MICRO
from ruamel.yaml import YAML

pytest.importorskip("torch")


def config(path: Path, **more: object) -> Path:
    with path.open("w") as file:
        YAML(typ="safe").dump({**MICRO, "name": path.stem, **more}, file)
    return path


def train(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runcompare", "train", *map(str, words), "--no-wandb"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)


def test_a_config_names_a_baseline_and_each_printed_command_works(tmp_path: Path) -> None:
    config(tmp_path / "base.yaml")
    config(tmp_path / "new.yaml", baseline="runs/first one", seed=1)
    printed = [
        train(tmp_path, "base.yaml", "--out", "runs/first one"),
        train(tmp_path, "new.yaml", "--out", "runs/new"),
        train(tmp_path, "base.yaml", "--out", "runs/again", "--seed", "2"),
    ]
    assert [done.returncode for done in printed] == [0, 0, 0], printed
    assert "wrote " in log_of(tmp_path / "runs" / "new")
    assert not (tmp_path / "runs" / "again" / "runcompare-report.log").exists()
    commands = [
        line.partition(": ")[2] for done in printed for line in done.stderr.splitlines() if ": runcompare " in line
    ]
    assert commands == [
        "runcompare cost 'runs/first one'",
        "runcompare report runs/new 'runs/first one'",
        "runcompare report runs/again runs/new",
    ]
    for command in commands:
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("baseline", ["https://example.org/x", 3, ["a"], " "])
def test_a_config_names_no_server_and_no_nonsense(baseline: object, tmp_path: Path, capsysbinary) -> None:
    path = config(tmp_path / "new.yaml", baseline=baseline)
    code, out, err = call(capsysbinary, "train", path, "--out", tmp_path / "run")
    assert (code, out) == (2, b"")
    assert "'baseline' in" in err
    assert "--baseline" in err
    assert not (tmp_path / "run").exists()
