"""The four training stages. Each trains one part of the simulator on what the earlier parts have learned."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runcompare.engine.data import Dataset
from runcompare.engine.fit import EpochLog, Windows, fit
from runcompare.engine.flow import flow_target, one_heun_step, pseudo_huber, sample_teacher
from runcompare.engine.metrics import nrmse, relative_mse
from runcompare.engine.model import Corrector, Simulator
from runcompare.engine.rollout import latent_noise, validation_nrmse
from runcompare.engine.schema import EngineConfig

__all__ = ["STAGES", "Workshop"]

TEACHER_STEPS = 16
PROBE = 256  # transitions on which distillation is judged
GATES = tuple(i / 20 for i in range(21))
EMA = 0.99


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a stage works with. `generator` draws batches and noise on the CPU, so that devices agree."""

    config: EngineConfig
    data: Dataset
    simulator: Simulator
    generator: torch.Generator
    log: EpochLog

    def windows(self, horizon: int) -> Windows:
        t = self.config.training
        return Windows(self.data.train, t.windows, t.batch_size, horizon)

    def noise(self, like: Tensor) -> Tensor:
        return latent_noise(like, self.generator)

    def uniform(self, n: int, device: torch.device) -> Tensor:
        return torch.rand(n, generator=self.generator).to(device)


def train_autoencoder(w: Workshop) -> dict[str, float]:
    """Reconstruction of single frames; its nRMSE is the floor under everything that follows."""
    s, val = w.simulator.autoencoder, w.data.val
    s.get_buffer("u_scale").copy_(w.data.train.u.std())

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        frames = u.flatten(0, 1)
        return relative_mse(s.decode(s.encode(frames)), frames)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            frames = val.u.flatten(0, 1)
            again = s.decode(s.encode(frames))
            return {"val_loss": float(relative_mse(again, frames)), "val_nrmse": nrmse(again[:, None], frames[:, None])}

    stage, training = w.config.stages.autoencoder, w.config.training
    best = fit("autoencoder", s, w.windows(1), loss, validate, "val_loss", stage, training, w.generator, w.log)
    with torch.inference_mode():
        s.get_buffer("z_scale").copy_(s.encode(w.data.train.u.flatten(0, 1)).std())
        test = w.data.test.u[:, 1:]
        floor = nrmse(s.decode(s.encode(test.flatten(0, 1))).view_as(test), test)
    s.requires_grad_(False)
    return best | {"autoencoder/floor_nrmse": floor}


def train_operator(w: Workshop) -> dict[str, float]:
    """Single steps, and with lambda_rollout the steps up to a horizon that grows over the first half of training."""
    s, val, t = w.simulator, w.data.val, w.config.training
    rolls = t.lambda_rollout > 0 and t.rollout_horizon > 1
    horizon = t.rollout_horizon if rolls else 1

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        c, state = s.conditions(nu), u[:, 0]
        reach = min(horizon, 1 + int(2 * share * horizon))
        total = torch.zeros((), device=u.device)
        for h in range(1, reach + 1):
            state = s.operator_step(state, c)
            total = total + (1.0 if h == 1 else t.lambda_rollout) * relative_mse(state, u[:, h])
        return total

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            c = s.conditions(val.nu)
            steps = [relative_mse(s.operator_step(val.u[:, i], c), val.u[:, i + 1]) for i in range(val.u.shape[1] - 1)]
        return {"val_loss": float(torch.stack(steps).mean()), "val_nrmse": validation_nrmse(s, val)}

    stage = w.config.stages.operator
    best = fit("operator", s.operator, w.windows(horizon), loss, validate, "val_nrmse", stage, t, w.generator, w.log)
    s.operator.requires_grad_(False)
    return best | {"operator/val_nrmse_best": validation_nrmse(s, val)}


def train_residual(w: Workshop) -> dict[str, float]:
    """Flow matching from noise to the residual of the operator's own, re-encoded step (Lipman et al. 2023)."""
    s = w.simulator
    s.get_buffer("residual_scale").copy_(_residual_scale(w))

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        z0, z1_hat, residual, c, v = _residual(s, u, nu)
        noise, t = w.noise(residual), w.uniform(len(u), u.device)
        x, target = flow_target(noise, residual, t)
        velocity = s.teacher.velocity(x, t, z0, z1_hat, c)
        guess = x + (1 - t)[:, None, None] * velocity
        decoded = s.corrected(u[:, 0], v, guess, torch.ones((), device=u.device))
        # late in the flow the guess is nearly the answer; early it is the mean, which the decoded loss should not fight
        physical = (decoded - u[:, 1]).square().mean(-1) / (u[:, 1].square().mean(-1) + 1e-4)
        return (velocity - target).square().mean() + (t * physical).mean()

    stage, training = w.config.stages.diff_residual, w.config.training
    validate = _flow_validation(w, s.teacher)
    best = fit(
        "diff_residual", s.teacher, w.windows(1), loss, validate, "val_loss", stage, training, w.generator, w.log
    )
    s.teacher.requires_grad_(False)
    s.student.load_state_dict(s.teacher.state_dict())
    return best | _fit_gate(w, "diff_residual")


def train_distill(w: Workshop) -> dict[str, float]:
    """One step of the student lands where the teacher's ODE does: consistency distillation (Song et al. 2023)."""
    s = w.simulator
    s.student.requires_grad_(True)
    target_net = copy.deepcopy(s.student).requires_grad_(False)

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        z0, z1_hat, residual, c, _ = _residual(s, u, nu)
        noise = w.noise(residual)
        t = torch.floor(w.uniform(len(u), u.device) * TEACHER_STEPS) / TEACHER_STEPS
        x, _ = flow_target(noise, residual, t)
        with torch.no_grad():
            after = one_heun_step(s.teacher, x, t, 1 / TEACHER_STEPS, z0, z1_hat, c)
            target = target_net.jump(after, t + 1 / TEACHER_STEPS, z0, z1_hat, c)
        return pseudo_huber(s.student.jump(x, t, z0, z1_hat, c), target)

    def follow() -> None:
        with torch.no_grad():
            for slow, fast in zip(target_net.parameters(), s.student.parameters(), strict=True):
                slow.lerp_(fast, 1 - EMA)

    stage, training = w.config.stages.consistency_distill, w.config.training
    judge = _distill_validation(w, target_net)
    windows = w.windows(1)
    best = fit(
        "consistency_distill", s.student, windows, loss, judge, None, stage, training, w.generator, w.log, follow
    )
    s.student.load_state_dict(target_net.state_dict())
    s.student.requires_grad_(False)
    scores = _distill_scores(w, s.student)
    return best | {f"consistency_distill/{k}": v for k, v in scores.items()} | _fit_gate(w, "consistency_distill")


def _residual(s: Simulator, u: Tensor, nu: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """z0, the re-encoded operator step, its scaled residual, conditions, and the step itself."""
    with torch.no_grad():
        c = s.conditions(nu)
        v = s.operator_step(u[:, 0], c)
        z0, z1_hat = s.autoencoder.encode(u[:, 0]), s.autoencoder.encode(v)
        residual = (s.autoencoder.encode(u[:, 1]) - z1_hat) / s.get_buffer("residual_scale")
    return z0, z1_hat, residual, c, v


def _probe(w: Workshop) -> tuple[Tensor, Tensor]:
    """Transitions of the validation split, (n, 2, points), the same at every call."""
    u = w.data.val.u.unfold(1, 2, 1).permute(0, 1, 3, 2).flatten(0, 1)
    nu = w.data.val.nu.repeat_interleave(w.data.val.u.shape[1] - 1)
    chosen = torch.randperm(len(u), generator=torch.Generator().manual_seed(0))[:PROBE]
    return u[chosen.to(u.device)], nu[chosen.to(u.device)]


def _residual_scale(w: Workshop) -> Tensor:
    u, nu = _probe(w)
    return _residual(w.simulator, u, nu)[2].std() * w.simulator.get_buffer("residual_scale")


def _flow_validation(w: Workshop, net: Corrector) -> Callable[[], dict[str, float]]:
    u, nu = _probe(w)
    z0, z1_hat, residual, c, _ = _residual(w.simulator, u, nu)
    generator = torch.Generator().manual_seed(1)
    noise = latent_noise(residual, generator)
    t = torch.rand(len(u), generator=generator).to(u.device)
    x, target = flow_target(noise, residual, t)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            return {"val_loss": float((net.velocity(x, t, z0, z1_hat, c) - target).square().mean())}

    return validate


def _distill_validation(w: Workshop, net: Corrector) -> Callable[[], dict[str, float]]:
    def validate() -> dict[str, float]:
        return {"val_loss": _distill_scores(w, net)["student_to_teacher_mse"]}

    return validate


@torch.inference_mode()
def _distill_scores(w: Workshop, net: Corrector) -> dict[str, float]:
    """Mean square distance to the teacher's 16-step sample from the same noise, of the student and of the teacher in
    one step each."""
    u, nu = _probe(w)
    z0, z1_hat, residual, c, _ = _residual(w.simulator, u, nu)
    noise = latent_noise(residual, torch.Generator().manual_seed(2))
    start = torch.zeros(len(u), device=u.device)
    teacher = w.simulator.teacher
    sample = sample_teacher(teacher, noise, TEACHER_STEPS, z0, z1_hat, c)
    student, one = net.jump(noise, start, z0, z1_hat, c), teacher.jump(noise, start, z0, z1_hat, c)
    return {
        "student_to_teacher_mse": float((student - sample).square().mean()),
        "one_step_teacher_to_teacher_mse": float((one - sample).square().mean()),
    }


def _fit_gate(w: Workshop, stage: str) -> dict[str, float]:
    """The gate with the lowest validation nRMSE over full rollouts; 0 unless the corrector helps."""
    s, gate = w.simulator, w.simulator.get_buffer("gate")
    scores = {}
    for g in GATES:
        gate.fill_(g)
        scores[g] = validation_nrmse(s, w.data.val)
    best = min(scores, key=lambda g: (scores[g] if scores[g] == scores[g] else float("inf"), g))
    gate.fill_(best)
    return {
        f"{stage}/gate": best,
        f"{stage}/val_nrmse_operator": scores[0.0],
        f"{stage}/val_nrmse_corrected": scores[best],
    }


STAGES: dict[str, Callable[[Workshop], dict[str, float]]] = {
    "autoencoder": train_autoencoder,
    "operator": train_operator,
    "diff_residual": train_residual,
    "consistency_distill": train_distill,
}
