"""Errors of rollouts in physical space: predictions and truths (n, frames, points), the first frame left out.

nRMSE is PDEBench's: the root mean square error of a frame over the root mean square of its truth, averaged over frames
and trajectories (Takamoto et al. 2022, arXiv 2210.07182).
"""

from torch import Tensor

__all__ = ["frame_nrmse", "nrmse", "relative_l2", "relative_mse", "rollout_metrics", "trajectory_nrmse"]

TINY = 1e-12


def trajectory_nrmse(predicted: Tensor, truth: Tensor) -> Tensor:
    """nRMSE of each trajectory, shape (n,), from states (n, frames, points)."""
    error = (predicted - truth).square().mean(-1).sqrt()
    return (error / truth.square().mean(-1).sqrt().clamp_min(TINY)).mean(-1)


def nrmse(predicted: Tensor, truth: Tensor) -> float:
    """Mean nRMSE over trajectories."""
    return float(trajectory_nrmse(predicted, truth).mean())


def rollout_metrics(predicted: Tensor, truth: Tensor) -> dict[str, float]:
    """Errors of rollouts (n, frames, points), averaged over trajectories and frames.

    Returns:
        nrmse; mse, rmse and mae in the state's units; rel_l2, the relative Frobenius norm of a trajectory; mass_gap and
        energy_gap, the mean absolute difference of the means of u and u^2 over the grid, relative to the truth's root
        mean square and mean energy.
    """
    error = predicted - truth
    mse = float(error.square().mean())
    frobenius = error.flatten(1).norm(dim=1) / truth.flatten(1).norm(dim=1).clamp_min(TINY)
    energy, true_energy = predicted.square().mean(-1), truth.square().mean(-1)
    mass_gap = (predicted.mean(-1) - truth.mean(-1)).abs().mean() / truth.square().mean().sqrt().clamp_min(TINY)
    return {
        "nrmse": nrmse(predicted, truth),
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(error.abs().mean()),
        "rel_l2": float(frobenius.mean()),
        "mass_gap": float(mass_gap),
        "energy_gap": float((energy - true_energy).abs().mean() / true_energy.mean().clamp_min(TINY)),
    }


def relative_mse(predicted: Tensor, truth: Tensor) -> Tensor:
    """A frame's mean squared error over its mean square, kept finite for frames that have decayed: (..., points) ->
    (...)."""
    power = truth.square().mean(-1)
    return (predicted - truth).square().mean(-1) / (power + 1e-4)


def relative_l2(predicted: Tensor, truth: Tensor) -> Tensor:
    """The root of `relative_mse`: what nRMSE averages, so that hard frames don't outweigh the others."""
    return (relative_mse(predicted, truth) + 1e-10).sqrt()


def frame_nrmse(predicted: Tensor, truth: Tensor) -> Tensor:
    """nRMSE at each frame, averaged over trajectories, shape (frames,)."""
    error = (predicted - truth).square().mean(-1).sqrt()
    return (error / truth.square().mean(-1).sqrt().clamp_min(TINY)).mean(0)
