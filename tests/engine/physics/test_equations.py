import math

import pytest
import torch

from runcompare.engine.physics.equations import EQUATIONS, Equation, half_square, sine_waves
from runcompare.engine.physics.spectral import solve

BURGERS, ADVECTION, KS = (EQUATIONS[name] for name in ("burgers", "advection", "kuramoto_sivashinsky"))
LENGTHS = torch.linspace(44, 60, 6, dtype=torch.float64)


def test_a_new_equation_is_a_declaration():
    """Korteweg-de Vries, u_t + (u^2 / 2)_x = -u_xxx: dispersion, so the linear part is complex; solitons keep shape."""
    kdv = Equation(
        "kdv",
        "L",
        "length",
        (20.0, 40.0),
        0.1,
        lambda p: {3: -p.new_ones(len(p))},
        half_square,
        BURGERS.initial,
        ring=True,
    )
    length, speed = torch.tensor([40.0], dtype=torch.float64), 1.0
    x = 40 * torch.arange(256, dtype=torch.float64) / 256

    def soliton(t):
        return 3 * speed / torch.cosh(0.5 * speed**0.5 * (x - 20 - speed * t)) ** 2

    u = solve(kdv, soliton(0)[None], length, frames=10, dt=0.5)
    assert torch.allclose(u[0, -1], soliton(5.0), atol=1e-5)


@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=list(EQUATIONS))
def test_conditions_run_from_minus_one_to_one_over_the_range(equation):
    ends = equation.condition(torch.tensor(equation.range))
    assert ends.tolist() == [[pytest.approx(-1, abs=1e-5)], [pytest.approx(1, abs=1e-5)]]


@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=list(EQUATIONS))
def test_mirrored_solutions_are_solutions_where_the_equation_says_so(equation):
    u0 = equation.initial(3, 64, torch.Generator().manual_seed(5)).double()
    p = torch.full((3,), equation.range[1], dtype=torch.float64)

    def mirrored(u):
        return -u.flip(-1).roll(1, -1)

    there, back = (
        solve(equation, u0, p, frames=2, dt=equation.dt),
        solve(equation, mirrored(u0), p, frames=2, dt=equation.dt),
    )
    assert torch.allclose(mirrored(there), back, atol=1e-8) == equation.mirrors


def test_the_multiplier_is_the_derivative_of_a_wave():
    """a_j d^j/dx^j of exp(ikx) is a_j (ik)^j exp(ikx), here of Burgers' -k^2 nu / pi and advection's -ik beta."""
    k, parameter = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([0.5])
    assert torch.allclose(BURGERS.multiplier(k, parameter), -(k**2) * 0.5 / math.pi)
    assert torch.allclose(ADVECTION.multiplier(k, parameter), -1j * k * 0.5)


@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=list(EQUATIONS))
def test_initial_states_are_those_of_the_seed(equation):
    one, again, other = (equation.initial(3, 32, torch.Generator().manual_seed(s)) for s in (0, 0, 1))
    assert one.shape == (3, 32)
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)


def test_sine_waves_have_only_as_many_waves_as_asked_for():
    u = sine_waves(20, 64, torch.Generator().manual_seed(0), waves=3, terms=1).double()
    power = torch.fft.rfft(u).abs() / 32
    assert (power[:, 1:4].amax(1) <= 1).all()
    assert power[:, 4:].max() < 1e-6
    assert power[:, 0].max() < 1e-6
