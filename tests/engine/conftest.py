"""One tiny pipeline, trained once for all engine tests."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TINY: dict[str, Any] = {
    "name": "tiny",
    "data": {"train": 48, "val": 8, "test": 12, "points": 64, "frames": 6},
    "latent": {"dim": 8, "tokens": 8},
    "operator": {"width": 24, "blocks": 2},
    "training": {"batch_size": 8, "windows": 6, "rollout_horizon": 2, "lambda_rollout": 0.1},
    "stages": {
        "autoencoder": {"epochs": 6, "optimizer": {"lr": 5e-3}},
        "operator": {"epochs": 8, "optimizer": {"lr": 3e-3}},
        "diff_residual": {"epochs": 6, "optimizer": {"lr": 3e-3}},
        "consistency_distill": {"epochs": 4},
    },
    "ttc": {"candidates": 4, "beam_width": 2, "horizon": 2},
}


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Any]:
    """A configuration of a few seconds, with dotted overrides."""
    from runcompare.engine.config.read import parse_config

    return lambda **overrides: parse_config(TINY, {k.replace("__", "."): v for k, v in overrides.items()})


@pytest.fixture
def simulator(tiny: Callable[..., Any]) -> Any:
    """An untrained simulator, none of whose layers is the zero that some start as."""
    import torch

    from runcompare.engine.network.simulator import Simulator

    torch.manual_seed(0)
    made = Simulator(tiny())
    for p in made.parameters():
        p.data += 0.02 * torch.randn_like(p)
    return made.eval().requires_grad_(False)


@pytest.fixture
def split() -> Any:
    """Five random trajectories of three steps on the simulator's grid."""
    import torch

    from runcompare.engine.data.dataset import Split

    generator = torch.Generator().manual_seed(0)
    return Split(torch.randn(5, 4, 64, generator=generator), torch.full((5,), 3e-3))


@pytest.fixture(scope="session")
def trained(tiny: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The tiny pipeline's run folder, with a real W&B offline run in it, and its whole summary."""
    from runcompare.engine.pipeline import train

    os.environ["WANDB_MODE"] = "offline"  # whoever runs the tests may be logged in
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    train(tiny(seed=3), folder, run_id="tinyrun1")
    return folder, summary_of(folder)


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line[9:]) for line in (folder / "record.jsonl").read_text().splitlines()]


def summary_of(folder: Path) -> dict[str, Any]:
    return {k: v for e in entries(folder) if e["type"] == "summary" for k, v in e["values"].items()}
