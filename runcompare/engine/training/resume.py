"""A training's progress, saved after each epoch and stage, so that a killed one resumes to the same end, to the bit.

`checkpoints/progress.safetensors` holds all weights, the optimizer's state, the best weights so far and the random
generator's state; its header the stage, the epoch and the summary so far. The file before it is kept beside it. An
epoch's row is logged before its progress is saved: a kill in between repeats the epoch, whose row is then known.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from runcompare.engine.training.checkpoint import Checkpoint, read_tensors, write_tensors
from runcompare.errors import ConfigError, DataError

__all__ = ["PREVIOUS", "PROGRESS", "Checkpointer", "FitState"]

PROGRESS, PREVIOUS = "progress.safetensors", "progress.previous.safetensors"
FORMAT = 1


@dataclass(slots=True)
class FitState:
    """A stage's training between two epochs.

    Attributes:
        epoch: Epochs done.
        best: Lowest value of what the stage selects by; its epoch's weights are `kept`.
        best_loss: Lowest finite training loss.
        best_val: Lowest finite validation loss.
        since: Epochs since the training loss was last at its lowest.
        kept: The weights of the best epoch, if the stage selects one.
    """

    epoch: int = 0
    best: float = math.inf
    best_loss: float = math.inf
    best_val: float = math.inf
    since: int = 0
    kept: dict[str, Tensor] | None = None

    def count(self, loss: float, val_loss: float) -> None:
        """Count an epoch by its losses; one that is not finite is never the best."""
        self.epoch += 1
        self.since = 0 if loss < self.best_loss else self.since + 1
        self.best_loss = min(self.best_loss, loss) if math.isfinite(loss) else self.best_loss
        self.best_val = min(self.best_val, val_loss) if math.isfinite(val_loss) else self.best_val


@dataclass(slots=True)
class _Stage:
    """The stage that is being trained, as `Checkpointer.begin` got it."""

    name: str
    module: nn.Module
    optimizers: Sequence[torch.optim.Optimizer]
    companion: nn.Module | None


@dataclass(slots=True)
class Checkpointer:
    """Saves and restores one training.

    Attributes:
        simulator: All weights.
        generator: The training's random numbers.
        config: The configuration as plain data, which a resumed training must share.
        folder: Where checkpoints lie; None saves nothing.
        writes: Whether this process saves; one of several does.
        rows: Epochs logged so far, over all stages.
        passed: The stages that have ended.
        summary: Final values logged so far.
    """

    simulator: nn.Module
    generator: torch.Generator
    config: Mapping[str, Any]
    folder: Path | None = None
    writes: bool = True
    rows: int = 0
    passed: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    _pending: Checkpoint | None = None
    _stage: _Stage | None = None

    def restore(self) -> bool:
        """Go back to the last saved epoch; False if nothing was saved yet.

        Raises:
            DataError: The file is damaged.
            ConfigError: The file is of another configuration.
        """
        path = self._newest()
        if path is None:
            return False
        try:
            saved = read_tensors(path)
        except DataError as error:
            raise DataError(error.message, hint=self._way_out(path)) from None
        meta = saved.meta
        _check_same(meta["config"], self.config, path)
        self._set_weights(saved.tensors)
        self.rows, self.passed, self.summary = meta["rows"], meta["passed"], meta["summary"]
        self._pending = saved if meta["stage"] is not None else None
        return True

    def begin(
        self, stage: str, module: nn.Module, optimizers: Sequence[torch.optim.Optimizer], companion: nn.Module | None
    ) -> FitState:
        """The state that a stage's training starts from: the last saved epoch's, or a fresh one.

        Args:
            stage: The stage's name.
            module: What it trains.
            optimizers: Theirs is the restored state too.
            companion: A module that follows the trained one and is saved with it.
        """
        self._stage = _Stage(stage, module, optimizers, companion)
        if self._pending is None:
            return FitState()
        (tensors, meta), self._pending = self._pending, None
        for number, optimizer in enumerate(optimizers):
            _load_optimizer(optimizer, _under(f"optimizer.{number}", tensors))
        if companion is not None:
            companion.load_state_dict(_under("companion", tensors))
        # what a stage draws or scales before its first epoch is undone
        self._set_weights(tensors)
        return FitState(**meta["fit"], kept=_under("kept", tensors) or None)

    def save(self, state: FitState) -> None:
        """Save the stage's training after an epoch. Raises DataError if it can't be written."""
        self.rows += 1
        assert self._stage is not None
        tensors = {f"kept.{k}": v for k, v in (state.kept or {}).items()}
        for number, optimizer in enumerate(self._stage.optimizers):
            tensors |= {f"optimizer.{number}.{k}": v for k, v in _optimizer_state(optimizer).items()}
        if self._stage.companion is not None:
            tensors |= {f"companion.{k}": v for k, v in self._stage.companion.state_dict().items()}
        fit = {k: getattr(state, k) for k in ("epoch", "best", "best_loss", "best_val", "since")}
        self._write(tensors, {"stage": self._stage.name, "fit": fit})

    def end(self, stage: str, summary: Mapping[str, Any]) -> None:
        """Save that a stage has ended, and its final values. Raises DataError if it can't be written."""
        self.passed.append(stage)
        self.summary |= summary
        self._write({}, {"stage": None})

    def clear(self) -> None:
        """Delete the progress of a training that has ended."""
        for path in self._places():
            path.unlink(missing_ok=True)

    def _set_weights(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the simulator's weights and the generator to a checkpoint's."""
        self.simulator.load_state_dict(_under("simulator", tensors))
        self.generator.set_state(tensors["generator"])

    def _write(self, tensors: dict[str, Tensor], meta: dict[str, Any]) -> None:
        if self.folder is None or not self.writes:
            return
        tensors |= {f"simulator.{k}": v for k, v in self.simulator.state_dict().items()}
        known = {"config": self.config, "rows": self.rows, "passed": self.passed, "summary": self.summary}
        path = self.folder / PROGRESS
        fresh = self.folder / f"next.{PROGRESS}"
        write_tensors(fresh, tensors | {"generator": self.generator.get_state()}, {"format": FORMAT, **known, **meta})
        try:
            if path.exists():
                path.replace(self.folder / PREVIOUS)
            fresh.replace(path)
        except OSError as error:
            raise DataError(f"The checkpoint {path} can't be written: {error.strerror}.") from None

    def _newest(self) -> Path | None:
        return next((path for path in self._places() if path.exists()), None)

    def _places(self) -> list[Path]:
        """Newest first: a kill between the two renames leaves the new file under its first name."""
        names = (f"next.{PROGRESS}", PROGRESS, PREVIOUS)
        return [self.folder / name for name in names] if self.folder else []

    def _way_out(self, path: Path) -> str:
        earlier = path.with_name(PREVIOUS)
        if path.name != PREVIOUS and earlier.exists():
            return f"Delete it to go on from the one before it, {earlier.name}."
        return "Delete it to train from the start."


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix.`, without it."""
    return {k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")}


def _optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{i}.{name}": value for i, values in state.items() for name, value in values.items()}


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _check_same(saved: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    from runcompare.records.config import flatten

    there, here = dict(flatten(saved)), dict(flatten(now))
    apart = [f"{k} is {there.get(k)} there and {here.get(k)} here" for k in here | there if there.get(k) != here.get(k)]
    if apart:
        raise ConfigError(
            f"{path} is of another configuration: {'; '.join(apart[:4])}{' ...' if len(apart) > 4 else ''}.",
            hint="Give the configuration and settings that it was started with, or another folder.",
        )
