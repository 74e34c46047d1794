"""The final evaluation on the test split: the model alone, with test-time compute, and persistence."""

import time
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.metrics import frame_nrmse, nrmse, rollout_metrics, trajectory_nrmse
from runcompare.engine.network.simulator import Simulator, rollout
from runcompare.engine.search.beam import search_rollout
from runcompare.engine.search.study import reward_rank_correlation

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`summary` under the keys that are logged; `per_trajectory` and `per_frame` map eval/... keys to nRMSEs, one for
    each test trajectory and for each frame after the first."""

    summary: dict[str, float]
    per_trajectory: dict[str, list[float]]
    per_frame: dict[str, list[float]]


class _Searched(NamedTuple):
    """The searched rollout (n, frames, points) and what is logged of it."""

    states: Tensor
    summary: dict[str, float]


def evaluate(simulator: Simulator, test: Split, config: EngineConfig) -> Evaluation:
    """Errors of full rollouts in physical space.

    `eval/nrmse` is what the pipeline delivers: with search if `config.ttc` enables it, else the model alone. Times are
    in seconds.
    """
    truth = test.u[:, 1:]
    started = time.perf_counter()
    alone = rollout(simulator, test)
    summary = {f"eval/baseline_{k}": v for k, v in rollout_metrics(alone, truth).items()}
    summary["eval/baseline_time_sec"] = time.perf_counter() - started
    summary["eval/operator_nrmse"] = nrmse(rollout(simulator, test, corrected=False), truth)
    summary["eval/persistence_nrmse"] = nrmse(test.u[:, :1].expand_as(truth), truth)
    spent = truth.shape[1] * (2 if simulator.corrects else 1)
    summary |= {"eval/baseline_network_evaluations": spent, "eval/network_evaluations": spent}
    delivered, per_trajectory = alone, {"eval/baseline_nrmse": trajectory_nrmse(alone, truth).tolist()}
    per_frame = {"eval/baseline_nrmse_at_frame": frame_nrmse(alone, truth).tolist()}
    if config.ttc.enabled:
        searched = _searched(simulator, test, config, summary["eval/baseline_nrmse"])
        delivered = searched.states
        summary |= searched.summary
        per_trajectory["eval/ttc_nrmse"] = trajectory_nrmse(delivered, truth).tolist()
        per_frame["eval/ttc_nrmse_at_frame"] = frame_nrmse(delivered, truth).tolist()
    summary["eval/nrmse"] = summary["eval/ttc_nrmse" if config.ttc.enabled else "eval/baseline_nrmse"]
    per_trajectory["eval/nrmse"] = trajectory_nrmse(delivered, truth).tolist()
    return Evaluation(summary, per_trajectory, per_frame)


def _searched(simulator: Simulator, test: Split, config: EngineConfig, alone: float) -> _Searched:
    """`alone` is the nRMSE without search."""
    started = time.perf_counter()
    data = config.data
    states, evaluations = search_rollout(simulator, test, config.ttc, equation=data.equation, dt=data.dt)
    summary = {f"eval/ttc_{k}": v for k, v in rollout_metrics(states, test.u[:, 1:]).items()}
    summary["eval/ttc_improvement_pct"] = 100 * (1 - summary["eval/ttc_nrmse"] / alone)
    summary["eval/network_evaluations"] = evaluations
    summary["eval/ttc_time_sec"] = time.perf_counter() - started
    summary["eval/ttc_reward_rank_correlation"] = reward_rank_correlation(simulator, test, config)
    return _Searched(states, summary)
