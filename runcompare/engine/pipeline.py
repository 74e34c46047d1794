"""The pipeline: data, four training stages, evaluation; logged as one run."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from runcompare.engine.config.schema import EngineConfig, to_dict
from runcompare.engine.data.dataset import Dataset, load_data
from runcompare.engine.data.pdebench import check_pdebench
from runcompare.engine.evaluate import evaluate
from runcompare.engine.machine import git_state, hardware
from runcompare.engine.network.simulator import Simulator
from runcompare.engine.runlog import RunLog, SilentLog
from runcompare.engine.training.checkpoint import save
from runcompare.engine.training.processes import Ranks, ranks
from runcompare.engine.training.resume import Keeper
from runcompare.engine.training.stages import STAGES
from runcompare.engine.training.workshop import Workshop
from runcompare.errors import ConfigError, DataError, UsageError
from runcompare.records.recorder import RECORD_NAME, end_state

__all__ = ["train"]


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

    A folder that holds a killed training's progress is gone on with. On one thread the same config gives the same
    figures to the last bit, killed or not. Started by torchrun, all processes train together and the first one logs,
    saves and evaluates; the others return an empty id and summary.

    Raises DataError for unreadable data or a damaged checkpoint, ConfigError for a checkpoint of another configuration,
    UsageError for a folder that can't be made.
    """
    if config.data.path:
        check_pdebench(config.data)  # before anything is written
    _be_deterministic(config.seed)
    with ranks(device) as team:
        if config.training.batch_size < team.world:
            raise ConfigError(
                f"'training.batch_size' is {config.training.batch_size}, less than the {team.world} processes.",
                hint="Give each process one at least.",
            )
        simulator = Simulator(config).to(team.device)
        generator = torch.Generator().manual_seed(config.seed)
        plain, folder = _portable(config), team.agree(folder)
        home = folder / "checkpoints" if checkpoints else None
        keeper = Keeper(simulator, generator, plain, home, writes=team.first)
        keeper.restore()  # before anything is written
        if config.training.compile:
            _compile(simulator)
        if not team.first:
            _stages(Workshop(config, _data(config, keeper, team), simulator, generator, SilentLog(), keeper, team))
            return "", {}
        _make(folder)
        if (folder / RECORD_NAME).exists() and end_state(folder / RECORD_NAME) == "finished":
            raise UsageError(f"{folder} holds a run that has ended.", hint="Give another folder.")
        identity = {
            "id": run_id,
            "name": f"{config.name}-s{config.seed}",
            "group": config.group or config.name,
            "project": "runcompare",
        }
        logged = _logged(plain, simulator, team)
        with (
            _held(folder),
            RunLog(folder, identity=identity, config=logged, use_wandb=use_wandb, rows=keeper.rows) as log,
        ):
            with log.stage("data"):
                data = _data(config, keeper, team)
                log.summary(keeper.summary)
            shop = Workshop(config, data, simulator, generator, log, keeper, team)
            _stages(shop)
            with log.stage("eval"):
                result = evaluate(simulator, data.test, config)
            log.per_trajectory(result.per_trajectory)
            log.frames(result.per_frame)
            log.summary(result.summary)
        keeper.clear()
        return log.id, result.summary


def _stages(w: Workshop) -> None:
    """The training stages that have not ended yet."""
    for name, stage in STAGES.items():
        if name in w.keeper.passed:
            continue
        with w.log.stage(name):
            found = stage(w)
            if w.keeper.folder is not None and w.ranks.first:
                save(w.keeper.folder / f"{name}.safetensors", w.simulator, w.keeper.config, name)
            w.keeper.end(name, found)
            w.log.summary(found)


def _data(config: EngineConfig, keeper: Keeper, team: Ranks) -> Dataset:
    """The data on this process's device. Raises DataError if a training goes on with other data than it began with."""
    data = load_data(config.data)
    # two runs with the same fingerprint were tested on the same trajectories
    if keeper.summary.setdefault("data/fingerprint", data.fingerprint) != data.fingerprint:
        raise DataError("The data are not those that this training began with.", hint="Put the data file back.")
    on_device = {split: getattr(data, split).to(team.device) for split in ("train", "val", "test")}
    return replace(data, **on_device)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or "unknown error"
        raise UsageError(f"The run folder {folder} can't be made: {why}.", hint="Give another folder.") from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises UsageError if another one trains into it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError(f"Another process is training into {folder}.", hint="Wait for it, or stop it.") from None
    finally:
        os.close(handle)


def _be_deterministic(seed: int) -> None:
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what CUDA needs to repeat matrix products
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if not torch.cuda.is_available():
        torch.set_num_threads(1)  # sums in another order are other sums


def _compile(simulator: Simulator) -> None:
    """Compile the networks in place: their weights keep their names."""
    for network in (simulator.operator, simulator.teacher.net, simulator.student.net):
        network.compile()


def _portable(config: EngineConfig) -> dict[str, Any]:
    """The resolved configuration without the data's folder, which is the machine's business."""
    plain = to_dict(config)
    plain["data"]["path"] = Path(config.data.path).name if config.data.path else None
    return plain


def _logged(plain: Mapping[str, Any], simulator: Simulator, team: Ranks) -> Mapping[str, Any]:
    """The configuration and what it ran on, as logged."""
    parameters = {n: sum(p.numel() for p in m.parameters()) for n, m in simulator.named_children()}
    return {
        **plain,
        "parameters": parameters,
        "hardware": hardware(team.device, team.world),
        "git": git_state(),
    }
