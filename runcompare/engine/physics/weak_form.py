"""How far a step is from the equation, without knowing the truth: the residual of the equation integrated over the step
and over cells.

In time an exponential collocation of fourth order: the linear part is exact, the flux's effect that of the parabola
through its values at the start, the middle and the end. Without flux the residual is exact. Weights: Cox and Matthews
2002, "Exponential time differencing for stiff systems".
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from runcompare.engine.physics.equations import Equation
from runcompare.engine.physics.spectral import phis

__all__ = ["Waves", "violation", "waves"]

CELLS = 256  # at most; finer grids are averaged


class Waves(NamedTuple):
    """Wave numbers k, and what the equation's linear part does to each wave; both (n, modes)."""

    k: Tensor
    linear: Tensor


def violation(equation: Equation, u: Tensor, v: Tensor, parameter: Tensor, *, dt: float) -> Tensor:
    """How much a step gains or loses that the equation does not explain.

    Args:
        equation: The equation that the step should solve.
        u: States before the step, shape (n, points).
        v: States after it, shape (n, points).
        parameter: The equation's parameter, shape (n,).
        dt: The step's length in time.

    Returns:
        The residual's root mean square over cells, in units of u, shape (n,); 0 is a step that solves the equation.
    """
    found = waves(equation, u, parameter)
    rest = torch.fft.rfft(v) - torch.exp(dt * found.linear) * torch.fft.rfft(u)
    if equation.flux is not None:
        rest = rest - _flux_effect(equation.flux, u, v, found, dt=dt)
    return _cells(torch.fft.irfft(rest, n=u.shape[-1])).square().mean(-1).sqrt()


def waves(equation: Equation, u: Tensor, parameter: Tensor) -> Waves:
    """The waves on the grid of `u` (n, points), for parameters (n,)."""
    modes = torch.arange(u.shape[-1] // 2 + 1, dtype=u.dtype, device=u.device)
    k = 2 * math.pi * modes / equation.length(parameter)[:, None]
    return Waves(k, equation.multiplier(k, parameter))


def _flux_effect(flux: Callable[[Tensor], Tensor], u: Tensor, v: Tensor, waves: Waves, *, dt: float) -> Tensor:
    """What the flux adds to each wave over the step, (n, modes)."""
    (k, linear), points = waves, u.shape[-1]

    def rate(state: Tensor) -> Tensor:
        out: Tensor = -1j * k * torch.fft.rfft(flux(state))
        return out

    at_start, at_end = rate(u), rate(v)
    full, half = phis(dt * linear), phis(dt / 2 * linear)
    begun = torch.exp(dt / 2 * linear) * torch.fft.rfft(u)
    # to the middle by the line through start and end, and again by the parabola
    added = half[0] / 2 * at_start + half[1] / 4 * (at_end - at_start)
    at_middle = rate(torch.fft.irfft(begun + dt * added, n=points))
    added = _parabola(half, at_start, at_middle, at_end, reach=0.5)
    at_middle = rate(torch.fft.irfft(begun + dt * added, n=points))
    return dt * _parabola(full, at_start, at_middle, at_end)


def _parabola(phis: tuple[Tensor, ...], start: Tensor, middle: Tensor, end: Tensor, *, reach: float = 1.0) -> Tensor:
    """Integral from 0 to r = `reach` of exp((r - s) z) p(s) ds, p the parabola through its values at 0, 1/2 and 1, of
    which `phis` are those of r z."""
    one, s, s2 = reach * phis[0], reach**2 * phis[1], 2 * reach**3 * phis[2]  # the integrals of 1, s and s^2
    return (one - 3 * s + 2 * s2) * start + (4 * s - 4 * s2) * middle + (2 * s2 - s) * end


def _cells(r: Tensor) -> Tensor:
    """Means over at most `CELLS` cells of equal width, (n, cells)."""
    points = r.shape[-1]
    width = next(w for w in range(max(1, points // CELLS), 0, -1) if points % w == 0)
    return r.reshape(len(r), -1, width).mean(-1)
