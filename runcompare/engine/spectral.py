"""Reference trajectories by a pseudo-spectral solver: exponential time differencing, fourth order (ETDRK4).

Burgers as PDEBench states it: u_t + (u^2 / 2)_x = (nu / pi) u_xx on [0, 1), periodic. The stiff linear part is
integrated exactly, the flux by Runge-Kutta with 2/3 dealiasing. Sources: Cox and Matthews 2002; Kassam and Trefethen
2005 for the contour integrals behind the coefficients.
"""

import math

import torch
from torch import Tensor

__all__ = ["initial_conditions", "solve_burgers"]

CONTOUR_POINTS = 16
STABLE = 2.8  # ETDRK4's reach along the imaginary axis, as plain fourth-order Runge-Kutta
SAFETY = 0.7


def initial_conditions(n: int, points: int, generator: torch.Generator, waves: int = 4, terms: int = 2) -> Tensor:
    """Sums of sine waves with random whole wave numbers, amplitudes in [0, 1] and phases, shape (n, points)."""
    x = torch.arange(points) / points
    k = torch.randint(1, waves + 1, (n, terms, 1), generator=generator)
    amplitude = torch.rand(n, terms, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(n, terms, 1, generator=generator)
    return (amplitude * torch.sin(2 * math.pi * k * x + phase)).sum(1)


def solve_burgers(u0: Tensor, nu: Tensor, frames: int, dt: float) -> Tensor:
    """Trajectories from `u0` (n, points) with viscosities `nu` (n,): shape (n, frames + 1, points), first frame u0.

    The number of substeps between frames follows the fastest wave, so that a steep start does not blow up.
    """
    points = u0.shape[-1]
    k = 2 * math.pi * torch.arange(points // 2 + 1, device=u0.device)
    linear = -(nu[:, None] / math.pi) * k**2
    flux = -0.5j * k * (torch.arange(points // 2 + 1, device=u0.device) <= points // 3)
    v = torch.fft.rfft(u0)
    out = [u0]
    for _ in range(frames):
        speed = float(out[-1].abs().max())
        steps = max(1, math.ceil(dt * speed * float(k[points // 3]) / (STABLE * SAFETY)))
        v = _advance(v, _coefficients(linear, dt / steps), flux, steps)
        out.append(torch.fft.irfft(v, n=points))
    return torch.stack(out, 1)


def _advance(v: Tensor, coefficients: tuple[Tensor, ...], flux: Tensor, steps: int) -> Tensor:
    full, half, q, f1, f2, f3 = coefficients
    points = 2 * (v.shape[-1] - 1)

    def nonlinear(w: Tensor) -> Tensor:
        spectrum: Tensor = torch.fft.rfft(torch.fft.irfft(w, n=points) ** 2)
        return flux * spectrum

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
    circle = torch.arange(1, CONTOUR_POINTS + 1, dtype=torch.float64, device=linear.device)
    hl = h * linear.double()
    z = hl[..., None] + torch.exp(1j * math.pi * (circle - 0.5) / CONTOUR_POINTS)
    e = torch.exp(z)
    weights = (
        (torch.exp(z / 2) - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / z**3,
        (2 + z + e * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + e * (4 - z)) / z**3,
    )
    q, f1, f2, f3 = (h * w.mean(-1).real for w in weights)
    return tuple(c.to(linear.dtype) for c in (torch.exp(hl), torch.exp(hl / 2), q, f1, f2, f3))
