"""Two processes train what one does; options of speed change results by rounding only; no batch waits."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from killing import MICRO
from ruamel.yaml import YAML
from safetensors.torch import load_file
from torch.utils._python_dispatch import TorchDispatchMode

from runcompare.engine.config.read import parse_config
from runcompare.engine.pipeline import train
from runcompare.engine.training import epochs
from runcompare.engine.training.processes import SINGLE, Ranks
from runcompare.records.recorder import decode_line
from runcompare.sources.recorder.source import RecorderFiles


def rows(folder):
    lines = (folder / "record.jsonl").read_bytes().splitlines()
    return [e["values"] for line in lines if (e := decode_line(line))["type"] == "row"]


def test_shares_cover_a_batch_once():
    cpu = torch.device("cpu")
    for world in (1, 2, 3, 5):
        parts = [Ranks(rank, world, cpu).share(torch.arange(12)) for rank in range(world)]
        assert torch.cat(parts).tolist() == list(range(12))
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_alone_nothing_is_summed_or_wrapped():
    module = torch.nn.Linear(2, 2)
    assert SINGLE.wrap(module) is module
    assert SINGLE.mean(torch.tensor([1.0, 2.0, 6.0])) == 3.0


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Run folders of one process and of two that torchrun started, with batches that two don't share evenly."""
    root = tmp_path_factory.mktemp("ranks")
    config = root / "micro.yaml"
    overrides = {"training": {**MICRO["training"], "batch_size": 7}, "training.grad_clip": 0.5}
    with config.open("w") as file:
        YAML(typ="safe").dump({**MICRO, "training": overrides["training"]}, file)
    train_it = ["-m", "runcompare", "train", str(config), "--no-wandb", "--out"]
    launch = {"one": [], "two": ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]}
    for name, words in launch.items():
        done = subprocess.run(
            [sys.executable, *words, *train_it, str(root / name)],
            env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    return root / "one", root / "two"


def test_two_processes_end_with_the_weights_of_one(both):
    one, two = (load_file(folder / "checkpoints" / "operator.safetensors") for folder in both)
    for key, weights in one.items():
        assert torch.allclose(weights, two[key], rtol=2e-3, atol=2e-4), key


def test_two_processes_log_once_what_one_does(both):
    one, two = map(rows, both)
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert a.keys() == b.keys()
        for key in a:
            if "time_sec" not in key:
                assert math.isclose(a[key], b[key], rel_tol=2e-2, abs_tol=1e-4), key


def test_the_record_of_two_processes_says_so(both):
    one, two = (RecorderFiles().read(str(folder / "record.jsonl")) for folder in both)
    assert (one.hardware.world_size, two.hardware.world_size) == (1, 2)
    assert two.summary["eval/nrmse"] == pytest.approx(one.summary["eval/nrmse"], rel=1e-2)


@pytest.mark.parametrize("option", [{"training.precision": "bfloat16"}, {"training.compile": True}])
def test_options_of_speed_give_the_same_result_within_tolerance(option, tmp_path, monkeypatch):
    if "training.compile" in option:
        # the default back end needs a C++ compiler; what is tested is that compiled networks train, save and agree
        compile_network = torch.nn.Module.compile
        monkeypatch.setattr(torch.nn.Module, "compile", lambda m: compile_network(m, backend="aot_eager"))
    plain, fast = (
        train(parse_config(MICRO, changed), tmp_path / name, use_wandb=False)[1]
        for name, changed in (("plain", {}), ("fast", option))
    )
    rel = 0.05 if "training.precision" in option else 1e-3
    assert fast["eval/nrmse"] == pytest.approx(plain["eval/nrmse"], rel=rel)
    stages = [load_file(tmp_path / n / "checkpoints" / "consistency_distill.safetensors") for n in ("plain", "fast")]
    assert stages[0].keys() == stages[1].keys()
    assert all(t.dtype == torch.float32 for t in stages[1].values())


class Waits(TorchDispatchMode):
    """Counts the operations that make the host wait for the device, while `inside` says that it counts."""

    def __init__(self):
        super().__init__()
        self.inside, self.found = False, []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if self.inside and func in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default):
            self.found.append(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_no_batch_waits_for_the_device(optimizer, tmp_path, monkeypatch):
    """From the loss to the optimizer's step, in every stage: no number is read from a tensor."""
    waits, steps, step = Waits(), [], epochs._step
    forward = epochs._LossModule.forward

    def watched_forward(self, *args):
        waits.inside = True
        return forward(self, *args)

    def watched_step(*args, **kwargs):
        step(*args, **kwargs)
        steps.append(waits.inside)
        waits.inside = False

    monkeypatch.setattr(epochs, "_step", watched_step)
    monkeypatch.setattr(epochs._LossModule, "forward", watched_forward)
    changed = {"stages.operator.optimizer.name": optimizer}
    with waits:
        train(parse_config(MICRO, changed), tmp_path / "r", use_wandb=False)
    assert len(steps) > 20
    assert all(steps)
    # the coin of the push-forward is drawn on the host, and two of the four stages toss it
    coins = sum(1 for _ in waits.found)
    assert coins <= len(steps) // 2


def test_a_half_set_environment_is_told(monkeypatch, tmp_path):
    from runcompare.errors import ConfigError

    monkeypatch.setenv("RANK", "first")
    with pytest.raises(ConfigError, match="must be numbers"):
        train(parse_config(MICRO), Path(tmp_path / "r"), use_wandb=False)
