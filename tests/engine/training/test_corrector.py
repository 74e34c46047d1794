import pytest
import torch

from runcompare.engine.network.simulator import Corrector, StepInputs
from runcompare.engine.training.corrector import (
    flow_target,
    one_heun_step,
    pseudo_huber,
    residuals,
    sample_teacher,
)


def test_flow_runs_straight_from_noise_to_data():
    noise, data = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    for t in (0.0, 0.3, 1.0):
        x, velocity = flow_target(noise, data, torch.full((2,), t))
        assert torch.allclose(x + (1 - t) * velocity, data, atol=1e-6)


def test_pseudo_huber_is_zero_only_at_equality():
    a = torch.randn(4, 2, 3)
    assert pseudo_huber(a, a).tolist() == pytest.approx([0] * 4, abs=1e-9)
    assert pseudo_huber(a, a + 1).tolist() == pytest.approx([6**0.5] * 4, rel=1e-2)


class Linear(Corrector):
    """dx/dt = x, whose solution from x is x e^t."""

    def velocity(self, x, t, given):
        return x


GIVEN = StepInputs(torch.zeros(2, 3, 4), torch.zeros(2, 3, 4), torch.zeros(2, 1))


def test_heuns_method_is_of_second_order():
    x, net = torch.ones(2, 3, 4, dtype=torch.float64), Linear(4, 8, 1)
    step = one_heun_step(net, x, torch.zeros(2), GIVEN, dt=0.1)
    assert torch.allclose(step, x * (1 + 0.1 + 0.1**2 / 2))
    errors = [float((sample_teacher(net, x, GIVEN, n) - torch.e).abs().max()) for n in (8, 16)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


def test_the_residual_is_what_takes_the_operators_step_to_the_truth(simulator, split):
    """In latent space, and in units of its scale."""
    simulator.residual_scale.fill_(0.5)
    r = residuals(simulator, split.u[:, 0], split.u[:, 1], split.parameter)
    assert torch.allclose(r.given.z1_hat + 0.5 * r.residual, simulator.autoencoder.encode(split.u[:, 1]), atol=1e-5)
    assert torch.equal(r.v, simulator.operator_step(split.u[:, 0], r.given.c))
