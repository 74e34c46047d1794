"""The epoch loop that all stages share: schedule, clipping, logging, the best weights kept, going on after kills.

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
from runcompare.engine.training.processes import Ranks
from runcompare.engine.training.workshop import Workshop

__all__ = ["Task", "fit"]

WARM_UP = 0.1
LAST_LR = 1e-3  # of the highest
MUON_RATE = 2.0  # of the others' rate
TICK = 20  # batches between two moves of the progress bar

Loss = Callable[[Tensor, Tensor, float], Tensor]  # (u, nu, share of training done) -> (n,)
Validate = Callable[[], dict[str, float]]


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Task:
    """What one stage trains, on windows of `horizon` steps, and how it is judged.

    `loss` maps a batch to one value a sample. `validate` gives `val_loss` and more. `select` names the validation value
    whose lowest epoch's weights are kept in the end; None keeps the last ones. `companion` follows the module, by
    `after_step`, and is saved with it.
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

    def forward(self, u: Tensor, nu: Tensor, share: float) -> Tensor:
        with torch.autocast(u.device.type, torch.bfloat16, enabled=self._low):
            return self._loss(u, nu, share)


@dataclass(slots=True)
class _Curve:
    """One epoch's losses and norms, a scalar tensor a batch."""

    losses: list[Tensor] = field(default_factory=list)
    norms: list[Tensor] = field(default_factory=list)
    update: Tensor | None = None  # relative size of the last step

    def row(self, ranks: Ranks, clip: float) -> dict[str, float]:
        norms = torch.stack(self.norms)
        assert self.update is not None
        return {
            "loss": float(ranks.sum(torch.stack(self.losses).mean())),
            "grad_norm": float(norms.mean()),
            "grad_norm_clipped": float(norms.clamp_max(clip).mean()),
            "update_to_weight": float(self.update),
        }


def fit(task: Task, w: Workshop) -> dict[str, float]:
    """Train the task's module for its stage's epochs and log one row each; returns the best validation loss.

    Goes on from where the workshop's keeper stands. A batch whose gradient is not finite takes no step; the logged loss
    shows it as NaN.
    """
    config: StageConfig = getattr(w.config.stages, task.stage)
    training = w.config.training
    windows = w.windows(task.horizon)
    w.simulator.requires_grad_(False)
    task.module.requires_grad_(True)
    optimizers = _optimizers(task.module, config)
    trained = w.ranks.wrap(_LossModule(task, training.precision))
    state = w.keeper.begin(task.stage, task.module, optimizers, task.companion)
    total = config.epochs * len(windows)
    for epoch in range(state.epoch, config.epochs):
        started = time.perf_counter()
        curve = _Curve()
        task.module.train()
        for i, (u, nu) in enumerate(windows.draw(w.generator, w.ranks), epoch * len(windows)):
            last = i + 1 == (epoch + 1) * len(windows)
            _set_rate(optimizers, config.optimizer.lr * _rate(i, total))
            # the optimizer sees the mean over processes of this: the mean over the global batch
            loss = trained(u, nu, i / total).sum() / training.batch_size
            _step(task.module, optimizers, loss * w.ranks.world, training.grad_clip, curve, measure=last)
            task.after_step()
            curve.losses.append(loss.detach())
            if (i + 1) % TICK == 0 or last:
                w.log.tick(task.stage, i + 1, total)
        task.module.eval()
        row = curve.row(w.ranks, training.grad_clip)
        checks = task.validate()
        state.count(row["loss"], checks["val_loss"])
        row |= {"lr": config.optimizer.lr * _rate(total * (epoch + 1) // config.epochs, total), "epoch": epoch + 1}
        row |= {"best_loss": _or_nan(state.best_loss), "epochs_since_improve": state.since, **checks}
        w.log.epoch(task.stage, row | {"epoch_time_sec": time.perf_counter() - started})
        if task.select is not None and checks[task.select] < state.best:
            state.best = checks[task.select]
            state.kept = {k: v.clone() for k, v in task.module.state_dict().items()}
        w.keeper.save(state)
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
    module: nn.Module, optimizers: Sequence[torch.optim.Optimizer], loss: Tensor, clip: float, curve: _Curve,
    *, measure: bool,
) -> None:  # fmt: skip
    module.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(module.parameters(), clip)
    before = _weights(module) if measure else None
    for optimizer in optimizers:
        if isinstance(optimizer, torch.optim.Muon):  # it knows no found_inf: such a batch adds nothing to its momentum
            for parameter in optimizer.param_groups[0]["params"]:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
        else:
            optimizer.found_inf = (~torch.isfinite(norm)).float()  # type: ignore[attr-defined]
        optimizer.step()
    curve.norms.append(norm.detach())
    if before is not None:
        curve.update = (_weights(module) - before).norm() / before.norm().clamp_min(1e-12)


@torch.no_grad()
def _weights(module: nn.Module) -> Tensor:
    return torch.cat([p.flatten() for p in module.parameters()])


def _optimizers(module: nn.Module, config: StageConfig) -> list[torch.optim.Optimizer]:
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
    """Linear warm-up, then half a cosine."""
    warm = max(1, int(WARM_UP * total))
    if step < warm:
        return (step + 1) / warm
    share = (step - warm) / max(1, total - warm)
    return LAST_LR + (1 - LAST_LR) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
