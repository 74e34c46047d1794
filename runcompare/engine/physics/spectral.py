"""Reference trajectories by a pseudo-spectral solver: exponential time differencing, fourth order (ETDRK4).

The linear part of the equation, stiff or not, is integrated exactly, the flux by Runge-Kutta with 2/3 dealiasing; an
equation without flux is exact to rounding. Source: Cox and Matthews 2002, "Exponential time differencing for stiff
systems".
"""

import math

import torch
from torch import Tensor

from runcompare.engine.physics.equations import Equation

__all__ = ["phis", "solve"]

STABLE = 2.8  # ETDRK4's reach along the imaginary axis, as plain fourth-order Runge-Kutta
SAFETY = 0.7


def solve(equation: Equation, u0: Tensor, parameter: Tensor, frames: int, dt: float) -> Tensor:
    """Trajectories from `u0` (n, points) with parameters (n,): shape (n, frames + 1, points), first frame u0.

    Computes in the precision of `u0`. The number of substeps between frames follows the fastest wave that the linear
    part does not damp away, so that a steep start does not blow up.
    """
    points = u0.shape[-1]
    modes = torch.arange(points // 2 + 1, dtype=u0.dtype, device=u0.device)
    parameter = parameter.to(u0.dtype)
    k = 2 * math.pi * modes / equation.length(parameter)[:, None]
    linear = equation.multiplier(k, parameter)
    to_flux = -1j * k * (modes <= points // 3)
    finest = min(equation.damped, float(k[:, points // 3].max()))
    v, out = torch.fft.rfft(u0), [u0]
    known: dict[int, tuple[Tensor, ...]] = {}
    for _ in range(frames):
        if equation.flux is None:
            v = torch.exp(dt * linear) * v
        else:
            speed = float(out[-1].abs().max())
            steps = max(1, math.ceil(dt * speed * finest / (STABLE * SAFETY)))
            if steps not in known:
                known = {steps: _coefficients(linear, dt / steps)}
            v = _advance(equation, v, known[steps], to_flux, steps)
        out.append(torch.fft.irfft(v, n=points))
    return torch.stack(out, 1)


def _advance(equation: Equation, v: Tensor, coefficients: tuple[Tensor, ...], to_flux: Tensor, steps: int) -> Tensor:
    full, half, q, f1, f2, f3 = coefficients
    points = 2 * (v.shape[-1] - 1)
    assert equation.flux is not None
    flux = equation.flux

    def nonlinear(w: Tensor) -> Tensor:
        spectrum: Tensor = torch.fft.rfft(flux(torch.fft.irfft(w, n=points)))
        return spectrum.mul_(to_flux)

    for _ in range(steps):
        nv, drift = nonlinear(v), half * v
        a = (q * nv).add_(drift)
        na = nonlinear(a)
        nb = nonlinear((q * na).add_(drift))
        nc = nonlinear((2 * nb).sub_(nv).mul_(q).add_(half * a))
        v = (full * v).add_(nv.mul_(f1)).add_(na.add_(nb).mul_(f2)).add_(nc.mul_(f3))
    return v


def _coefficients(linear: Tensor, h: float) -> tuple[Tensor, ...]:
    """exp(hL), exp(hL/2) and the four weights, each (n, modes), in double precision first."""
    z = h * linear.to(torch.complex128 if linear.is_complex() else torch.float64)
    one, two, three = phis(z)
    q = h / 2 * phis(z / 2)[0]
    weights = (h * (one - 3 * two + 4 * three), 2 * h * (two - 2 * three), h * (4 * three - two))
    found = (torch.exp(z), torch.exp(z / 2), q, *weights)
    return tuple(c.to(linear.dtype).to(linear.dtype.to_complex()) for c in found)


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
