"""The epoch loop that all stages share: schedule, clipping, what is logged, the best weights kept."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from runcompare.engine.data import Split
from runcompare.engine.schema import StageConfig, TrainingConfig

__all__ = ["EpochLog", "Windows", "fit"]

WARM_UP = 0.1
LAST_LR = 1e-3  # of the highest


class EpochLog(Protocol):
    """Where epochs are reported: rows for the trackers, ticks for the progress bar."""

    def epoch(self, stage: str, values: dict[str, float]) -> None: ...

    def tick(self, stage: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Windows:
    """Batches of (u (b, horizon + 1, points), nu (b,)): random starting frames of every trajectory, shuffled."""

    split: Split
    per_trajectory: int
    batch_size: int
    horizon: int

    def __len__(self) -> int:
        return max(1, len(self.split) * self.per_trajectory // self.batch_size)

    def draw(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        n, frames = self.split.u.shape[:2]
        trajectory = torch.arange(n).repeat(self.per_trajectory)[
            torch.randperm(n * self.per_trajectory, generator=generator)
        ]
        start = torch.randint(frames - self.horizon, (len(trajectory),), generator=generator)
        steps = torch.arange(self.horizon + 1)
        device = self.split.u.device
        for i in range(len(self)):
            part = slice(i * self.batch_size, (i + 1) * self.batch_size)
            which, first = trajectory[part].to(device), start[part].to(device)
            yield self.split.u[which[:, None], first[:, None] + steps.to(device)], self.split.nu[which]


Loss = Callable[[Tensor, Tensor, float], Tensor]  # (u, nu, share of training done) -> scalar
Validate = Callable[[], dict[str, float]]


def fit(
    stage: str,
    module: nn.Module,
    windows: Windows,
    loss: Loss,
    validate: Validate,
    select: str | None,
    config: StageConfig,
    training: TrainingConfig,
    generator: torch.Generator,
    log: EpochLog,
    after_step: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Train `module` for the stage's epochs and log one row each; returns the best validation loss for the summary.

    `select` names the validation value whose lowest epoch's weights are kept in the end; None keeps the last ones.
    A batch whose loss or gradient is not finite takes no step; the logged loss shows it as NaN.
    """
    optimizer = _optimizer(module, config)
    total = config.epochs * len(windows)
    best, best_loss, best_val, since, kept = math.inf, math.inf, math.inf, 0, None
    done = 0
    for epoch in range(config.epochs):
        started = time.perf_counter()
        module.train()
        losses, norms = [], []
        for u, nu in windows.draw(generator):
            _set_rate(optimizer, config.optimizer.lr * _rate(done, total))
            value, norm = _step(module, optimizer, loss(u, nu, done / total), training.grad_clip)
            after_step()
            losses.append(value)
            norms.append(norm)
            done += 1
            if done % 20 == 0 or done == total:
                log.tick(stage, done, total)
        module.eval()
        mean = float(torch.stack(losses).mean())
        since = 0 if mean < best_loss else since + 1
        best_loss = min(best_loss, mean) if math.isfinite(mean) else best_loss
        checks = validate()
        best_val = min(best_val, checks["val_loss"]) if math.isfinite(checks["val_loss"]) else best_val
        row = {
            "loss": mean,
            "grad_norm": float(torch.stack(norms).mean()),
            "lr": config.optimizer.lr * _rate(done, total),
            "epoch": epoch + 1,
            "best_loss": best_loss if math.isfinite(best_loss) else math.nan,
            "epochs_since_improve": since,
            **checks,
            "epoch_time_sec": time.perf_counter() - started,
        }
        log.epoch(stage, row)
        if select is not None and checks[select] < best:
            best, kept = checks[select], {k: v.clone() for k, v in module.state_dict().items()}
    if kept is not None:
        module.load_state_dict(kept)
    return {f"{stage}/best_val_loss": best_val if math.isfinite(best_val) else math.nan}


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _step(module: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(module.parameters(), clip)
    if torch.isfinite(norm):
        optimizer.step()
    return loss.detach(), norm.detach()


def _optimizer(module: nn.Module, config: StageConfig) -> torch.optim.Optimizer:
    o = config.optimizer
    kind = torch.optim.AdamW if o.name == "adamw" else torch.optim.Adam
    return kind(module.parameters(), lr=o.lr, weight_decay=o.weight_decay, fused=True)


def _rate(step: int, total: int) -> float:
    """Linear warm-up, then half a cosine."""
    warm = max(1, int(WARM_UP * total))
    if step < warm:
        return (step + 1) / warm
    share = (step - warm) / max(1, total - warm)
    return LAST_LR + (1 - LAST_LR) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
