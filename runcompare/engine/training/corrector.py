"""What the corrector learns and is judged by: the operator's residuals, distillation scores, the gate's fit."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runcompare.engine.metrics import trajectory_nrmse
from runcompare.engine.network.simulator import Corrector, Simulator, StepInputs, latent_noise, rollout
from runcompare.engine.training.context import TrainingContext

__all__ = [
    "TEACHER_STEPS",
    "Residuals",
    "distill_scores",
    "fit_gate",
    "flow_target",
    "flow_validation",
    "one_heun_step",
    "probe",
    "pseudo_huber",
    "residuals",
    "sample_teacher",
]

TEACHER_STEPS = 16
PROBE = 256  # transitions on which distillation is judged
GATES = tuple(i / 20 for i in range(21))


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the operator's step `v` (n, points) is short of: `residual` (n, tokens, dim), in units of the simulator's
    `residual_scale`, and the corrector's inputs."""

    given: StepInputs
    residual: Tensor
    v: Tensor


@torch.no_grad()
def residuals(s: Simulator, u: Tensor, truth: Tensor, parameter: Tensor) -> Residuals:
    """The residuals of the operator's steps, as the difference of encoded states: the truth's and the operator's.

    Args:
        s: The simulator.
        u: States, (n, points).
        truth: Their true next states, (n, points).
        parameter: The equation's parameter, (n,).
    """
    c = s.conditions(parameter)
    v = s.operator_step(u, c)
    z0, z1_hat = s.autoencoder.encode(u), s.autoencoder.encode(v)
    residual = (s.autoencoder.encode(truth) - z1_hat) / s.get_buffer("residual_scale")
    return Residuals(StepInputs(z0, z1_hat, c), residual, v)


def probe(context: TrainingContext) -> Residuals:
    """The residuals of at most `PROBE` transitions of the validation split, the same at every call."""
    u = context.data.val.u.unfold(1, 2, 1).permute(0, 1, 3, 2).flatten(0, 1)
    parameter = context.data.val.parameter.repeat_interleave(context.data.val.u.shape[1] - 1)
    chosen = torch.randperm(len(u), generator=torch.Generator().manual_seed(0))[:PROBE].to(u.device)
    return residuals(context.simulator, u[chosen, 0], u[chosen, 1], parameter[chosen])


def flow_validation(context: TrainingContext, net: Corrector) -> Callable[[], dict[str, float]]:
    """A function that gives the flow-matching loss of `net` on the probe, with fixed noise and times."""
    r = probe(context)
    generator = torch.Generator().manual_seed(1)
    noise = latent_noise(r.residual, generator)
    t = torch.rand(len(noise), generator=generator).to(noise.device)
    x, target = flow_target(noise, r.residual, t)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            return {"val_loss": float((net.velocity(x, t, r.given) - target).square().mean())}

    return validate


@torch.inference_mode()
def distill_scores(context: TrainingContext, net: Corrector) -> dict[str, float]:
    """Mean square distance to the teacher's 16-step sample from the same noise, of the student and of the teacher in
    one step each."""
    r = probe(context)
    noise = latent_noise(r.residual, torch.Generator().manual_seed(2))
    start = torch.zeros(len(noise), device=noise.device)
    teacher = context.simulator.teacher
    sample = sample_teacher(teacher, noise, r.given, TEACHER_STEPS)
    student, one = net.jump(noise, start, r.given), teacher.jump(noise, start, r.given)
    return {
        "student_to_teacher_mse": float((student - sample).square().mean()),
        "one_step_teacher_to_teacher_mse": float((one - sample).square().mean()),
    }


def fit_gate(context: TrainingContext, stage: str) -> dict[str, float]:
    """Set the gate to the value with the lowest validation nRMSE over full rollouts; 0 unless the corrector helps.

    Returns the gate, and the nRMSE with it and without corrector, under `stage`'s keys.
    """
    val, gate = context.own_validation, context.simulator.gate
    scores = {}
    for g in GATES:
        gate.fill_(g)
        scores[g] = context.ranks.mean(trajectory_nrmse(rollout(context.simulator, val), val.u[:, 1:]))
    best = min(scores, key=lambda g: (scores[g] if scores[g] == scores[g] else float("inf"), g))
    gate.fill_(best)
    return {
        f"{stage}/gate": best,
        f"{stage}/val_nrmse_operator": scores[0.0],
        f"{stage}/val_nrmse_corrected": scores[best],
    }


def flow_target(noise: Tensor, data: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """The straight path of flow matching (Lipman et al. 2023, arXiv 2210.02747) at times `t` (n,).

    Returns x_t = (1 - t) noise + t data and its velocity data - noise, both (n, tokens, dim) as the arguments.
    """
    s = t[:, None, None]
    return (1 - s) * noise + s * data, data - noise


def one_heun_step(net: Corrector, x: Tensor, t: Tensor, given: StepInputs, *, dt: float) -> Tensor:
    """x (n, tokens, dim) moved from times t (n,) to t + dt by Heun's method, in two evaluations."""
    first = net.velocity(x, t, given)
    second = net.velocity(x + dt * first, t + dt, given)
    return x + 0.5 * dt * (first + second)


def sample_teacher(net: Corrector, noise: Tensor, given: StepInputs, steps: int) -> Tensor:
    """The teacher's sample from `noise` (n, tokens, dim) in `steps` Heun steps; shape of the noise."""
    x = noise
    for i in range(steps):
        x = one_heun_step(net, x, torch.full((len(x),), i / steps, device=x.device), given, dt=1 / steps)
    return x


def pseudo_huber(a: Tensor, b: Tensor) -> Tensor:
    """sqrt(|a - b|^2 + d^2) - d of each sample of a and b (n, ...), with d = 0.00054 sqrt(dimensions): shape (n,).

    Source: Song and Dhariwal 2023, "Improved techniques for training consistency models", arXiv 2310.14189.
    """
    d = 0.00054 * math.sqrt(a[0].numel())
    return ((a - b).square().flatten(1).sum(1) + d**2).sqrt() - d
