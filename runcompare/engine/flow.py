"""The flow from noise (t = 0) to data (t = 1) along straight lines, its ODE, and the loss of consistency training.

Sources: flow matching, Lipman et al. 2023 (arXiv 2210.02747); pseudo-Huber, Song and Dhariwal 2023 (arXiv 2310.14189).
"""

import math

import torch
from torch import Tensor

from runcompare.engine.network.simulator import Corrector

__all__ = ["flow_target", "one_heun_step", "pseudo_huber", "sample_teacher"]


def flow_target(noise: Tensor, data: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """x_t = (1 - t) noise + t data and its velocity data - noise; `t` has shape (n,)."""
    s = t[:, None, None]
    return (1 - s) * noise + s * data, data - noise


def one_heun_step(net: Corrector, x: Tensor, t: Tensor, dt: float, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
    """x at t + dt by Heun's method: two evaluations."""
    first = net.velocity(x, t, z0, z1_hat, c)
    second = net.velocity(x + dt * first, t + dt, z0, z1_hat, c)
    return x + 0.5 * dt * (first + second)


def sample_teacher(net: Corrector, noise: Tensor, steps: int, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
    """The teacher's sample from `noise` in `steps` Heun steps."""
    x = noise
    for i in range(steps):
        x = one_heun_step(net, x, torch.full((len(x),), i / steps, device=x.device), 1 / steps, z0, z1_hat, c)
    return x


def pseudo_huber(a: Tensor, b: Tensor) -> Tensor:
    """sqrt(|a - b|^2 + d^2) - d of each sample, with d = 0.00054 sqrt(dimensions): shape (n,)."""
    d = 0.00054 * math.sqrt(a[0].numel())
    return ((a - b).square().flatten(1).sum(1) + d**2).sqrt() - d
