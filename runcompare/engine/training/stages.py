"""The four training stages. Each trains one part of the simulator on what the earlier parts have learned."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from runcompare.engine.metrics import nrmse, relative_l2, relative_mse, trajectory_nrmse
from runcompare.engine.network.simulator import Simulator, rollout
from runcompare.engine.training.corrector import (
    TEACHER_STEPS,
    distill_scores,
    fit_gate,
    flow_target,
    flow_validation,
    one_heun_step,
    probe,
    pseudo_huber,
    residuals,
)
from runcompare.engine.training.epochs import Task, fit
from runcompare.engine.training.workshop import Workshop

__all__ = ["STAGES"]

EMA = 0.99
MIDDLE = 10.0  # weight of the noiseless correction's loss, which is small beside the flow's
RECONSTRUCTION = 0.1  # weight of the autoencoder's own loss while it is trained with the operator


def train_autoencoder(w: Workshop) -> dict[str, float]:
    """Reconstruction of single frames; its nRMSE is the floor under everything that follows."""
    s, val = w.simulator.autoencoder, w.data.val.part(w.ranks.slice(len(w.data.val)))
    s.get_buffer("u_scale").copy_(w.data.train.u.std())

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        return relative_mse(s.decode(s.encode(u.flatten(0, 1))), u.flatten(0, 1)).view(len(u), -1).mean(1)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            again = s.decode(s.encode(val.u.flatten(0, 1))).view_as(val.u)
            return {
                "val_loss": w.ranks.mean(relative_mse(again, val.u).mean(1)),
                "val_nrmse": w.ranks.mean(trajectory_nrmse(again, val.u)),
            }

    best = fit(Task("autoencoder", s, loss, validate, select="val_loss"), w)
    with torch.inference_mode():
        s.get_buffer("z_scale").copy_(s.encode(w.data.train.u.flatten(0, 1)).std())
        test = w.data.test.u[:, 1:]
        floor = nrmse(s.decode(s.encode(test.flatten(0, 1))).view_as(test), test)
    return best | {"autoencoder/floor_nrmse": floor}


def train_operator(w: Workshop) -> dict[str, float]:
    """Single steps, and with lambda_rollout the steps up to a horizon that grows over the first half of training."""
    s, t = w.simulator, w.config.training
    val = w.data.val.part(w.ranks.slice(len(w.data.val)))
    rolls = t.lambda_rollout > 0 and t.rollout_horizon > 1
    horizon = t.rollout_horizon if rolls else 1

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        c, state = s.conditions(nu), u[:, 0]
        reach = min(horizon, 1 + int(2 * share * horizon))
        # the autoencoder learns what the operator needs, and goes on to describe states
        total = RECONSTRUCTION * relative_l2(s.autoencoder.decode(s.autoencoder.encode(u[:, 1])), u[:, 1])
        for h in range(1, reach + 1):
            state = s.operator_step(state, c)
            total = total + (1.0 if h == 1 else t.lambda_rollout) * relative_l2(state, u[:, h])
        return total

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            c = s.conditions(val.nu)
            steps = [relative_l2(s.operator_step(val.u[:, i], c), val.u[:, i + 1]) for i in range(val.u.shape[1] - 1)]
            rolled = trajectory_nrmse(rollout(s, val), val.u[:, 1:])
        return {"val_loss": w.ranks.mean(torch.stack(steps, 1).mean(1)), "val_nrmse": w.ranks.mean(rolled)}

    both = nn.ModuleDict({"autoencoder": s.autoencoder, "operator": s.operator})
    best = fit(Task("operator", both, loss, validate, select="val_nrmse", horizon=horizon), w)
    return best | {"operator/val_nrmse_best": validate()["val_nrmse"]}


def train_residual(w: Workshop) -> dict[str, float]:
    """Flow matching from noise to the residual of the operator's own, re-encoded step (Lipman et al. 2023)."""
    s = w.simulator
    scale = s.get_buffer("residual_scale")
    scale.fill_(1.0)
    scale.copy_(probe(w).residual.std())

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        start, truth = _pushed(w, u, nu)
        r = residuals(s, start, truth, nu)
        middle = _middle(w, u)
        noise, t = w.noise(r.residual) * ~middle[:, None, None], w.uniform(len(u), u.device) * ~middle
        x, target = flow_target(noise, r.residual, t)
        velocity = s.teacher.velocity(x, t, *r.given)
        guess = x + (1 - t)[:, None, None] * velocity
        decoded = s.corrected(start, r.v, guess, torch.ones((), device=u.device))
        # late in the flow the guess is nearly the answer; early it is the mean, which the decoded loss should not fight
        flow = (velocity - target).square().flatten(1).mean(1) + t * relative_mse(decoded, truth)
        return torch.where(middle, MIDDLE * relative_l2(decoded, truth), flow)

    best = fit(Task("diff_residual", s.teacher, loss, flow_validation(w, s.teacher), select="val_loss", horizon=2), w)
    s.student.load_state_dict(s.teacher.state_dict())
    return best | fit_gate(w, "diff_residual")


def train_distill(w: Workshop) -> dict[str, float]:
    """One step of the student lands where the teacher's ODE does: consistency distillation (Song et al. 2023)."""
    s = w.simulator
    target_net = copy.deepcopy(s.student)

    def loss(u: Tensor, nu: Tensor, share: float) -> Tensor:
        r = residuals(s, *_pushed(w, u, nu), nu)
        middle = _middle(w, u)
        t = torch.floor(w.uniform(len(u), u.device) * ~middle * TEACHER_STEPS) / TEACHER_STEPS
        x, _ = flow_target(w.noise(r.residual) * ~middle[:, None, None], r.residual, t)
        with torch.no_grad():
            after = one_heun_step(s.teacher, x, t, 1 / TEACHER_STEPS, *r.given)
            target = target_net.jump(after, t + 1 / TEACHER_STEPS, *r.given)
            target = torch.where(middle[:, None, None], s.teacher.jump(x, t, *r.given), target)
        return pseudo_huber(s.student.jump(x, t, *r.given), target)

    def follow() -> None:
        with torch.no_grad():
            for slow, fast in zip(target_net.parameters(), s.student.parameters(), strict=True):
                slow.lerp_(fast, 1 - EMA)

    def validate() -> dict[str, float]:
        return {"val_loss": distill_scores(w, target_net)["student_to_teacher_mse"]}

    task = Task("consistency_distill", s.student, loss, validate, horizon=2, companion=target_net, after_step=follow)
    best = fit(task, w)
    s.student.load_state_dict(target_net.state_dict())
    scores = {f"consistency_distill/{k}": v for k, v in distill_scores(w, s.student).items()}
    return best | scores | fit_gate(w, "consistency_distill")


def _middle(w: Workshop, u: Tensor) -> Tensor:
    """Which samples of a batch train the correction from no noise at all, the one that rollouts use: half of them."""
    return w.uniform(len(u), u.device) < 0.5


@torch.no_grad()
def _pushed(w: Workshop, u: Tensor, nu: Tensor) -> tuple[Tensor, Tensor]:
    """A state and its successor: in half of the batches a true one, in the others one that the operator has reached,
    as it will in rollouts (the push-forward of Brandstetter et al. 2022)."""
    if float(torch.rand((), generator=w.generator)) < 0.5:
        return u[:, 0], u[:, 1]
    s: Simulator = w.simulator
    return s.operator_step(u[:, 0], s.conditions(nu)), u[:, 2]


STAGES: dict[str, Callable[[Workshop], dict[str, float]]] = {
    "autoencoder": train_autoencoder,
    "operator": train_operator,
    "diff_residual": train_residual,
    "consistency_distill": train_distill,
}
