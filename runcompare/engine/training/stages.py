"""The four training stages. Each trains one part of the simulator on what the earlier parts have learned.

A stage takes the training's context and returns its final values, under the keys that are logged.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from runcompare.engine.metrics import nrmse, relative_l2, relative_mse, trajectory_nrmse
from runcompare.engine.network.simulator import Simulator, rollout
from runcompare.engine.training.context import TrainingContext
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

__all__ = ["STAGES"]

EMA = 0.99
MIDDLE = 10.0  # weight of the noiseless correction's loss, which is small beside the flow's
RECONSTRUCTION = 0.1  # weight of the autoencoder's own loss while it is trained with the operator


def train_autoencoder(context: TrainingContext) -> dict[str, float]:
    """Reconstruction of single frames; its nRMSE on the test split is the floor under everything that follows."""
    s, val = context.simulator.autoencoder, context.own_validation
    s.get_buffer("u_scale").copy_(context.data.train.u.std())

    def loss(u: Tensor, parameter: Tensor, share: float) -> Tensor:
        return relative_mse(s.decode(s.encode(u.flatten(0, 1))), u.flatten(0, 1)).view(len(u), -1).mean(1)

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            again = s.decode(s.encode(val.u.flatten(0, 1))).view_as(val.u)
            return {
                "val_loss": context.ranks.mean(relative_mse(again, val.u).mean(1)),
                "val_nrmse": context.ranks.mean(trajectory_nrmse(again, val.u)),
            }

    best = fit(Task("autoencoder", s, loss, validate, select="val_loss"), context)
    with torch.inference_mode():
        s.get_buffer("z_scale").copy_(s.encode(context.data.train.u.flatten(0, 1)).std())
        test = context.data.test.u[:, 1:]
        floor = nrmse(s.decode(s.encode(test.flatten(0, 1))).view_as(test), test)
    return best | {"autoencoder/floor_nrmse": floor}


def train_operator(context: TrainingContext) -> dict[str, float]:
    """Single steps, and with lambda_rollout the steps up to a horizon that grows over the first half of training."""
    s, t = context.simulator, context.config.training
    val = context.own_validation
    rolls = t.lambda_rollout > 0 and t.rollout_horizon > 1
    horizon = t.rollout_horizon if rolls else 1

    def loss(u: Tensor, parameter: Tensor, share: float) -> Tensor:
        c, state = s.conditions(parameter), u[:, 0]
        reach = min(horizon, 1 + int(2 * share * horizon))
        # the autoencoder learns what the operator needs, and goes on to describe states
        total = RECONSTRUCTION * relative_l2(s.autoencoder.decode(s.autoencoder.encode(u[:, 1])), u[:, 1])
        for h in range(1, reach + 1):
            state = s.operator_step(state, c)
            total = total + (1.0 if h == 1 else t.lambda_rollout) * relative_l2(state, u[:, h])
        return total

    def validate() -> dict[str, float]:
        with torch.inference_mode():
            c = s.conditions(val.parameter)
            steps = [relative_l2(s.operator_step(val.u[:, i], c), val.u[:, i + 1]) for i in range(val.u.shape[1] - 1)]
            rolled = trajectory_nrmse(rollout(s, val), val.u[:, 1:])
        return {"val_loss": context.ranks.mean(torch.stack(steps, 1).mean(1)), "val_nrmse": context.ranks.mean(rolled)}

    both = nn.ModuleDict({"autoencoder": s.autoencoder, "operator": s.operator})
    best = fit(Task("operator", both, loss, validate, select="val_nrmse", horizon=horizon), context)
    return best | {"operator/val_nrmse_best": validate()["val_nrmse"]}


def train_residual(context: TrainingContext) -> dict[str, float]:
    """Flow matching from noise to the residual of the operator's own, re-encoded step (Lipman et al. 2023, arXiv
    2210.02747)."""
    s = context.simulator
    scale = s.get_buffer("residual_scale")
    scale.fill_(1.0)
    scale.copy_(probe(context).residual.std())

    def loss(u: Tensor, parameter: Tensor, share: float) -> Tensor:
        start, truth = _pushed(context, u, parameter)
        r = residuals(s, start, truth, parameter)
        middle = _middle(context, u)
        noise, t = context.noise(r.residual) * ~middle[:, None, None], context.uniform(len(u), u.device) * ~middle
        x, target = flow_target(noise, r.residual, t)
        velocity = s.teacher.velocity(x, t, r.given)
        guess = x + (1 - t)[:, None, None] * velocity
        decoded = s.corrected(start, r.v, guess, torch.ones((), device=u.device))
        # late in the flow the guess is nearly the answer; early it is the mean, which the decoded loss should not fight
        flow = (velocity - target).square().flatten(1).mean(1) + t * relative_mse(decoded, truth)
        return torch.where(middle, MIDDLE * relative_l2(decoded, truth), flow)

    validate = flow_validation(context, s.teacher)
    best = fit(Task("diff_residual", s.teacher, loss, validate, select="val_loss", horizon=2), context)
    s.student.load_state_dict(s.teacher.state_dict())
    return best | fit_gate(context, "diff_residual")


def train_distill(context: TrainingContext) -> dict[str, float]:
    """One step of the student lands where the teacher's ODE does: consistency distillation (Song et al. 2023, arXiv
    2303.01469)."""
    s = context.simulator
    target_net = copy.deepcopy(s.student)

    def loss(u: Tensor, parameter: Tensor, share: float) -> Tensor:
        r = residuals(s, *_pushed(context, u, parameter), parameter)
        middle = _middle(context, u)
        t = torch.floor(context.uniform(len(u), u.device) * ~middle * TEACHER_STEPS) / TEACHER_STEPS
        x, _ = flow_target(context.noise(r.residual) * ~middle[:, None, None], r.residual, t)
        with torch.no_grad():
            after = one_heun_step(s.teacher, x, t, r.given, dt=1 / TEACHER_STEPS)
            target = target_net.jump(after, t + 1 / TEACHER_STEPS, r.given)
            target = torch.where(middle[:, None, None], s.teacher.jump(x, t, r.given), target)
        return pseudo_huber(s.student.jump(x, t, r.given), target)

    def follow() -> None:
        with torch.no_grad():
            for slow, fast in zip(target_net.parameters(), s.student.parameters(), strict=True):
                slow.lerp_(fast, 1 - EMA)

    def validate() -> dict[str, float]:
        return {"val_loss": distill_scores(context, target_net)["student_to_teacher_mse"]}

    task = Task("consistency_distill", s.student, loss, validate, horizon=2, companion=target_net, after_step=follow)
    best = fit(task, context)
    s.student.load_state_dict(target_net.state_dict())
    scores = {f"consistency_distill/{k}": v for k, v in distill_scores(context, s.student).items()}
    return best | scores | fit_gate(context, "consistency_distill")


def _middle(context: TrainingContext, u: Tensor) -> Tensor:
    """Which samples of a batch train the correction from no noise at all, the one that rollouts use: half of them."""
    return context.uniform(len(u), u.device) < 0.5


@torch.no_grad()
def _pushed(context: TrainingContext, u: Tensor, parameter: Tensor) -> tuple[Tensor, Tensor]:
    """A state and its successor: in half of the batches a true one, in the others one that the operator has reached,
    as it will in rollouts (the push-forward of Brandstetter et al. 2022, arXiv 2202.03376)."""
    if float(torch.rand((), generator=context.generator)) < 0.5:
        return u[:, 0], u[:, 1]
    s: Simulator = context.simulator
    return s.operator_step(u[:, 0], s.conditions(parameter)), u[:, 2]


STAGES: dict[str, Callable[[TrainingContext], dict[str, float]]] = {
    "autoencoder": train_autoencoder,
    "operator": train_operator,
    "diff_residual": train_residual,
    "consistency_distill": train_distill,
}
