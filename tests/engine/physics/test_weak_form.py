import pytest
import torch

from runcompare.engine.physics.equations import EQUATIONS
from runcompare.engine.physics.spectral import solve
from runcompare.engine.physics.weak_form import violation

KS = EQUATIONS["kuramoto_sivashinsky"]


def smooth(name, n=4, points=256):
    """States of long waves only, in double precision, and parameters."""
    equation = EQUATIONS[name]
    u = equation.initial(n, points, torch.Generator().manual_seed(0)).double()
    return equation, u, torch.full((n,), equation.range[1], dtype=torch.float64)


def found(equation, u, parameter, dt):
    v = solve(equation, u, parameter, frames=20, dt=dt / 20)[:, -1]
    return violation(equation, u, v, parameter, dt=dt).mean()


def test_the_violation_of_the_true_step_vanishes_with_the_fourth_power_of_dt():
    equation, u, length = smooth("kuramoto_sivashinsky")
    ratios = [found(equation, u, length, 2 * dt) / found(equation, u, length, dt) for dt in (0.5, 0.25)]
    assert min(ratios) > 2**4  # fourth order: a fifth power for the step's own error


def test_without_flux_the_violation_is_the_error():
    equation, u, beta = smooth("advection")
    v = solve(equation, u, beta, frames=1, dt=0.1)[:, 1]
    error = 0.01 * torch.randn(u.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert violation(equation, u, v, beta, dt=0.1).max() < 1e-12
    expected = error.square().mean(-1).sqrt()
    assert torch.allclose(violation(equation, u, v + error, beta, dt=0.1), expected, rtol=1e-6)


@pytest.mark.parametrize("name", EQUATIONS)
def test_small_errors_are_measured_in_size_too(name):
    """Of a step so short that the equation hardly changes an error."""
    equation, u, parameter = smooth(name)
    dt = equation.dt / 100
    v = solve(equation, u, parameter, frames=1, dt=dt)[:, 1]
    wave = 0.01 * torch.sin(2 * torch.pi * 3 * torch.arange(256) / 256)
    got = violation(equation, u, v + wave, parameter, dt=dt)
    assert torch.allclose(got, torch.full_like(got, 0.01 / 2**0.5), rtol=0.05)


def test_single_precision_is_enough():
    equation, u, length = smooth("kuramoto_sivashinsky")
    v = solve(equation, u, length, frames=20, dt=0.05)[:, -1] + 0.01 * u
    double = violation(equation, u, v, length, dt=1.0)
    assert torch.allclose(violation(equation, u.float(), v.float(), length.float(), dt=1.0).double(), double, rtol=1e-3)


def test_finer_grids_are_averaged_over_cells():
    equation, u, parameter = smooth("burgers", points=1024)
    checkered = 0.1 * (-1.0) ** torch.arange(1024)
    assert violation(equation, u, u + checkered, parameter, dt=1e-6).max() < 0.01
