"""Reference trajectories by a pseudo-spectral solver: exponential time differencing, fourth order (ETDRK4).

The linear part of the equation, stiff or not, is integrated exactly, the flux by Runge-Kutta with 2/3 dealiasing; an
equation without flux is exact to rounding. Sources: Cox and Matthews 2002; Kassam and Trefethen 2005 for the contour
integrals behind the coefficients.
"""

import math

import torch
from torch import Tensor

from runcompare.engine.equations import Equation

__all__ = ["solve"]

CONTOUR_POINTS = 16
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
        return to_flux * spectrum

    for _ in range(steps):
        nv = nonlinear(v)
        a = half * v + q * nv
        na = nonlinear(a)
        nb = nonlinear(half * v + q * na)
        nc = nonlinear(half * a + q * (2 * nb - nv))
        v = full * v + f1 * nv + 2 * f2 * (na + nb) + f3 * nc
    return v


def _coefficients(linear: Tensor, h: float) -> tuple[Tensor, ...]:
    """exp(hL), exp(hL/2) and the four weights, each (n, modes); means over a circle avoid cancellation near hL = 0."""
    angle = torch.arange(1, CONTOUR_POINTS + 1, dtype=torch.float64, device=linear.device) - 0.5
    circle = torch.exp(1j * math.pi * angle / CONTOUR_POINTS)
    if linear.is_complex():
        circle = torch.cat(
            [circle, circle.conj()]
        )  # a real L has the same mean on both halves but for the imaginary part
    hl = h * linear.to(torch.complex128 if linear.is_complex() else torch.float64)
    z = hl[..., None] + circle
    e = torch.exp(z)
    weights = (
        (torch.exp(z / 2) - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / z**3,
        (2 + z + e * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + e * (4 - z)) / z**3,
    )
    means = [h * w.mean(-1) for w in weights]
    q, f1, f2, f3 = means if linear.is_complex() else [m.real for m in means]
    return tuple(c.to(linear.dtype) for c in (torch.exp(hl), torch.exp(hl / 2), q, f1, f2, f3))
