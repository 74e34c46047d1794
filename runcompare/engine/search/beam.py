"""Test-time compute: at each step of a rollout, a beam search over stochastic candidates, all in one batch.

A search expands the state into `candidates` next states (the uncorrected step always among them), keeps the
`beam_width` with the highest reward, expands each of those again, and so on for `horizon` steps; the first step of the
best path is taken. Cost is counted in network evaluations per trajectory: one of the operator for each state expanded,
one of the corrector for each candidate but the uncorrected one. Sources: the search of arXiv 2509.02846; candidates by
re-noising the uncorrected step, Meng et al. 2022 (arXiv 2108.01073).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from runcompare.engine.config.schema import TtcConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.simulator import NOISE_SEED, Simulator, StepInputs, latent_noise
from runcompare.engine.search.rewards import total_reward

__all__ = ["Search", "SearchPlan", "SearchRollout", "plan_search", "search_cost", "search_rollout"]

BATCH = 256  # candidate states at once: they fit the cache; does not change results


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """The search that `max_evaluations` allows, and the network evaluations that one search of one trajectory takes."""

    candidates: int
    beam_width: int
    horizon: int
    evaluations: int


class SearchRollout(NamedTuple):
    """Predicted states (n, frames, points), and the network evaluations spent on each trajectory."""

    states: Tensor
    evaluations: int


def search_cost(candidates: int, beam_width: int, horizon: int) -> int:
    """Network evaluations of one search: each expanded state takes one operator and candidates - 1 corrector steps."""
    expanded = 1 + (horizon - 1) * min(beam_width, candidates)
    return expanded * candidates


def plan_search(config: TtcConfig) -> SearchPlan:
    """The configured search, cut to fit `max_evaluations`: fewer candidates first, then a shorter horizon."""
    for horizon in range(config.horizon, 0, -1):
        for candidates in range(config.candidates, 1, -1):
            width = min(config.beam_width, candidates)
            cost = search_cost(candidates, width, horizon)
            if cost <= config.max_evaluations:
                return SearchPlan(candidates, width, horizon, cost)
    return SearchPlan(1, 1, 1, 1)


@torch.inference_mode()
def search_rollout(
    simulator: Simulator, split: Split, config: TtcConfig, *, equation: str, dt: float, frames: int | None = None
) -> SearchRollout:
    """The rollout that searches at each step.

    Args:
        simulator: The trained model.
        split: Trajectories, of which the first frame is used.
        config: The search; what does not fit its `max_evaluations` is cut.
        equation: The equation's name, which says what the rewards are.
        dt: Time between frames.
        frames: How many steps to take; None takes as many as `split` has.
    """
    plan = plan_search(config)
    config = replace(config, candidates=plan.candidates, beam_width=plan.beam_width, horizon=plan.horizon)
    frames = split.u.shape[1] - 1 if frames is None else frames
    search = Search(simulator, config, equation, dt, torch.Generator().manual_seed(NOISE_SEED), simulator.corrects)
    u, states = split.u[:, 0], []
    for _ in range(frames):
        u = search.step(u, split.parameter)
        states.append(u)
    return SearchRollout(torch.stack(states, 1), plan.evaluations * frames)


@dataclass(frozen=True, slots=True)
class Search:
    """A configured search.

    Attributes:
        simulator: The trained model.
        config: The search, already cut to what its `max_evaluations` allows.
        equation: The equation's name.
        dt: Time between frames.
        generator: Draws the candidates' noise.
        corrects: Whether the simulator's gate is open.
    """

    simulator: Simulator
    config: TtcConfig
    equation: str
    dt: float
    generator: torch.Generator
    corrects: bool

    def step(self, u: Tensor, parameter: Tensor) -> Tensor:
        """The first step of the best path from each state u (n, points) with parameter (n,); shape of u."""
        n, points = u.shape
        beam, score, first = u[:, None], torch.zeros(n, 1, device=u.device), None
        for depth in range(self.config.horizon):
            width = beam.shape[1]
            parents = beam.flatten(0, 1)
            children, rewards = self.expand(parents, parameter.repeat_interleave(width), depth)
            k = children.shape[1]
            total = (score[:, :, None] + self.config.discount**depth * rewards.view(n, width, k)).flatten(1)
            # a candidate that blew up must never win
            total = torch.where(torch.isfinite(total), total, torch.full_like(total, -torch.inf))
            last = depth == self.config.horizon - 1
            score, chosen = total.topk(1 if last else min(self.config.beam_width, width * k), dim=1)
            paths = children.view(n, width * k, points)
            beam = paths.gather(1, chosen[..., None].expand(-1, -1, points))
            origin = chosen // k
            first = beam if first is None else first.gather(1, origin[..., None].expand(-1, -1, points))
        assert first is not None
        return first[:, 0]

    def expand(self, u: Tensor, parameter: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Candidates for the next states.

        Args:
            u: States, (m, points).
            parameter: The equation's parameter, (m,).
            depth: Steps of the search already taken, which chooses the jitter's size.

        Returns:
            k candidates a state, (m, k, points), the uncorrected step first; and their rewards, (m, k).
        """
        s, k = self.simulator, self.config.candidates
        c = s.conditions(parameter)
        v = s.operator_step(u, c)
        states = [v[:, None]]
        if k > 1:
            states.append(self._candidates(u, v, c, k=k - 1, depth=depth))
        children = torch.cat(states, 1)
        rewards = total_reward(
            self.config.reward,
            self.equation,
            u.repeat_interleave(k, 0),
            children.flatten(0, 1),
            parameter=parameter.repeat_interleave(k),
            dt=self.dt,
        )
        return children, rewards.view(len(u), k)

    def _candidates(self, u: Tensor, v: Tensor, c: Tensor, *, k: int, depth: int) -> Tensor:
        """The uncorrected steps v of u re-noised to a random level, one student step from there, gated, with jitter:
        (m, k, points).

        Where the gate is open, the first one is the correction from no noise, which the model alone takes, and the
        others are drawn towards it.
        """
        s = self.simulator
        z0, z1_hat = s.autoencoder.encode(u), s.autoencoder.encode(v)
        given = StepInputs(z0, z1_hat, c)
        m = len(u) * k
        noise = latent_noise(z0.repeat_interleave(k, 0), self.generator)
        jitter = latent_noise(noise, self.generator) * self._jitter(depth)
        low, high = self.config.tau_range
        tau = (low + (high - low) * torch.rand(m, generator=self.generator)).to(u.device)
        if self.corrects:
            for drawn in (noise, jitter, tau):
                drawn[::k] = 0.0
        out = []
        for i in range(0, m, BATCH):
            part = slice(i, min(i + BATCH, m))
            parent = torch.arange(part.start, part.stop, device=u.device) // k
            t, own = tau[part], StepInputs(*(x[parent] for x in given))
            residual = s.student.jump((1 - t)[:, None, None] * noise[part], t, own)
            gate, scale = s.gate, s.get_buffer("residual_scale")
            moved = s.autoencoder.decode(own.z1_hat + scale * (gate * residual + jitter[part]))
            change = moved - s.autoencoder.decode(own.z1_hat)
            out.append(v[parent] + change - change.mean(-1, keepdim=True))
        found = torch.cat(out).view(len(u), k, -1)
        return found[:, :1] + self.config.spread * (found - found[:, :1]) if self.corrects else found

    def _jitter(self, depth: int) -> float:
        schedule = self.config.noise_schedule
        return schedule[depth] if depth < len(schedule) else self.config.noise_std
