"""The functions behind all exponential integrators."""

import math

import torch
from torch import Tensor

__all__ = ["phis"]

NEAR = 1.0  # below this |z| the closed forms lose digits to cancellation
TERMS = {torch.float32: 9, torch.complex64: 9}  # of the series, to rounding; double precision takes twice as many


def phis(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """phi_j(z), the integral over s in [0, 1] of exp((1 - s) z) s^(j - 1) / (j - 1)!, for j = 1, 2, 3; shapes as z.

    phi_0 is exp, phi_(j + 1) = (phi_j - 1 / j!) / z: upwards far from 0, downwards from phi_3's series near it
    (Hochbruck and Ostermann 2010, "Exponential integrators").
    """
    near = z.abs() < NEAR
    far = torch.where(near, torch.ones_like(z), z)
    one = (torch.exp(far) - 1) / far
    two = (one - 1) / far
    three = (two - 0.5) / far
    series = torch.zeros_like(z)
    for m in range(TERMS.get(z.dtype, 18) - 1, -1, -1):
        series = series.mul_(z).add_(1 / math.factorial(m + 3))
    below = z * series + 0.5
    return torch.where(near, z * below + 1, one), torch.where(near, below, two), torch.where(near, series, three)
