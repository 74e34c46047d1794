"""Is a search worth its evaluations? How well the rewards rank candidates, and what else the same evaluations buy.

`reward_rank_correlation` says whether the reward knows a good candidate; `mean_of_n` averages samples instead of
choosing one; `oracle` chooses by the truth: no reward can do better with these candidates, step by step.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.simulator import NOISE_SEED, Simulator
from runcompare.engine.search.beam import Search, SearchRollout, plan_search

__all__ = ["mean_of_n", "oracle", "reward_rank_correlation"]

JUDGED = 16  # trajectories on which the rewards are judged


@torch.inference_mode()
def reward_rank_correlation(simulator: Simulator, split: Split, config: EngineConfig) -> float:
    """Spearman's rank correlation of -reward with the true error among the candidates of one true state, averaged over
    the states of the first `JUDGED` trajectories.

    Returns 1 for a reward that ranks as the truth does, NaN if no state has candidates that differ.
    """
    search = _search(simulator, config)
    if search.config.candidates < 2:
        return float("nan")
    part = split.part(slice(0, JUDGED))
    u, truth = part.u[:, :-1].flatten(0, 1), part.u[:, 1:].flatten(0, 1)
    children, rewards = search.expand(u, part.parameter.repeat_interleave(part.u.shape[1] - 1), 0)
    error = (children - truth[:, None]).square().mean(-1)
    a, b = (_centred_ranks(x) for x in (-rewards, error))
    return float(torch.nanmean((a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1))))


def _centred_ranks(x: Tensor) -> Tensor:
    ranks = x.argsort(-1).argsort(-1).float()
    return ranks - ranks.mean(-1, keepdim=True)


def mean_of_n(simulator: Simulator, split: Split, config: EngineConfig) -> SearchRollout:
    """The rollout that takes the mean of N samples at each step, N as many as the search has evaluations for."""
    budget = plan_search(config.ttc).evaluations
    search = _search(simulator, config, candidates=budget)  # the operator's and budget - 1 of the corrector's

    def mean(children: Tensor, truth: Tensor) -> Tensor:
        return children.mean(1)

    return SearchRollout(_rollout(search, split, mean), budget * (split.u.shape[1] - 1))


def oracle(simulator: Simulator, split: Split, config: EngineConfig) -> Tensor:
    """The rollout that takes the candidate nearest to the truth at each step; shape (n, frames, points)."""

    def nearest(children: Tensor, truth: Tensor) -> Tensor:
        best = (children - truth[:, None]).square().mean(-1).argmin(1)
        return children[torch.arange(len(children), device=best.device), best]

    return _rollout(_search(simulator, config), split, nearest)


def _search(simulator: Simulator, config: EngineConfig, candidates: int | None = None) -> Search:
    plan = plan_search(config.ttc)
    ttc = replace(config.ttc, candidates=candidates or plan.candidates)
    return Search(
        simulator,
        ttc,
        config.data.equation,
        config.data.dt,
        torch.Generator().manual_seed(NOISE_SEED),
        simulator.corrects,
    )


@torch.inference_mode()
def _rollout(search: Search, split: Split, choose: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """States (n, frames, points), where `choose` makes the next ones (n, points) of the candidates (n, k, points) and
    the truth (n, points)."""
    u, states = split.u[:, 0], []
    for i in range(1, split.u.shape[1]):
        children, _ = search.expand(u, split.parameter, 0)
        u = choose(children, split.u[:, i])
        states.append(u)
    return torch.stack(states, 1)
