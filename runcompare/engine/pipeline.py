"""The pipeline: data, four training stages, evaluation; logged as one run."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from runcompare.engine.config.schema import EngineConfig, to_dict
from runcompare.engine.data.dataset import Dataset, load_data
from runcompare.engine.data.pdebench import check_pdebench
from runcompare.engine.evaluate import evaluate
from runcompare.engine.machine import git_state, hardware
from runcompare.engine.network.simulator import Simulator
from runcompare.engine.runlog import RunLog, SilentLog
from runcompare.engine.training.checkpoint import save
from runcompare.engine.training.context import TrainingContext
from runcompare.engine.training.processes import Ranks, join
from runcompare.engine.training.resume import Checkpointer
from runcompare.engine.training.stages import STAGES
from runcompare.errors import ConfigError, DataError, UsageError
from runcompare.records.recorder import RECORD_NAME, end_state

__all__ = ["TrainingResult", "train"]


class TrainingResult(NamedTuple):
    """The run's id and its evaluation's final values, as logged; both empty on a process that does not log."""

    run_id: str
    summary: dict[str, float]


def train(
    config: EngineConfig,
    folder: Path,
    *,
    run_id: str | None = None,
    use_wandb: bool = True,
    checkpoints: bool = True,
    device: torch.device | None = None,
) -> TrainingResult:
    """Train and evaluate one seed.

    A killed training whose progress is in the folder is resumed. On one thread the same config gives the same figures
    to the last bit, killed or not. Started by torchrun, all processes train together and the first one logs, saves and
    evaluates.

    Args:
        config: The pipeline.
        folder: The run's folder, made if it is not there.
        run_id: The run's id; None makes one.
        use_wandb: Whether to log to W&B beside the record.
        checkpoints: Whether to keep weights, without which a killed training can't be resumed.
        device: Where to train; None takes the GPU if there is one.

    Raises:
        DataError: Data that can't be read, or a damaged checkpoint.
        ConfigError: A checkpoint of another configuration, or more processes than samples in a batch.
        UsageError: A folder that can't be made, holds a finished run, or is in use by another process.
    """
    if config.data.path:
        check_pdebench(config.data)  # before anything is written
    _be_deterministic(config.seed)
    with join(device) as ranks:
        if config.training.batch_size < ranks.world:
            raise ConfigError(
                f"'training.batch_size' is {config.training.batch_size}, less than the {ranks.world} processes.",
                hint="Give each process one at least.",
            )
        simulator = Simulator(config).to(ranks.device)
        generator = torch.Generator().manual_seed(config.seed)
        plain, folder = _portable(config), ranks.broadcast(folder)
        home = folder / "checkpoints" if checkpoints else None
        checkpointer = Checkpointer(simulator, generator, plain, home, writes=ranks.first)
        checkpointer.restore()  # before anything is written
        if config.training.compile:
            _compile(simulator)
        if not ranks.first:
            data = _data(config, checkpointer, ranks)
            _stages(TrainingContext(config, data, simulator, generator, SilentLog(), checkpointer, ranks))
            return TrainingResult("", {})
        _make(folder)
        if (folder / RECORD_NAME).exists() and end_state(folder / RECORD_NAME) == "finished":
            raise UsageError(f"{folder} holds a run that has ended.", hint="Give another folder.")
        logged = _logged(plain, simulator, ranks)
        with (
            _held(folder),
            RunLog(folder, _identity(config, run_id), logged, use_wandb=use_wandb, rows=checkpointer.rows) as log,
        ):
            with log.stage("data"):
                data = _data(config, checkpointer, ranks)
                log.summary(checkpointer.summary)
            _stages(TrainingContext(config, data, simulator, generator, log, checkpointer, ranks))
            with log.stage("eval"):
                result = evaluate(simulator, data.test, config)
            log.per_trajectory(result.per_trajectory)
            log.frames(result.per_frame)
            log.summary(result.summary)
        checkpointer.clear()
        return TrainingResult(log.id, result.summary)


def _stages(context: TrainingContext) -> None:
    """Train the stages that have not ended yet."""
    checkpointer = context.checkpointer
    for name, stage in STAGES.items():
        if name in checkpointer.passed:
            continue
        with context.log.stage(name):
            found = stage(context)
            if checkpointer.folder is not None and context.ranks.first:
                save(checkpointer.folder / f"{name}.safetensors", context.simulator, checkpointer.config, name)
            checkpointer.end(name, found)
            context.log.summary(found)


def _data(config: EngineConfig, checkpointer: Checkpointer, ranks: Ranks) -> Dataset:
    """The data on this process's device. Raises DataError if a resumed training began with other data."""
    data = load_data(config.data)
    # two runs with the same fingerprint were tested on the same trajectories
    if checkpointer.summary.setdefault("data/fingerprint", data.fingerprint) != data.fingerprint:
        raise DataError("The data are not those that this training began with.", hint="Put the data file back.")
    on_device = {split: getattr(data, split).to(ranks.device) for split in ("train", "val", "test")}
    return replace(data, **on_device)


def _identity(config: EngineConfig, run_id: str | None) -> dict[str, Any]:
    """How the run is called."""
    return {
        "id": run_id,
        "name": f"{config.name}-s{config.seed}",
        "group": config.group or config.name,
        "project": "runcompare",
    }


def _make(folder: Path) -> None:
    """Make the run folder. Raises UsageError if it can't be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or "unknown error"
        raise UsageError(f"The run folder {folder} can't be made: {why}.", hint="Give another folder.") from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock the folder for this process. Raises UsageError if another one trains into it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError(f"Another process is training into {folder}.", hint="Wait for it, or stop it.") from None
    finally:
        os.close(handle)


def _be_deterministic(seed: int) -> None:
    """Seed torch, and have it repeat its results to the bit."""
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
    """The resolved configuration as plain data, with the data file's name but not its folder, which differs between
    machines."""
    plain = to_dict(config)
    plain["data"]["path"] = Path(config.data.path).name if config.data.path else None
    return plain


def _logged(plain: Mapping[str, Any], simulator: Simulator, ranks: Ranks) -> Mapping[str, Any]:
    """The configuration as logged, beside it the sizes of the networks, the hardware and the code's version."""
    parameters = {n: sum(p.numel() for p in m.parameters()) for n, m in simulator.named_children()}
    return {
        **plain,
        "parameters": parameters,
        "hardware": hardware(ranks.device, ranks.world),
        "git": git_state(),
    }
