"""The epoch loop that all stages share: schedule, clipping, logging, the best weights kept, resuming after a kill.

Nothing in a batch waits for the device: norms and losses stay there until the epoch ends, and a step with a gradient
that is not finite is skipped by the fused optimizer itself (`found_inf`, as a gradient scaler does).
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from runcompare.engine.config.schema import StageConfig
from runcompare.engine.network.layers import Block
from runcompare.engine.training.context import TrainingContext, Windows
from runcompare.engine.training.processes import Ranks
from runcompare.engine.training.resume import FitState

__all__ = ["Task", "fit"]

WARM_UP = 0.1
LAST_LR = 1e-3  # of the highest
MUON_RATE = 2.0  # of the others' rate
TICK = 20  # batches between two moves of the progress bar

Loss = Callable[[Tensor, Tensor, float], Tensor]
Validate = Callable[[], dict[str, float]]


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Task:
    """What one stage trains and how it is judged.

    Attributes:
        stage: The stage's name in the configuration.
        module: What is trained.
        loss: Maps a batch, u (b, horizon + 1, points), the equation's parameter (b,) and the share of the training
            done, 0 to 1, to one value a sample, (b,).
        validate: Gives `val_loss`, and more to log.
        select: The validation value whose lowest epoch's weights are kept in the end; None keeps the last ones.
        horizon: Steps of the pieces of trajectories in a batch.
        companion: A module that follows the trained one by `after_step`, and is saved with it.
        after_step: Called after each of the optimizer's steps.
    """

    stage: str
    module: nn.Module
    loss: Loss
    validate: Validate
    select: str | None = None
    horizon: int = 1
    companion: nn.Module | None = None
    after_step: Callable[[], None] = _nothing


class _LossModule(nn.Module):
    """A task's loss as a module's forward pass, which is where gradients are averaged over processes."""

    def __init__(self, task: Task, precision: str) -> None:
        super().__init__()
        self.trained = task.module
        self._loss = task.loss
        self._low = precision == "bfloat16"

    def forward(self, u: Tensor, parameter: Tensor, share: float) -> Tensor:
        with torch.autocast(u.device.type, torch.bfloat16, enabled=self._low):
            return self._loss(u, parameter, share)


@dataclass(slots=True)
class _EpochStats:
    """One epoch's losses and gradient norms, a scalar tensor a batch, and the relative size of the last step."""

    losses: list[Tensor] = field(default_factory=list)
    norms: list[Tensor] = field(default_factory=list)
    update: Tensor | None = None

    def row(self, ranks: Ranks, clip: float) -> dict[str, float]:
        """The epoch's means, as logged."""
        norms = torch.stack(self.norms)
        assert self.update is not None
        return {
            "loss": float(ranks.sum(torch.stack(self.losses).mean())),
            "grad_norm": float(norms.mean()),
            "grad_norm_clipped": float(norms.clamp_max(clip).mean()),
            "update_to_weight": float(self.update),
        }


@dataclass(frozen=True, slots=True)
class _Loop:
    """One stage's training: `total` batches over all epochs."""

    task: Task
    context: TrainingContext
    config: StageConfig
    optimizers: Sequence[torch.optim.Optimizer]
    windows: Windows
    trained: nn.Module
    total: int

    def train(self, epoch: int) -> _EpochStats:
        """Train for the epoch of that number, counted from 0."""
        task, context, training = self.task, self.context, self.context.config.training
        stats, first = _EpochStats(), epoch * len(self.windows)
        task.module.train()
        for i, (u, parameter) in enumerate(self.windows.draw(context.generator, context.ranks), first):
            last = i + 1 == first + len(self.windows)
            _set_rate(self.optimizers, self.config.optimizer.lr * _rate(i, self.total))
            # the optimizer sees the mean over processes of this: the mean over the global batch
            loss = self.trained(u, parameter, i / self.total).sum() / training.batch_size
            scaled = loss * context.ranks.world
            _step(task.module, self.optimizers, scaled, clip=training.grad_clip, stats=stats, measure=last)
            task.after_step()
            stats.losses.append(loss.detach())
            if (i + 1) % TICK == 0 or last:
                context.log.tick(task.stage, i + 1, self.total)
        task.module.eval()
        return stats

    def judge(self, epoch: int, stats: _EpochStats, state: FitState) -> dict[str, float]:
        """The row of an epoch; counts it in `state` and keeps its weights there if they are the best."""
        row = stats.row(self.context.ranks, self.context.config.training.grad_clip)
        checks = self.task.validate()
        state.count(row["loss"], checks["val_loss"])
        rate = _rate(self.total * (epoch + 1) // self.config.epochs, self.total)
        row |= {"lr": self.config.optimizer.lr * rate, "epoch": epoch + 1}
        row |= {"best_loss": _or_nan(state.best_loss), "epochs_since_improve": state.since, **checks}
        if self.task.select is not None and checks[self.task.select] < state.best:
            state.best = checks[self.task.select]
            state.kept = {k: v.clone() for k, v in self.task.module.state_dict().items()}
        return row


def fit(task: Task, context: TrainingContext) -> dict[str, float]:
    """Train the task's module for its stage's epochs, from the last one saved, and log a row for each.

    A batch whose gradient is not finite takes no step; the logged loss shows it as NaN.

    Returns:
        The best validation loss, under the stage's key.
    """
    config: StageConfig = getattr(context.config.stages, task.stage)
    windows = context.windows(task.horizon)
    context.simulator.requires_grad_(False)
    task.module.requires_grad_(True)
    optimizers = _optimizers(task.module, config)
    trained = context.ranks.wrap(_LossModule(task, context.config.training.precision))
    state = context.checkpointer.begin(task.stage, task.module, optimizers, task.companion)
    loop = _Loop(task, context, config, optimizers, windows, trained, total=config.epochs * len(windows))
    for epoch in range(state.epoch, config.epochs):
        started = time.perf_counter()
        row = loop.judge(epoch, loop.train(epoch), state)
        context.log.epoch(task.stage, row | {"epoch_time_sec": time.perf_counter() - started})
        context.checkpointer.save(state)
    if state.kept is not None:
        task.module.load_state_dict(state.kept)
    return {f"{task.stage}/best_val_loss": _or_nan(state.best_val)}


def _or_nan(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _set_rate(optimizers: Sequence[torch.optim.Optimizer], rate: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate * (MUON_RATE if isinstance(optimizer, torch.optim.Muon) else 1.0)


def _step(
    module: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    loss: Tensor,
    *,
    clip: float,
    stats: _EpochStats,
    measure: bool,
) -> None:
    """One step of the optimizers, its gradient norm noted in `stats`, and with `measure` its relative size too."""
    module.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(module.parameters(), clip)
    before = _weights(module) if measure else None
    for optimizer in optimizers:
        if isinstance(optimizer, torch.optim.Muon):  # it has no found_inf: such a batch adds nothing to its momentum
            for parameter in optimizer.param_groups[0]["params"]:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
        else:
            optimizer.found_inf = (~torch.isfinite(norm)).float()  # type: ignore[attr-defined]
        optimizer.step()
    stats.norms.append(norm.detach())
    if before is not None:
        stats.update = (_weights(module) - before).norm() / before.norm().clamp_min(1e-12)


@torch.no_grad()
def _weights(module: nn.Module) -> Tensor:
    return torch.cat([p.flatten() for p in module.parameters()])


def _optimizers(module: nn.Module, config: StageConfig) -> list[torch.optim.Optimizer]:
    """One optimizer, or with muon two: Muon for the blocks' matrices, AdamW for the rest."""
    o = config.optimizer
    blocks = [m for m in module.modules() if isinstance(m, Block)] if o.name == "muon" else []
    inner = [p for block in blocks for p in block.parameters() if p.ndim == 2]
    taken = {id(p) for p in inner}
    rest = [p for p in module.parameters() if id(p) not in taken]
    kind = torch.optim.Adam if o.name == "adam" else torch.optim.AdamW
    found: list[torch.optim.Optimizer] = [kind(rest, lr=o.lr, weight_decay=o.weight_decay, fused=True)]
    if inner:
        muon = torch.optim.Muon(inner, lr=o.lr, weight_decay=o.weight_decay, adjust_lr_fn="match_rms_adamw")
        found.append(muon)
    return found


def _rate(step: int, total: int) -> float:
    """The learning rate at a step, as a share of the highest: linear warm-up, then half a cosine (Loshchilov and Hutter
    2017, arXiv 1608.03983)."""
    warm = max(1, int(WARM_UP * total))
    if step < warm:
        return (step + 1) / warm
    share = (step - warm) / max(1, total - warm)
    return LAST_LR + (1 - LAST_LR) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
