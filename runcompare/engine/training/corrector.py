"""What the corrector learns and is judged by: the operator's residuals, distillation scores, the gate's fit."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runcompare.engine.metrics import trajectory_nrmse
from runcompare.engine.network.simulator import Corrector, Simulator, latent_noise, rollout
from runcompare.engine.training.workshop import Workshop

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
    """State z0, the operator's re-encoded step z1_hat, its scaled residual, conditions, and the step v itself."""

    z0: Tensor
    z1_hat: Tensor
    residual: Tensor
    c: Tensor
    v: Tensor

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor]:
        """What the corrector sees."""
        return self.z0, self.z1_hat, self.c


@torch.no_grad()
def residuals(s: Simulator, u: Tensor, truth: Tensor, nu: Tensor) -> Residuals:
    """On the manifold that the operator's output lives on: against the re-encoded step from u to `truth`."""
    c = s.conditions(nu)
    v = s.operator_step(u, c)
    z0, z1_hat = s.autoencoder.encode(u), s.autoencoder.encode(v)
    residual = (s.autoencoder.encode(truth) - z1_hat) / s.get_buffer("residual_scale")
    return Residuals(z0, z1_hat, residual, c, v)


def probe(w: Workshop) -> Residuals:
    """Of transitions of the validation split, the same at every call."""
    u = w.data.val.u.unfold(1, 2, 1).permute(0, 1, 3, 2).flatten(0, 1)
    nu = w.data.val.nu.repeat_interleave(w.data.val.u.shape[1] - 1)
    chosen = torch.randperm(len(u), generator=torch.Generator().manual_seed(0))[:PROBE].to(u.device)
    return residuals(w.simulator, u[chosen, 0], u[chosen, 1], nu[chosen])


def flow_validation(w: Workshop, net: Corrector) -> Callable[[], dict[str, float]]:
    """Flow matching's loss on the probe, with noise and times that stay."""
    r = probe(w)
    generator = torch.Generator().manual_seed(1)
    noise = latent_noise(r.residual, generator)
    t = torch.rand(len(noise), generator=generator).to(noise.device)
    x, target = flow_target(noise, r.residual, t)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            return {"val_loss": float((net.velocity(x, t, *r.given) - target).square().mean())}

    return validate


@torch.inference_mode()
def distill_scores(w: Workshop, net: Corrector) -> dict[str, float]:
    """Mean square distance to the teacher's 16-step sample from the same noise, of the student and of the teacher in
    one step each."""
    r = probe(w)
    noise = latent_noise(r.residual, torch.Generator().manual_seed(2))
    start = torch.zeros(len(noise), device=noise.device)
    teacher = w.simulator.teacher
    sample = sample_teacher(teacher, noise, TEACHER_STEPS, *r.given)
    student, one = net.jump(noise, start, *r.given), teacher.jump(noise, start, *r.given)
    return {
        "student_to_teacher_mse": float((student - sample).square().mean()),
        "one_step_teacher_to_teacher_mse": float((one - sample).square().mean()),
    }


def fit_gate(w: Workshop, stage: str) -> dict[str, float]:
    """The gate with the lowest validation nRMSE over full rollouts; 0 unless the corrector helps."""
    val, gate = w.data.val.part(w.ranks.slice(len(w.data.val))), w.simulator.gate
    scores = {}
    for g in GATES:
        gate.fill_(g)
        scores[g] = w.ranks.mean(trajectory_nrmse(rollout(w.simulator, val), val.u[:, 1:]))
    best = min(scores, key=lambda g: (scores[g] if scores[g] == scores[g] else float("inf"), g))
    gate.fill_(best)
    return {
        f"{stage}/gate": best,
        f"{stage}/val_nrmse_operator": scores[0.0],
        f"{stage}/val_nrmse_corrected": scores[best],
    }


def flow_target(noise: Tensor, data: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """x_t = (1 - t) noise + t data and its velocity data - noise; `t` has shape (n,)."""
    s = t[:, None, None]
    return (1 - s) * noise + s * data, data - noise


def one_heun_step(net: Corrector, x: Tensor, t: Tensor, dt: float, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
    """x at t + dt by Heun's method: two evaluations."""
    first = net.velocity(x, t, z0, z1_hat, c)
    second = net.velocity(x + dt * first, t + dt, z0, z1_hat, c)
    return x + 0.5 * dt * (first + second)


def sample_teacher(net: Corrector, noise: Tensor, steps: int, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
    """The teacher's sample from `noise` in `steps` Heun steps."""
    x = noise
    for i in range(steps):
        x = one_heun_step(net, x, torch.full((len(x),), i / steps, device=x.device), 1 / steps, z0, z1_hat, c)
    return x


def pseudo_huber(a: Tensor, b: Tensor) -> Tensor:
    """sqrt(|a - b|^2 + d^2) - d of each sample, with d = 0.00054 sqrt(dimensions): shape (n,)."""
    d = 0.00054 * math.sqrt(a[0].numel())
    return ((a - b).square().flatten(1).sum(1) + d**2).sqrt() - d
