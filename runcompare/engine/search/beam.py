"""Test-time compute: at each step of a rollout, a beam search over stochastic candidates, all in one batch.

A search expands the state into `candidates` next states (the uncorrected step always among them), keeps the
`beam_width` with the highest reward, expands each of those again, and so on for `horizon` steps; the first step of the
best path is taken. Cost is counted in network evaluations per trajectory: one of the operator for each state expanded,
one of the corrector for each candidate but the uncorrected one. Sources: Muennighoff-style search as in arXiv
2509.02846; candidates by re-noising the uncorrected step, Meng et al. 2022 (arXiv 2108.01073).
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from runcompare.engine.config.schema import TtcConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.simulator import NOISE_SEED, Simulator, latent_noise
from runcompare.engine.search.rewards import total_reward

__all__ = ["Search", "SearchPlan", "plan_search", "search_cost", "search_rollout"]

BATCH = 256  # candidate states at once: they fit the cache; does not change results


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """The search that `max_evaluations` allows, and what one search costs."""

    candidates: int
    beam_width: int
    horizon: int
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
    simulator: Simulator, split: Split, config: TtcConfig, equation: str, dt: float, frames: int | None = None
) -> tuple[Tensor, int]:
    """The rollout with search, (n, frames, points), and the network evaluations spent per trajectory."""
    plan = plan_search(config)
    config = replace(config, candidates=plan.candidates, beam_width=plan.beam_width, horizon=plan.horizon)
    frames = split.u.shape[1] - 1 if frames is None else frames
    search = Search(simulator, config, equation, dt, torch.Generator().manual_seed(NOISE_SEED), simulator.corrects)
    u, states = split.u[:, 0], []
    for _ in range(frames):
        u = search.step(u, split.nu)
        states.append(u)
    return torch.stack(states, 1), plan.evaluations * frames


@dataclass(frozen=True, slots=True)
class Search:
    """One search's parts; `generator` draws the candidates' noise."""

    simulator: Simulator
    config: TtcConfig
    equation: str
    dt: float
    generator: torch.Generator
    corrects: bool

    def step(self, u: Tensor, nu: Tensor) -> Tensor:
        """The first step of the best path from each state, (n, points)."""
        n, points = u.shape
        beam, score, first = u[:, None], torch.zeros(n, 1, device=u.device), None
        for depth in range(self.config.horizon):
            width = beam.shape[1]
            parents = beam.flatten(0, 1)
            viscosity = nu.repeat_interleave(width)
            children, rewards = self.expand(parents, viscosity, depth)
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

    def expand(self, u: Tensor, nu: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Candidates (m, k, points) and their rewards (m, k)."""
        s, k = self.simulator, self.config.candidates
        c = s.conditions(nu)
        v = s.operator_step(u, c)
        states = [v[:, None]]
        if k > 1:
            states.append(self._candidates(u, v, c, k - 1, depth))
        children = torch.cat(states, 1)
        again, viscosity = u.repeat_interleave(k, 0), nu.repeat_interleave(k)
        flat = children.flatten(0, 1)
        rewards = total_reward(self.config.reward, self.equation, again, flat, viscosity, self.dt)
        return children, rewards.view(len(u), k)

    def _candidates(self, u: Tensor, v: Tensor, c: Tensor, k: int, depth: int) -> Tensor:
        """The uncorrected step re-noised to a random level, one student step from there, gated, with jitter; where the
        gate is open, the first one is the correction from no noise, the model alone's, and the others are drawn
        towards it."""
        s = self.simulator
        z0, z1_hat = s.autoencoder.encode(u), s.autoencoder.encode(v)
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
            t, z0_, z1_, c_ = tau[part], z0[parent], z1_hat[parent], c[parent]
            residual = s.student.jump((1 - t)[:, None, None] * noise[part], t, z0_, z1_, c_)
            gate, scale = s.gate, s.get_buffer("residual_scale")
            moved = s.autoencoder.decode(z1_ + scale * (gate * residual + jitter[part]))
            change = moved - s.autoencoder.decode(z1_)
            out.append(v[parent] + change - change.mean(-1, keepdim=True))
        found = torch.cat(out).view(len(u), k, -1)
        return found[:, :1] + self.config.spread * (found - found[:, :1]) if self.corrects else found

    def _jitter(self, depth: int) -> float:
        schedule = self.config.noise_schedule
        return schedule[depth] if depth < len(schedule) else self.config.noise_std
