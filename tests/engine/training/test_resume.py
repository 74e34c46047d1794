"""A killed training that goes on ends as one that was never killed: the same weights and rows, bit for bit."""

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from click.testing import CliRunner
from killing import CONTEXT, MICRO, count_points, kill_at_step, start, train_micro, train_until_write
from ruamel.yaml import YAML
from safetensors.torch import load_file

from runcompare.cli.train import train as train_command
from runcompare.engine import pipeline
from runcompare.engine.config.read import parse_config
from runcompare.engine.training.checkpoint import read_tensors
from runcompare.engine.training.resume import PREVIOUS, PROGRESS
from runcompare.errors import ConfigError, DataError, UsageError
from runcompare.records.recorder import decode_line, end_state
from runcompare.sources.recorder.source import RecorderFiles

KILLS = int(os.environ.get("RUNCOMPARE_KILLS", "30"))


def entries(folder):
    lines = (folder / "record.jsonl").read_bytes().splitlines()
    found = [decode_line(line) for line in lines]
    assert None not in found, "a damaged line is left in the record"
    return found


def timeless(values):
    return {k: v for k, v in values.items() if "time_sec" not in k}


def outcome(folder):
    """All that a training leaves, but for the time that it took."""
    found = entries(folder)
    rows = [(e["step"], timeless(e["values"])) for e in found if e["type"] == "row"]
    summary = {k: v for e in found if e["type"] == "summary" for k, v in timeless(e["values"]).items()}
    samples = {e["name"]: e["values"] for e in found if e["type"] == "samples"}
    assert found[-1]["type"] == "end"
    assert found[-1]["state"] == "finished"
    return rows, summary, samples


def weights(folder):
    return {p.name: load_file(p) for p in (folder / "checkpoints").iterdir()}


def assert_same_weights(a, b):
    assert set(a) == set(b)
    for name, tensors in a.items():
        assert set(tensors) == set(b[name])
        for key, tensor in tensors.items():
            assert torch.equal(tensor, b[name][key]), f"{name}: {key}"


class Whole(NamedTuple):
    """An uninterrupted run's folder, and how many write points and steps there are to be killed at."""

    folder: Path
    writes: int
    steps: int


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    writes, steps = CONTEXT.Value("i", 0), CONTEXT.Value("i", 0)
    start(count_points, folder / "counted", writes, steps).join()
    start(train_micro, folder / "r").join()
    return Whole(folder / "r", writes.value, steps.value)


def assert_ends_as(whole, folder):
    """Resume the killed training, and compare all that it leaves with the uninterrupted one."""
    record = folder / "record.jsonl"
    if not (record.exists() and end_state(record) == "finished"):  # killed on its last steps
        again = start(train_micro, folder)
        again.join()
        assert again.exitcode == 0
    assert outcome(folder) == outcome(whole.folder)
    found = {name: w for name, w in weights(folder).items() if "progress" not in name}
    assert_same_weights(found, weights(whole.folder))


def test_a_training_killed_at_any_write_ends_as_the_whole_one(whole, tmp_path):
    points = random.Random(11).sample(range(whole.writes), min(whole.writes, (KILLS + 1) // 2))
    for at in points:
        folder = tmp_path / str(at)
        process = start(train_until_write, folder, at)
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"not killed at write {at}"
        assert_ends_as(whole, folder)
        shutil.rmtree(folder)


def test_a_training_killed_at_any_step_ends_as_the_whole_one(whole, tmp_path):
    draw, killed, wanted = random.Random(12), 0, KILLS // 2
    for attempt in range(2 * wanted):  # one that ends before its kill is tried at another step
        folder = tmp_path / str(attempt)
        killed += kill_at_step(folder, draw.randrange(whole.steps))
        assert_ends_as(whole, folder)
        shutil.rmtree(folder)
        if killed == wanted:
            break
    assert killed == wanted


def test_a_kill_loses_nothing_that_was_logged(whole, tmp_path):
    record, seen = tmp_path / "r" / "record.jsonl", []
    for at in (whole.steps // 2, whole.steps // 3, whole.steps // 4):
        if killed := kill_at_step(tmp_path / "r", at, before=lambda: seen.append(record.read_bytes())):
            break
        shutil.rmtree(tmp_path / "r")  # it ended before its kill
    assert killed
    assert record.read_bytes().startswith(seen[-1])
    steps = [e["step"] for line in record.read_bytes().splitlines() if (e := decode_line(line)) and e["type"] == "row"]
    assert len(steps) > 1
    assert steps == list(range(len(steps)))


def test_cost_counts_every_attempt(whole, tmp_path):
    folder = tmp_path / "r"
    start(train_until_write, folder, whole.writes // 2).join()
    time.sleep(0.3)
    train_again(folder)
    run = RecorderFiles().read(str(folder / "record.jsonl"))
    assert len(run.attempts) == 2
    spent = [a.ended_at - a.started_at for a in run.attempts]
    assert min(spent) > 0
    assert run.runtime_s == pytest.approx(sum(spent))
    assert run.attempts[1].started_at - run.attempts[0].ended_at > 0.25, "the pause between them was not paid for"
    assert not run.lost.records


def train_again(folder, **overrides):
    return pipeline.train(parse_config(MICRO, overrides), folder, use_wandb=False)


@pytest.fixture
def half(whole, tmp_path):
    """The folder of a training that was killed halfway."""
    for at in range(whole.writes // 2, whole.writes):
        folder = tmp_path / f"half{at}"
        start(train_until_write, folder, at).join()
        kept = {p.name for p in (folder / "checkpoints").glob("*progress*")}
        if {PROGRESS, PREVIOUS} == kept:  # not between two renames, where the newest has another name
            return folder
    raise AssertionError("no progress was kept")


def test_a_flipped_bit_is_an_error_that_says_what_to_do(half, whole):
    path = half / "checkpoints" / PROGRESS
    good = path.read_bytes()
    for at in (0, 9, 60, len(good) // 2, len(good) - 1):
        damaged = bytearray(good)
        damaged[at] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="damaged") as error:
            train_again(half)
        assert PREVIOUS in error.value.hint
    path.unlink()
    train_again(half)
    assert outcome(half) == outcome(whole.folder)


@pytest.mark.parametrize("keep", [0, 1, 7, 8, 100, -1])
def test_a_truncated_checkpoint_is_damaged(half, keep):
    path = half / "checkpoints" / PROGRESS
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="damaged"):
        train_again(half)


def test_another_configuration_does_not_go_on(half):
    with pytest.raises(ConfigError, match=r"training\.batch_size is 8 there and 4 here"):
        train_again(half, **{"training.batch_size": 4})


def test_a_full_disk_leaves_the_last_good_checkpoint(whole, tmp_path, monkeypatch):
    folder, real, saves = tmp_path / "full", os.fsync, 0

    def fsync(handle):
        nonlocal saves
        saves += PROGRESS in str(Path(f"/proc/self/fd/{handle}").readlink())
        if saves >= 4:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DataError, match="No space left on device"):
        pipeline.train(parse_config(MICRO), folder, run_id="micro", use_wandb=False)
    monkeypatch.undo()
    assert not list((folder / "checkpoints").glob(".*"))
    assert read_tensors(folder / "checkpoints" / PROGRESS)[1]["rows"] >= 2
    train_again(folder)
    assert outcome(folder) == outcome(whole.folder)


def test_two_processes_do_not_train_into_one_folder(whole, tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    with pipeline._held(folder), pytest.raises(UsageError, match="Another process"):
        train_again(folder)


def test_checkpoints_open_with_any_safetensors_reader(whole):
    for path in (whole.folder / "checkpoints").glob("*.safetensors"):
        assert load_file(path)


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "micro.yaml").open("w") as file:
        YAML(typ="safe").dump(MICRO, file)
    return lambda *words: CliRunner().invoke(
        train_command, ["micro.yaml", "--no-wandb", *words], catch_exceptions=False, standalone_mode=False
    )


def test_resume_starts_goes_on_and_then_leaves_alone(command, half, whole, tmp_path):
    shutil.copytree(half, tmp_path / "runs" / "micro-s0-abc")
    assert command("--resume").exit_code == 0
    assert outcome(tmp_path / "runs" / "micro-s0-abc") == outcome(whole.folder)
    assert "nothing to resume" in command("--resume", "--out", "runs/micro-s0-abc").output
    assert command("--resume", "--out", "runs/fresh").exit_code == 0
    assert outcome(tmp_path / "runs" / "fresh")[0] == outcome(whole.folder)[0]


def test_wandb_gets_the_rows_that_the_kill_took_from_it(half, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    pipeline.train(parse_config(MICRO), half, use_wandb=True)
    from runcompare.sources.wandb.source import WandbOffline

    (log,) = half.glob("wandb/offline-run-*-micro/run-micro.wandb")
    steps = WandbOffline().read(str(log)).history.frame["global_step"].to_list()
    assert steps == [e["step"] for e in entries(half) if e["type"] == "row"]
