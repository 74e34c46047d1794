"""Training on several processes: each one's rank, its part of a batch, and sums over all.

Started by `torchrun --nproc-per-node N -m runcompare train CONFIG`; alone otherwise. Every process draws the same
global batch and the same noise from the same generator and takes its slice, so that results do not depend on how many
there are, but for the rounding of sums in another order.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from runcompare.errors import ConfigError

__all__ = ["SINGLE", "Ranks", "join"]


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process, number `rank` of `world`, and its device."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that logs and saves."""
        return self.rank == 0

    def slice(self, n: int) -> slice:
        """This process's part of `n` samples; parts differ by one sample at most."""
        return slice(n * self.rank // self.world, n * (self.rank + 1) // self.world)

    def share(self, samples: Tensor) -> Tensor:
        """This process's part along the first axis."""
        return samples[self.slice(len(samples))] if self.world > 1 else samples

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes, the same on each."""
        if self.world > 1:
            value = value.clone()
            torch.distributed.all_reduce(value)
        return value

    def mean(self, samples: Tensor) -> float:
        """The mean over the samples, shape (n,), of all processes."""
        return float(self.sum(samples.sum()) / self.sum(torch.tensor(float(len(samples)), device=samples.device)))

    def broadcast(self, value: Any) -> Any:
        """The first process's value, on all of them."""
        values = [value]
        if self.world > 1:
            torch.distributed.broadcast_object_list(values, 0, device=self.device)
        return values[0]

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module whose gradients are averaged over all processes at each backward pass."""
        if self.world == 1:
            return module
        devices = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(module, device_ids=devices, broadcast_buffers=False)


SINGLE = Ranks(0, 1, torch.device("cpu"))


@contextmanager
def join(device: torch.device | None = None) -> Iterator[Ranks]:
    """Join the processes that torchrun started, if it did; leaves them at the end.

    Args:
        device: This process's device; None takes the GPU if there is one.

    Raises:
        ConfigError: torchrun's environment variables hold something else than numbers.
    """
    try:
        rank, world, local = (int(os.environ.get(k, d)) for k, d in _FROM_TORCHRUN)
    except ValueError:
        raise ConfigError("RANK, WORLD_SIZE and LOCAL_RANK must be numbers.", hint="Start with torchrun.") from None
    if device is None:
        device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    if world == 1:
        yield Ranks(0, 1, device)
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(rank, world, device)
    finally:
        torch.distributed.destroy_process_group()


_FROM_TORCHRUN = (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
