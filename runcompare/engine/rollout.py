"""Full rollouts of a simulator from the first frame."""

import torch
from torch import Tensor

from runcompare.engine.data.dataset import Split
from runcompare.engine.network.simulator import Simulator

__all__ = ["NOISE_SEED", "latent_noise", "rollout"]

NOISE_SEED = 20230  # evaluation noise is fixed, so that the same weights give the same figures


def latent_noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers in the shape of `like`, the same for the same seed on every device."""
    return torch.randn(like.shape, generator=generator).to(like.device)


@torch.inference_mode()
def rollout(simulator: Simulator, split: Split, *, corrected: bool = True) -> Tensor:
    """The model alone, step by step from the first frame: (n, frames, points) without the first frame."""
    c, u = simulator.conditions(split.nu), split.u[:, 0]
    step = simulator.step if corrected and simulator.corrects else simulator.operator_step
    states = []
    for _ in range(split.u.shape[1] - 1):
        u = step(u, c)
        states.append(u)
    return torch.stack(states, 1)
