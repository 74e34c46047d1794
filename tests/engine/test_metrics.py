import pytest
import torch

from runcompare.engine.metrics import frame_nrmse, nrmse, relative_l2, relative_mse, rollout_metrics, trajectory_nrmse


def test_nrmse_by_hand():
    truth = torch.tensor([[[2.0, -2.0], [4.0, 0.0]]])
    predicted = truth + torch.tensor([[[1.0, 1.0], [0.0, 2.0]]])
    assert nrmse(predicted, truth) == pytest.approx((1 / 2 + (2 / 2**0.5) / (16 / 2) ** 0.5) / 2)
    m = rollout_metrics(predicted, truth)
    assert m["mse"] == pytest.approx(1.5)
    assert m["mae"] == pytest.approx(1.0)
    assert m["rel_l2"] == pytest.approx((6 / 24) ** 0.5)


def test_nrmse_is_the_mean_of_frames_and_of_trajectories():
    g = torch.Generator().manual_seed(0)
    predicted, truth = torch.randn(2, 3, 4, 16, generator=g)
    assert trajectory_nrmse(predicted, truth).shape == (3,)
    assert frame_nrmse(predicted, truth).shape == (4,)
    assert float(trajectory_nrmse(predicted, truth).mean()) == pytest.approx(nrmse(predicted, truth))
    assert float(frame_nrmse(predicted, truth).mean()) == pytest.approx(nrmse(predicted, truth))


def test_gaps_are_those_of_mass_and_energy():
    truth = torch.tensor([[[3.0, -1.0]]])  # mean 1, energy 5
    m = rollout_metrics(truth + 1, truth)  # mean 2, energy 8
    assert m["mass_gap"] == pytest.approx(1 / 5**0.5)
    assert m["energy_gap"] == pytest.approx(3 / 5)


def test_relative_errors_of_a_frame_that_has_decayed_stay_finite():
    zero = torch.zeros(2, 8)
    assert torch.isfinite(relative_mse(zero + 1, zero)).all()
    error = torch.full((1, 8), 2.0, requires_grad=True)
    relative_l2(error, torch.full((1, 8), 2.0)).sum().backward()
    assert torch.isfinite(error.grad).all()
