"""Rewards that rank candidate steps without knowing the truth. Each declares the equations that it applies to, and in
which form: advection conserves what Burgers' shocks destroy, and in Kuramoto-Sivashinsky the linear part feeds the
longest waves, so that only a balance holds.

A measure takes the state u, the candidate v (both (n, points)), the equation's parameter (n,) and dt, and returns minus
a relative violation, shape (n,): 0 is best. Weights are the configuration's; `eval/ttc_reward_rank_correlation` says
how well their sum ranks a run's candidates.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from runcompare.engine.config.schema import RewardConfig
from runcompare.engine.physics.equations import EQUATIONS, Equation
from runcompare.engine.physics.weak_form import violation, waves

__all__ = ["REWARDS", "total_reward"]

Measure = Callable[[Tensor, Tensor, Tensor, float], Tensor]


def total_reward(weights: RewardConfig, equation: str, u: Tensor, v: Tensor, *, parameter: Tensor, dt: float) -> Tensor:
    """The weighted sum of the rewards that apply to the equation.

    Args:
        weights: Each reward's weight; 0 leaves one out.
        equation: The equation's name; none of the rewards applies to an unknown one.
        u: States, (n, points).
        v: Candidates for the next states, (n, points).
        parameter: The equation's parameter, (n,).
        dt: Time from u to v.

    Returns:
        Shape (n,); 0 is best.
    """
    total = torch.zeros(len(u), device=u.device)
    for name, measures in REWARDS.items():
        weight = getattr(weights, name)
        if weight and equation in measures:
            total = total + weight * measures[equation](u, v, parameter, dt)
    return total


def _residual_of(equation: Equation) -> Measure:
    def measure(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
        return -violation(equation, u, v, parameter, dt=dt) / _size(u)

    return measure


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
    """The gain of energy against what the linear part adds, by the mean of both times; the flux adds none."""

    def measure(u: Tensor, v: Tensor, parameter: Tensor, dt: float) -> Tensor:
        linear = waves(equation, u, parameter).linear
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


# reward -> equation -> the form that applies there
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
