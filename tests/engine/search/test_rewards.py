import pytest
import torch

from runcompare.engine.config.schema import RewardConfig
from runcompare.engine.physics.equations import EQUATIONS
from runcompare.engine.physics.spectral import solve
from runcompare.engine.search.rewards import REWARDS, total_reward

KNOWN = [(reward, equation) for reward, measures in REWARDS.items() for equation in measures]


def true_step(name, n=8, points=256):
    """A state, its successor and the parameters, on half of the solver's points."""
    equation = EQUATIONS[name]
    low, high = equation.range
    parameter = torch.linspace(low, high, n)
    u0 = equation.initial(n, 2 * points, torch.Generator().manual_seed(2))
    late = solve(equation, u0, parameter, frames=30 if equation.burn_in else 8, dt=equation.dt)[:, -1]
    u = solve(equation, late, parameter, frames=1, dt=equation.dt)[:, :, ::2].float()
    return equation, u[:, 0], u[:, 1], parameter


@pytest.mark.parametrize(("reward", "name"), KNOWN)
def test_the_true_step_is_better_than_a_perturbed_one(reward, name):
    equation, u, v, parameter = true_step(name)
    noise = 0.2 if name == "burgers" else 0.02  # a shock has lost more energy than a small error brings back
    wrong = v + noise * torch.randn(v.shape, generator=torch.Generator().manual_seed(3))
    if reward == "mass":
        wrong = v + noise
    true, off = (REWARDS[reward][name](u, w, parameter, equation.dt).mean() for w in (v, wrong))
    assert true > off


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_residual_tells_the_step_from_standing_still_and_from_another_parameter(name):
    equation, u, v, parameter = true_step(name)
    residual = REWARDS["pde_residual"][name]
    true = residual(u, v, parameter, equation.dt)
    assert (true > residual(u, u, parameter, equation.dt)).all()
    other = solve(equation, u, 3 * parameter, frames=1, dt=equation.dt)[:, 1]
    assert (true > residual(u, other, parameter, equation.dt)).all()


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_residual_of_small_steps_vanishes(name):
    equation, u, _, parameter = true_step(name)
    u, parameter = u.double(), torch.full((8,), equation.range[1]).double()  # viscous: no shock between points
    u = solve(equation, u, parameter, frames=1, dt=equation.dt)[:, 1]
    residual = REWARDS["pde_residual"][name]
    v = solve(equation, u, parameter, frames=1, dt=equation.dt / 50)[:, 1]
    assert (residual(u, v, parameter, equation.dt / 50) > -1e-5).all()
    assert (residual(u, u, parameter, equation.dt / 50) < -1e-4).all()


def test_what_advection_conserves_may_not_shrink_either():
    equation, u, v, parameter = true_step("advection")
    for reward in ("energy", "total_variation", "max_principle"):
        true, shrunk = (REWARDS[reward]["advection"](u, w, parameter, equation.dt) for w in (v, 0.9 * v))
        assert (true > shrunk).all(), reward


def test_burgers_may_lose_energy_variation_and_extremes():
    equation, u, _, parameter = true_step("burgers")
    for reward in ("energy", "total_variation", "max_principle"):
        assert (REWARDS[reward]["burgers"](u, 0.5 * u, parameter, equation.dt) == 0).all(), reward


def test_energy_of_kuramoto_sivashinsky_is_a_balance():
    equation, u, _, parameter = true_step("kuramoto_sivashinsky")
    measure = REWARDS["energy"]["kuramoto_sivashinsky"]
    short = solve(equation, u, parameter, frames=1, dt=0.05)[:, 1]
    assert (measure(u, short, parameter, 0.05) > -1e-4).all()
    assert (measure(u, 1.1 * short, parameter, 0.05) < -0.1).all()


def test_no_reward_speaks_of_an_equation_where_it_does_not_hold():
    assert "kuramoto_sivashinsky" not in REWARDS["max_principle"]
    assert "kuramoto_sivashinsky" not in REWARDS["total_variation"]
    u = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    parameter = torch.full((3,), 50.0)
    only = RewardConfig(pde_residual=0, total_variation=1, max_principle=1, energy=0, mass=0)
    assert (total_reward(only, "kuramoto_sivashinsky", u, 2 * u, parameter=parameter, dt=1.0) == 0).all()
    assert (total_reward(RewardConfig(), "heat", u, 2 * u, parameter=parameter, dt=0.1) == 0).all()


def test_the_total_is_the_weighted_sum():
    equation, u, v, parameter = true_step("burgers")
    weights = RewardConfig(pde_residual=2.0, total_variation=0.0, max_principle=0.0, energy=0.0, mass=3.0)
    total = total_reward(weights, "burgers", u, v + 0.1, parameter=parameter, dt=equation.dt)
    parts = [REWARDS[r]["burgers"](u, v + 0.1, parameter, equation.dt) for r in ("pde_residual", "mass")]
    assert torch.allclose(total, 2 * parts[0] + 3 * parts[1])


def test_a_candidate_that_blew_up_gives_no_finite_reward():
    equation, u, v, parameter = true_step("burgers")
    v[0, 3] = torch.nan
    found = REWARDS["pde_residual"]["burgers"](u, v, parameter, equation.dt)
    assert torch.isnan(found[0])
    assert torch.isfinite(found[1:]).all()
