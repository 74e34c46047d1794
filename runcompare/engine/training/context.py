"""What a stage trains with: the data in batches, the simulator, random numbers that devices and processes agree on."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Dataset, Split
from runcompare.engine.network.simulator import Simulator
from runcompare.engine.training.processes import SINGLE, Ranks
from runcompare.engine.training.resume import Checkpointer

__all__ = ["EpochLog", "TrainingContext", "Windows"]


class EpochLog(Protocol):
    """Where a training is logged: rows for the trackers, steps for the progress bar."""

    def epoch(self, stage: str, values: dict[str, float]) -> None:
        """Log an epoch's row."""

    def tick(self, stage: str, done: int, total: int) -> None:
        """Move the progress bar to `done` of `total` batches."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Log the time that a stage takes."""

    def summary(self, values: Mapping[str, float | str]) -> None:
        """Log final values."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Batches of short pieces of trajectories, from random starting frames, shuffled.

    Attributes:
        split: The trajectories.
        per_trajectory: Pieces drawn from each of them in an epoch.
        batch_size: Pieces in a batch, over all processes.
        horizon: Frames of a piece after its first.
        early: Prefers early starting frames where above 1; see `TrainingConfig`.
        shift: Move each batch along the ring by a random number of points. This and the next turn solutions into
            solutions where the equation has the symmetry.
        reflect: Mirror half of the batches, u(x) -> -u(-x).
    """

    split: Split
    per_trajectory: int
    batch_size: int
    horizon: int
    early: float = 1.0
    shift: bool = False
    reflect: bool = False

    def __len__(self) -> int:
        return max(1, len(self.split) * self.per_trajectory // self.batch_size)

    def draw(self, generator: torch.Generator, ranks: Ranks = SINGLE) -> Iterator[tuple[Tensor, Tensor]]:
        """One epoch's batches: u (b, horizon + 1, points) and the equation's parameter (b,), b this process's share."""
        n, frames, points = self.split.u.shape
        order = torch.randperm(n * self.per_trajectory, generator=generator)
        trajectory = torch.arange(n).repeat(self.per_trajectory)[order]
        start = ((frames - self.horizon) * torch.rand(len(trajectory), generator=generator) ** self.early).long()
        shifts = torch.randint(points, (len(self),), generator=generator).tolist()
        mirrored = torch.randint(2, (len(self),), generator=generator).tolist()
        # the epoch's indices go to the device at once, so that no batch waits for a copy
        device = self.split.u.device
        trajectory, start, steps = trajectory.to(device), start.to(device), torch.arange(self.horizon + 1).to(device)
        for i in range(len(self)):
            part = slice(i * self.batch_size, (i + 1) * self.batch_size)
            which, first = ranks.share(trajectory[part]), ranks.share(start[part])
            u = self.split.u[which[:, None], first[:, None] + steps]
            if self.shift:
                u = torch.roll(u, shifts[i], -1)
            if self.reflect and mirrored[i]:
                u = -u.flip(-1)
            yield u, self.split.parameter[which]


@dataclass(frozen=True, slots=True)
class TrainingContext:
    """All that a stage's training needs. `generator` draws batches and noise on the CPU, so that devices agree; every
    process draws the same."""

    config: EngineConfig
    data: Dataset
    simulator: Simulator
    generator: torch.Generator
    log: EpochLog
    checkpointer: Checkpointer
    ranks: Ranks = SINGLE

    @property
    def own_validation(self) -> Split:
        """This process's part of the validation split."""
        return self.data.val.part(self.ranks.slice(len(self.data.val)))

    def windows(self, horizon: int) -> Windows:
        """The training split in batches of pieces of `horizon` steps."""
        t = self.config.training
        symmetric = {"shift": t.augment, "reflect": t.augment and self.simulator.equation.mirrors}
        return Windows(self.data.train, t.windows, t.batch_size, horizon, t.early, **symmetric)

    def noise(self, like: Tensor) -> Tensor:
        """This process's part of the batch's standard normal numbers, in the shape of `like`."""
        batch = torch.randn(self.config.training.batch_size, *like.shape[1:], generator=self.generator)
        return self.ranks.share(batch).to(like.device, non_blocking=True)

    def uniform(self, n: int, device: torch.device) -> Tensor:
        """This process's part of the batch's numbers from [0, 1), shape (n,)."""
        batch = torch.rand(self.config.training.batch_size, generator=self.generator)
        return self.ranks.share(batch).to(device, non_blocking=True)
