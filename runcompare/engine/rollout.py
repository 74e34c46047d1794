"""Full rollouts of a simulator from the first frame."""

import torch
from torch import Tensor

from runcompare.engine.data import Split
from runcompare.engine.metrics import nrmse
from runcompare.engine.model import Simulator

__all__ = ["NOISE_SEED", "latent_noise", "rollout", "validation_nrmse"]

NOISE_SEED = 20230  # evaluation noise is fixed, so that the same weights give the same figures


def latent_noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers in the shape of `like`, the same for the same seed on every device."""
    return torch.randn(like.shape, generator=generator).to(like.device)


@torch.inference_mode()
def rollout(simulator: Simulator, split: Split, frames: int | None = None) -> Tensor:
    """The model alone, step by step from the first frame: (n, frames, points) without the first frame."""
    frames = split.u.shape[1] - 1 if frames is None else frames
    c, u = simulator.conditions(split.nu), split.u[:, 0]
    generator = torch.Generator().manual_seed(NOISE_SEED)
    like = simulator.autoencoder.encode(u)
    states = []
    for _ in range(frames):
        u = simulator.step(u, c, latent_noise(like, generator))
        states.append(u)
    return torch.stack(states, 1)


def validation_nrmse(simulator: Simulator, split: Split) -> float:
    """nRMSE of the model alone over full rollouts; NaN if they blow up."""
    return nrmse(rollout(simulator, split), split.u[:, 1:])
