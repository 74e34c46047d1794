import math

import pytest
import torch

from runcompare.engine.metrics import frame_nrmse, nrmse
from runcompare.engine.physics.equations import EQUATIONS
from runcompare.engine.physics.spectral import phis, solve

BURGERS, ADVECTION, KS = (EQUATIONS[name] for name in ("burgers", "advection", "kuramoto_sivashinsky"))
LENGTHS = torch.linspace(44, 60, 6, dtype=torch.float64)


def burgers(points, refine, frames=5, n=6):
    u0 = BURGERS.initial(n, 2048, torch.Generator().manual_seed(0))[:, :: 2048 // (points * refine)]
    return solve(BURGERS, u0, torch.logspace(-3, -2, n), frames=frames, dt=0.1)[:, :, ::refine]


@pytest.fixture(scope="module")
def attractor():
    """States of Kuramoto-Sivashinsky after burn-in, (6, 256)."""
    u0 = KS.initial(6, 256, torch.Generator().manual_seed(0))
    return solve(KS, u0, LENGTHS, frames=100, dt=1.0)[:, -1]


def coarser(u, points):
    """The same waves on fewer points, all but those too short for them."""
    return torch.fft.irfft(torch.fft.rfft(u)[..., : points // 2 + 1], n=points) * (points / u.shape[-1])


def test_burgers_converges_to_a_refined_reference():
    reference = burgers(64, 32)[:, 1:]  # steps follow the grid, so that time is refined too
    errors = [nrmse(burgers(64, refine)[:, 1:], reference) for refine in (4, 8, 16)]
    assert errors[1] < errors[0] / 4
    assert errors[2] < 2e-4


def test_advection_is_exact():
    u0 = ADVECTION.initial(5, 64, torch.Generator().manual_seed(0)).double()
    beta = torch.tensor([0.1, 0.4, 1.0, 7.0, 0.33], dtype=torch.float64)
    spectrum, k = torch.fft.rfft(u0), 2 * math.pi * torch.arange(33, dtype=torch.float64)
    for dt in (0.1, 0.01):
        u = solve(ADVECTION, u0, beta, frames=10, dt=dt)
        exact = torch.fft.irfft(spectrum * torch.exp(-1j * k * beta[:, None] * 10 * dt), n=64)
        assert torch.allclose(u[:, -1], exact, atol=1e-12)
    whole_turns = solve(ADVECTION, u0[:1].float(), torch.ones(1), frames=20, dt=0.1)[:, -1]
    assert torch.allclose(whole_turns, u0[:1].float(), atol=1e-5)


def test_kuramoto_sivashinsky_converges_in_time_to_fourth_order(attractor):
    from dataclasses import replace

    finest = solve(replace(KS, damped=40.0), attractor, LENGTHS, frames=12, dt=1.0)[:, 1:]
    errors = [
        nrmse(solve(replace(KS, damped=d), attractor, LENGTHS, frames=12, dt=1.0)[:, 1:], finest)
        for d in (2.0, 4.0, KS.damped)
    ]
    assert errors[1] < errors[0] / 5
    assert errors[2] < errors[1] / 5
    assert errors[2] < 2e-5


def test_kuramoto_sivashinsky_converges_in_space_faster_than_any_order(attractor):
    fine = solve(KS, attractor, LENGTHS, frames=12, dt=1.0)
    errors = [
        nrmse(solve(KS, coarser(attractor, p), LENGTHS, frames=12, dt=1.0)[:, 1:], coarser(fine, p)[:, 1:])
        for p in (48, 64, 128)
    ]
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10
    assert errors[2] < 1e-4


def test_kuramoto_sivashinsky_is_chaotic_on_its_attractor(attractor):
    """Errors grow by a factor of about e in 12 units of time, and the states have forgotten how they began."""
    near = attractor + 1e-8 * KS.initial(6, 256, torch.Generator().manual_seed(1))
    gap = (solve(KS, attractor, LENGTHS, frames=60, dt=1.0) - solve(KS, near, LENGTHS, frames=60, dt=1.0)).norm(dim=-1)
    rate = ((gap[:, 60] / gap[:, 10]).log() / 50).mean()
    assert 1 / 20 < rate < 1 / 8
    assert 1.0 < attractor.square().mean(-1).sqrt().mean() < 1.6
    assert attractor.mean(-1).abs().max() < 1e-12


def test_rounding_would_choose_the_attractors_states_in_single_precision():
    u0 = KS.initial(6, 128, torch.Generator().manual_seed(0))
    single = solve(KS, u0.float(), LENGTHS, frames=100, dt=1.0)
    double, nudged = (solve(KS, u0 * f, LENGTHS, frames=100, dt=1.0) for f in (1.0, 1 + 1e-15))
    assert frame_nrmse(single.double(), double)[-1] > 1e-3
    assert frame_nrmse(nudged, double)[-1] < 1e-7


def test_burgers_keeps_mass_and_loses_energy():
    u = burgers(256, 1)  # the solver's own grid: means of a coarser one alias
    assert torch.allclose(u.mean(-1), u[:, :1].mean(-1).expand(-1, 6), atol=1e-5)
    assert (u.square().mean(-1).diff(dim=1) < 1e-6).all()


def test_a_steep_start_does_not_blow_up():
    u0 = 3 * BURGERS.initial(2, 256, torch.Generator().manual_seed(1))
    assert torch.isfinite(solve(BURGERS, u0, torch.full((2,), 1e-3), frames=10, dt=0.1)).all()


def test_trajectories_do_not_change_one_another_but_for_the_steps():
    u0 = ADVECTION.initial(4, 64, torch.Generator().manual_seed(0))
    beta = torch.linspace(0.1, 1, 4)
    assert torch.allclose(
        solve(ADVECTION, u0, beta, frames=3, dt=0.1)[:2],
        solve(ADVECTION, u0[:2], beta[:2], frames=3, dt=0.1),
        atol=1e-6,
    )


def test_agreement_with_exponax(attractor):
    exponax = pytest.importorskip("exponax")
    jax = pytest.importorskip("jax")
    state, length, points = attractor[2], float(LENGTHS[2]), attractor.shape[-1]
    ours = solve(KS, state[None], LENGTHS[2:3], frames=1, dt=1.0)[0, -1]
    with jax.enable_x64(True):
        stepper = exponax.stepper.KuramotoSivashinskyConservative(1, length, points, 0.01, order=4)
        theirs = exponax.repeat(stepper, 100)(jax.numpy.asarray(state.numpy())[None])
    assert nrmse(ours[None, None], torch.tensor(theirs.tolist())[None].double()) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
def test_phis_are_their_closed_forms_on_both_sides_of_the_series(dtype):
    z = torch.tensor([-30.0, -1.01, -0.99, 0.5, 2.0], dtype=dtype)
    z = z * torch.exp(torch.tensor(0.7j)) if z.is_complex() else z
    one, two, three = phis(z)
    assert torch.allclose(one, (torch.exp(z) - 1) / z, rtol=1e-12)
    assert torch.allclose(two, (torch.exp(z) - 1 - z) / z**2, rtol=1e-12)
    assert torch.allclose(three, (torch.exp(z) - 1 - z - z**2 / 2) / z**3, rtol=1e-11)


def test_phis_at_zero_are_one_over_factorials():
    assert [float(p) for p in phis(torch.zeros(()))] == pytest.approx([1, 1 / 2, 1 / 6])
