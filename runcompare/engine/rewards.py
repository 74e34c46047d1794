"""Rewards that rank candidate steps without knowing the truth. Each declares the equations that it knows.

A reward takes the state u, the candidate v (both (n, points)), nu (n,) and dt, and returns minus a relative violation,
shape (n,): 0 is best. Rank correlations with the true error on Burgers: PDE residual .53, total variation .50, maximum
principle .45, energy growth .44, mass .07.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runcompare.engine.schema import RewardConfig

__all__ = ["REWARDS", "Reward", "total_reward"]

CELLS = 32  # the weak form integrates over this many cells, coarse enough for one frame's step


@dataclass(frozen=True, slots=True)
class Reward:
    """What it measures and for which equations."""

    measure: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    equations: frozenset[str]


def total_reward(weights: RewardConfig, equation: str, u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    """The weighted sum of the rewards that know the equation, shape (n,)."""
    total = torch.zeros(len(u), device=u.device)
    for name, reward in REWARDS.items():
        weight = getattr(weights, name)
        if weight and equation in reward.equations:
            total = total + weight * reward.measure(u, v, nu, dt)
    return total


def _pde_residual(u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    """Weak form over cells: change of the integral against the mean of the fluxes at both times."""
    flux = 0.5 * (_flux(u, nu) + _flux(v, nu))
    points = u.shape[-1]
    width = next(w for w in range(max(1, points // CELLS), 0, -1) if points % w == 0)
    change = (v - u).reshape(len(u), -1, width).mean(-1) / dt
    edges = 0.5 * (flux + torch.roll(flux, 1, -1))[:, ::width]
    inflow = (edges - torch.roll(edges, -1, -1)) * (points / width)
    violation: Tensor = (change - inflow).square().mean(-1).sqrt() * dt / _size(u)
    return -violation


def _flux(u: Tensor, nu: Tensor) -> Tensor:
    """u^2 / 2 - (nu / pi) u_x."""
    slope = 0.5 * u.shape[-1] * (torch.roll(u, -1, -1) - torch.roll(u, 1, -1))
    return 0.5 * u.square() - (nu / math.pi)[:, None] * slope


def _total_variation(u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    return -((_variation(v) - _variation(u)) / _variation(u).clamp_min(1e-6)).clamp_min(0)


def _variation(u: Tensor) -> Tensor:
    return (u - torch.roll(u, 1, -1)).abs().sum(-1)


def _max_principle(u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    over = (v.amax(-1) - u.amax(-1)).clamp_min(0) + (u.amin(-1) - v.amin(-1)).clamp_min(0)
    return -over / _size(u)


def _energy(u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    before, after = u.square().mean(-1), v.square().mean(-1)
    return -((after - before) / before.clamp_min(1e-12)).clamp_min(0)


def _mass(u: Tensor, v: Tensor, nu: Tensor, dt: float) -> Tensor:
    return -(v.mean(-1) - u.mean(-1)).abs() / _size(u)


def _size(u: Tensor) -> Tensor:
    return u.square().mean(-1).sqrt().clamp_min(1e-6)


_BURGERS = frozenset({"burgers"})
REWARDS = {
    "pde_residual": Reward(_pde_residual, _BURGERS),
    "total_variation": Reward(_total_variation, _BURGERS),
    "max_principle": Reward(_max_principle, _BURGERS),
    "energy": Reward(_energy, _BURGERS),
    "mass": Reward(_mass, _BURGERS),
}
