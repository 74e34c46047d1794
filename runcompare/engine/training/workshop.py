"""What a stage works with: the data in batches, the simulator, randomness that devices and processes agree on."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Dataset, Split
from runcompare.engine.network.simulator import Simulator
from runcompare.engine.training.processes import ALONE, Ranks
from runcompare.engine.training.resume import Keeper

__all__ = ["EpochLog", "Windows", "Workshop"]


class EpochLog(Protocol):
    """Where epochs are reported: rows for the trackers, ticks for the progress bar."""

    def epoch(self, stage: str, values: dict[str, float]) -> None: ...

    def tick(self, stage: str, done: int, total: int) -> None: ...

    def stage(self, name: str) -> AbstractContextManager[None]: ...

    def summary(self, values: Mapping[str, float | str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Windows:
    """Batches of (u (b, horizon + 1, points), nu (b,)): random starting frames of every trajectory, shuffled.

    With `shift`, each batch is moved along the ring by a random number of points; with `reflect`, half of the batches
    are mirrored (u(x) -> -u(-x)). Both turn solutions into solutions where the equation has the symmetry.
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

    def draw(self, generator: torch.Generator, ranks: Ranks = ALONE) -> Iterator[tuple[Tensor, Tensor]]:
        """One epoch; each process gets its share of every batch."""
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
            yield u, self.split.nu[which]


@dataclass(frozen=True, slots=True)
class Workshop:
    """`generator` draws batches and noise on the CPU, so that devices agree; every process draws the same."""

    config: EngineConfig
    data: Dataset
    simulator: Simulator
    generator: torch.Generator
    log: EpochLog
    keeper: Keeper
    ranks: Ranks = ALONE

    def windows(self, horizon: int) -> Windows:
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
