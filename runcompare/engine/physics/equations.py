"""The equations of the engine. Each is a declaration, which solver, model, data files and rewards read.

All are conservation laws on a ring of length l, which the grid stretches to [0, 1):

    u_t + f(u)_x = sum over j of a_j d^j u / dx^j
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["EQUATIONS", "Equation", "half_square", "sine_waves", "smooth_noise"]


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation with one parameter, of which each trajectory has its own.

    Attributes:
        name: As configurations write it.
        symbol: The parameter's letter as file names have it (Nu, beta, L).
        words: The parameter's name in a sentence, such as "viscosity".
        range: The parameter's usual lowest and highest value, taken if the configuration gives none.
        dt: Time between frames, taken if the configuration gives none.
        linear: Maps the parameter, shape (n,), to {j: a_j}, each (n,).
        flux: f, elementwise; None for f = 0.
        initial: Draws n states on a grid: (n, points, generator) -> (n, points).
        burn_in: Time that an initial state runs for before the first frame.
        damped: Wave number beyond which the linear part damps waves, so that explicit substeps need not follow them.
        ring: Whether the parameter is the length l, which is 1 otherwise.
        mirrors: Whether -u(-x) solves the equation where u(x) does.
    """

    name: str
    symbol: str
    words: str
    range: tuple[float, float]
    dt: float
    linear: "Callable[[Tensor], Mapping[int, Tensor]]"
    flux: "Callable[[Tensor], Tensor] | None"
    initial: "Callable[[int, int, torch.Generator], Tensor]"
    burn_in: float = 0.0
    damped: float = math.inf
    ring: bool = False
    mirrors: bool = True

    def length(self, parameter: "Tensor") -> "Tensor":
        """The ring's length, shape (n,)."""
        return parameter if self.ring else parameter.new_ones(len(parameter))

    def condition(self, parameter: "Tensor") -> "Tensor":
        """The parameter as networks see it: its logarithm, -1 to 1 over the usual range; shape (n, 1)."""
        low, high = (math.log10(end) for end in self.range)
        return (2 / (high - low) * (parameter.log10() - (low + high) / 2))[:, None]

    def multiplier(self, k: "Tensor", parameter: "Tensor") -> "Tensor":
        """The sum of a_j (i k)^j: what the linear part does to each wave.

        Args:
            k: Wave numbers, shape (n, modes).
            parameter: Shape (n,).

        Returns:
            Shape (n, modes); real if the linear part damps or amplifies only, complex if it moves waves.
        """
        turn = (1, 1j, -1, -1j)
        parts = [turn[j % 4] * a[:, None] * k**j for j, a in self.linear(parameter).items()]
        total: Tensor = sum(parts[1:], parts[0])
        return total


def half_square(u: "Tensor") -> "Tensor":
    """The flux of Burgers' equation and all that advect themselves."""
    return 0.5 * u**2


def sine_waves(n: int, points: int, generator: "torch.Generator", *, waves: int = 4, terms: int = 2) -> "Tensor":
    """Sums of `terms` sine waves with random whole wave numbers up to `waves`, amplitudes in [0, 1] and phases.

    Like the initial states of PDEBench (Takamoto et al. 2022, arXiv 2210.07182). Returns shape (n, points).
    """
    import torch

    x = torch.arange(points) / points
    k = torch.randint(1, waves + 1, (n, terms, 1), generator=generator)
    amplitude = torch.rand(n, terms, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(n, terms, 1, generator=generator)
    return (amplitude * torch.sin(2 * math.pi * k * x + phase)).sum(1)


def smooth_noise(n: int, points: int, generator: "torch.Generator", waves: int = 8) -> "Tensor":
    """The `waves` longest waves with normal amplitudes, mean zero, in double precision; shape (n, points).

    All of the longest, because a state with a shorter period keeps it for ever. Double, because chaos lets rounding
    decide where a burn-in ends: in single precision another machine would have other trajectories.
    """
    import torch

    x = torch.arange(points, dtype=torch.float64) / points
    angle = 2 * math.pi * torch.arange(1, waves + 1, dtype=torch.float64)[:, None] * x
    a, b = torch.randn(2, n, waves, generator=generator, dtype=torch.float64) / waves**0.5
    u: Tensor = a @ torch.cos(angle) + b @ torch.sin(angle)
    return u


def _advection(beta: "Tensor") -> "dict[int, Tensor]":
    return {1: -beta}


def _burgers(nu: "Tensor") -> "dict[int, Tensor]":
    return {2: nu / math.pi}


def _kuramoto_sivashinsky(length: "Tensor") -> "dict[int, Tensor]":
    one = length.new_ones(len(length))
    return {2: -one, 4: -one}


_ALL = (
    # u_t + beta u_x = 0, as PDEBench states it (Takamoto et al. 2022, arXiv 2210.07182)
    Equation("advection", "beta", "speed", (0.1, 1.0), 0.1, _advection, flux=None, initial=sine_waves, mirrors=False),
    # u_t + (u^2 / 2)_x = (nu / pi) u_xx, as PDEBench states it
    Equation("burgers", "Nu", "viscosity", (1e-3, 1e-2), 0.1, _burgers, flux=half_square, initial=sine_waves),
    # u_t + (u^2 / 2)_x = -u_xx - u_xxxx on a ring of length l
    Equation(
        "kuramoto_sivashinsky",
        "L",
        "length of the ring",
        (44.0, 60.0),
        1.0,
        _kuramoto_sivashinsky,
        flux=half_square,
        initial=smooth_noise,
        burn_in=100.0,
        damped=8.0,
        ring=True,
    ),
)
EQUATIONS = {e.name: e for e in _ALL}
