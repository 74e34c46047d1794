"""Rewards that rank candidate steps without knowing the truth. Each declares the equations that it knows, and how it
holds there: advection conserves what Burgers' shocks destroy, and in Kuramoto-Sivashinsky the longest waves feed on the
linear part, so that only a balance holds.

A measure takes the state u, the candidate v (both (n, points)), the equation's parameter (n,) and dt, and returns minus
a relative violation, shape (n,): 0 is best. Weights are the configuration's; `eval/ttc_reward_rank_correlation` says
how well their sum ranks a run's candidates.
"""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from runcompare.engine.equations import EQUATIONS, Equation
from runcompare.engine.schema import RewardConfig

__all__ = ["REWARDS", "total_reward"]

CELLS = 64  # the residual is averaged over this many cells at most: finer is noise of the candidates
SERIES = 0.1  # below this |z| the weights of the flux lose digits to cancellation

Measure = Callable[[Tensor, Tensor, Tensor, float], Tensor]


def total_reward(weights: RewardConfig, equation: str, u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    """The weighted sum of the rewards that know the equation, shape (n,)."""
    total = torch.zeros(len(u), device=u.device)
    for name, measures in REWARDS.items():
        weight = getattr(weights, name)
        if weight and equation in measures:
            total = total + weight * measures[equation](u, v, parameter, dt)
    return total


def _residual_of(equation: Equation) -> Measure:
    """The weak form over cells, in time as an exponential integrator: the linear part is exact and the flux's effect
    taken linear over the step, with the weights of Cox and Matthews 2002. Exact without flux."""

    def measure(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
        k, linear = _waves(equation, u, parameter)
        z = dt * linear
        rest = torch.fft.rfft(v) - torch.exp(z) * torch.fft.rfft(u)
        if equation.flux is not None:
            at_start, at_end = _flux_weights(z)
            fluxes = at_start * torch.fft.rfft(equation.flux(u)) + at_end * torch.fft.rfft(equation.flux(v))
            rest = rest + 1j * k * dt * fluxes
        cells = _cells(torch.fft.irfft(rest, n=u.shape[-1]))
        return -cells.square().mean(-1).sqrt() / _size(u)

    return measure


def _waves(equation: Equation, u: Tensor, parameter: Tensor) -> tuple[Tensor, Tensor]:
    """Wave numbers and what the linear part does to each, (n, modes)."""
    modes = torch.arange(u.shape[-1] // 2 + 1, dtype=u.dtype, device=u.device)
    k = 2 * math.pi * modes / equation.length(parameter)[:, None]
    return k, equation.multiplier(k, parameter)


def _flux_weights(z: Tensor) -> tuple[Tensor, Tensor]:
    """Integrals over s in [0, 1] of exp((1 - s) z) (1 - s) and exp((1 - s) z) s, for real z."""
    safe = torch.where(z.abs() < SERIES, torch.ones_like(z), z)
    grown = torch.expm1(safe)
    whole = torch.where(z.abs() < SERIES, 1 + z / 2 * (1 + z / 3 * (1 + z / 4)), grown / safe)
    end = torch.where(z.abs() < SERIES, 0.5 + z / 6 * (1 + z / 4 * (1 + z / 5)), (grown - safe) / safe**2)
    return whole - end, end


def _cells(r: Tensor) -> Tensor:
    points = r.shape[-1]
    width = next(w for w in range(max(1, points // CELLS), 0, -1) if points % w == 0)
    return r.reshape(len(r), -1, width).mean(-1)


def _variation(u: Tensor) -> Tensor:
    return (u - torch.roll(u, 1, -1)).abs().sum(-1)


def _variation_growth(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -((_variation(v) - _variation(u)) / _variation(u).clamp_min(1e-6)).clamp_min(0)


def _variation_change(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -((_variation(v) - _variation(u)) / _variation(u).clamp_min(1e-6)).abs()


def _beyond_extremes(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    over = (v.amax(-1) - u.amax(-1)).clamp_min(0) + (u.amin(-1) - v.amin(-1)).clamp_min(0)
    return -over / _size(u)


def _extremes_change(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -((v.amax(-1) - u.amax(-1)).abs() + (u.amin(-1) - v.amin(-1)).abs()) / _size(u)


def _energy_gain(u: Tensor, v: Tensor) -> Tensor:
    before, after = u.square().mean(-1), v.square().mean(-1)
    return (after - before) / before.clamp_min(1e-12)


def _energy_growth(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -_energy_gain(u, v).clamp_min(0)


def _energy_change(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -_energy_gain(u, v).abs()


def _energy_balance_of(equation: Equation) -> Measure:
    """The gain against what the linear part feeds and damps, by the mean of both times; the flux moves no energy."""

    def measure(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
        _, linear = _waves(equation, u, parameter)
        # Parseval: every wave but the mean and the shortest stands for two
        power = torch.fft.rfft(u).abs().square() + torch.fft.rfft(v).abs().square()
        power[:, 1:-1] *= 2
        fed = dt * (linear.real * power).sum(-1) / u.shape[-1] ** 2
        surplus: Tensor = _energy_gain(u, v) - fed / u.square().mean(-1).clamp_min(1e-12)
        return -surplus.abs()

    return measure


def _mass(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
    return -(v.mean(-1) - u.mean(-1)).abs() / _size(u)


def _size(u: Tensor) -> Tensor:
    return u.square().mean(-1).sqrt().clamp_min(1e-6)


# reward -> equation -> how it holds there
REWARDS: Mapping[str, Mapping[str, Measure]] = {
    "pde_residual": {name: _residual_of(equation) for name, equation in EQUATIONS.items()},
    "total_variation": {"advection": _variation_change, "burgers": _variation_growth},
    "max_principle": {"advection": _extremes_change, "burgers": _beyond_extremes},
    "energy": {
        "advection": _energy_change,
        "burgers": _energy_growth,
        "kuramoto_sivashinsky": _energy_balance_of(EQUATIONS["kuramoto_sivashinsky"]),
    },
    "mass": dict.fromkeys(EQUATIONS, _mass),
}
