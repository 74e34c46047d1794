"""Reference trajectories by a pseudo-spectral solver: exponential time differencing, fourth order (ETDRK4).

The linear part of the equation, stiff or not, is integrated exactly, the flux by Runge-Kutta with 2/3 dealiasing; an
equation without flux is exact to rounding. Source: Cox and Matthews 2002, "Exponential time differencing for stiff
systems".
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from runcompare.engine.physics.equations import Equation

__all__ = ["phis", "solve"]

STABLE = 2.8  # ETDRK4's reach along the imaginary axis, as plain fourth-order Runge-Kutta
SAFETY = 0.7
NEAR = 1.0  # below this |z| the closed forms of phi lose digits to cancellation
TERMS = {torch.float32: 9, torch.complex64: 9}  # of phi_3's series, to rounding; double precision takes twice as many


class _Coefficients(NamedTuple):
    """ETDRK4's weights for one substep h, each (n, modes): exp(hL), exp(hL/2), that of the half steps, and those of
    the flux at the start, the middle and the end."""

    full: Tensor
    half: Tensor
    q: Tensor
    start: Tensor
    middle: Tensor
    end: Tensor


def solve(equation: Equation, u0: Tensor, parameter: Tensor, *, frames: int, dt: float) -> Tensor:
    """Trajectories of an equation from given initial states.

    The number of substeps between frames follows the fastest wave that the linear part does not damp away, so that a
    steep start does not blow up.

    Args:
        equation: What to solve.
        u0: Initial states, shape (n, points); the computation is in their precision.
        parameter: The equation's parameter of each trajectory, shape (n,).
        frames: Number of frames after the first.
        dt: Time between frames, in the equation's units.

    Returns:
        Shape (n, frames + 1, points); the first frame is `u0`.
    """
    points = u0.shape[-1]
    modes = torch.arange(points // 2 + 1, dtype=u0.dtype, device=u0.device)
    parameter = parameter.to(u0.dtype)
    k = 2 * math.pi * modes / equation.length(parameter)[:, None]
    linear = equation.multiplier(k, parameter)
    nonlinear = None if equation.flux is None else _nonlinear(equation.flux, -1j * k * (modes <= points // 3))
    finest = min(equation.damped, float(k[:, points // 3].max()))
    v, out = torch.fft.rfft(u0), [u0]
    known: dict[int, _Coefficients] = {}
    for _ in range(frames):
        if nonlinear is None:
            v = torch.exp(dt * linear) * v
        else:
            speed = float(out[-1].abs().max())
            steps = max(1, math.ceil(dt * speed * finest / (STABLE * SAFETY)))
            if steps not in known:
                known = {steps: _coefficients(linear, dt / steps)}
            v = _advance(v, nonlinear, known[steps], steps)
        out.append(torch.fft.irfft(v, n=points))
    return torch.stack(out, 1)


def _nonlinear(flux: Callable[[Tensor], Tensor], to_rate: Tensor) -> Callable[[Tensor], Tensor]:
    """The flux's part of dv/dt for spectra v (n, modes); `to_rate` is -ik where the flux is kept, else 0."""
    points = 2 * (to_rate.shape[-1] - 1)

    def rate(v: Tensor) -> Tensor:
        spectrum: Tensor = torch.fft.rfft(flux(torch.fft.irfft(v, n=points)))
        return spectrum.mul_(to_rate)

    return rate


def _advance(v: Tensor, nonlinear: Callable[[Tensor], Tensor], weights: _Coefficients, steps: int) -> Tensor:
    """The spectra v (n, modes) after `steps` substeps, by the ETDRK4 of Cox and Matthews 2002."""
    full, half, q, start, middle, end = weights
    for _ in range(steps):
        nv, drift = nonlinear(v), half * v
        a = (q * nv).add_(drift)
        na = nonlinear(a)
        nb = nonlinear((q * na).add_(drift))
        nc = nonlinear((2 * nb).sub_(nv).mul_(q).add_(half * a))
        v = (full * v).add_(nv.mul_(start)).add_(na.add_(nb).mul_(middle)).add_(nc.mul_(end))
    return v


def _coefficients(linear: Tensor, h: float) -> _Coefficients:
    """The weights of a substep h, computed in double precision and returned in that of `linear` (n, modes)."""
    z = h * linear.to(torch.complex128 if linear.is_complex() else torch.float64)
    one, two, three = phis(z)
    q = h / 2 * phis(z / 2)[0]
    weights = (h * (one - 3 * two + 4 * three), 2 * h * (two - 2 * three), h * (4 * three - two))
    found = (torch.exp(z), torch.exp(z / 2), q, *weights)
    return _Coefficients(*(c.to(linear.dtype).to(linear.dtype.to_complex()) for c in found))


def phis(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """phi_j(z), the integral over s in [0, 1] of exp((1 - s) z) s^(j - 1) / (j - 1)!, for j = 1, 2, 3.

    phi_0 is exp, phi_(j + 1) = (phi_j - 1 / j!) / z: upwards far from 0, downwards from phi_3's series near it
    (Hochbruck and Ostermann 2010, "Exponential integrators").

    Args:
        z: Real or complex numbers of any shape.

    Returns:
        phi_1, phi_2 and phi_3 in the shape and precision of `z`.
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
