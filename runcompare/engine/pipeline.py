"""The pipeline: data, four training stages, evaluation; logged as one run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from runcompare.engine.checkpoint import save
from runcompare.engine.data import Dataset, load_data
from runcompare.engine.evaluate import evaluate
from runcompare.engine.machine import git_state, hardware
from runcompare.engine.model import Simulator
from runcompare.engine.pdebench import check_pdebench
from runcompare.engine.runlog import RunLog
from runcompare.engine.schema import EngineConfig, to_dict
from runcompare.engine.stages import STAGES, Workshop
from runcompare.errors import UsageError

__all__ = ["pick_device", "train"]


def train(
    config: EngineConfig,
    folder: Path,
    *,
    run_id: str | None = None,
    use_wandb: bool = True,
    checkpoints: bool = True,
    device: torch.device | None = None,
) -> tuple[str, dict[str, float]]:
    """Train and evaluate one seed into `folder`; returns the run's id and the evaluation's summary.

    On one thread the same config gives the same figures to the last bit. Raises DataError for unreadable data,
    UsageError for a folder that can't be made.
    """
    if config.data.path:
        check_pdebench(config.data)  # before anything is written
    _make(folder)
    device = pick_device() if device is None else device
    _be_deterministic(config.seed)
    simulator = Simulator(config).to(device)
    identity = {
        "id": run_id,
        "name": f"{config.name}-s{config.seed}",
        "group": config.group or config.name,
        "project": "runcompare",
    }
    with RunLog(folder, identity=identity, config=_logged(config, simulator, device), use_wandb=use_wandb) as log:
        with log.stage("data"):
            data = load_data(config.data)
            # two runs with the same fingerprint were tested on the same trajectories
            log.summary({"data/fingerprint": data.fingerprint})
        shop = Workshop(config, _on(data, device), simulator, torch.Generator().manual_seed(config.seed), log)
        for name, stage in STAGES.items():
            with log.stage(name):
                log.summary(stage(shop))
            if checkpoints:
                save(folder / "checkpoints" / f"{name}.safetensors", simulator, config, name)
        with log.stage("eval"):
            result = evaluate(simulator, shop.data.test, config)
        log.per_trajectory(result.per_trajectory)
        log.summary(result.summary)
    return log.id, result.summary


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or "unknown error"
        raise UsageError(f"The run folder {folder} can't be made: {why}.", hint="Give another folder.") from None


def pick_device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _be_deterministic(seed: int) -> None:
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if not torch.cuda.is_available():
        torch.set_num_threads(1)  # sums in another order are other sums


def _on(data: Dataset, device: torch.device) -> Dataset:
    return replace(data, train=data.train.to(device), val=data.val.to(device), test=data.test.to(device))


def _logged(config: EngineConfig, simulator: Simulator, device: torch.device) -> Mapping[str, Any]:
    """The resolved configuration and what it ran on, as logged."""
    plain = to_dict(config)
    # only the file's name: the path is the machine's business
    plain["data"]["path"] = Path(config.data.path).name if config.data.path else None
    parameters = {n: sum(p.numel() for p in m.parameters()) for n, m in simulator.named_children()}
    return {**plain, "parameters": parameters, "hardware": hardware(device), "git": git_state()}
