"""The final evaluation on the test split: the model alone, with test-time compute, and persistence."""

import time
from dataclasses import dataclass

from torch import Tensor

from runcompare.engine.data import Split
from runcompare.engine.metrics import nrmse, rollout_metrics, trajectory_nrmse
from runcompare.engine.model import Simulator
from runcompare.engine.rollout import rollout
from runcompare.engine.schema import EngineConfig
from runcompare.engine.ttc import search_rollout

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`summary` under the keys that are logged; `per_trajectory` maps eval/... keys to nRMSEs, shape (n,)."""

    summary: dict[str, float]
    per_trajectory: dict[str, list[float]]


def evaluate(simulator: Simulator, test: Split, config: EngineConfig) -> Evaluation:
    """Full rollouts in physical space. `eval/nrmse` is what the pipeline delivers: with search if that is enabled."""
    truth = test.u[:, 1:]
    started = time.perf_counter()
    alone = rollout(simulator, test)
    summary = {f"eval/baseline_{k}": v for k, v in rollout_metrics(alone, truth).items()}
    summary["eval/baseline_time_sec"] = time.perf_counter() - started
    summary["eval/persistence_nrmse"] = nrmse(test.u[:, :1].expand_as(truth), truth)
    per_trajectory = {"eval/baseline_nrmse": trajectory_nrmse(alone, truth).tolist()}
    spent = truth.shape[1] * (2 if float(simulator.get_buffer("gate")) else 1)
    summary |= {"eval/baseline_network_evaluations": spent, "eval/network_evaluations": spent}
    if config.ttc.enabled:
        found, extra = _searched(simulator, test, config, truth, summary["eval/baseline_nrmse"])
        summary |= found
        per_trajectory["eval/ttc_nrmse"] = extra
    key = "eval/ttc_nrmse" if config.ttc.enabled else "eval/baseline_nrmse"
    per_trajectory["eval/nrmse"] = per_trajectory[key]
    return Evaluation(summary | {"eval/nrmse": summary[key]}, per_trajectory)


def _searched(
    simulator: Simulator, test: Split, config: EngineConfig, truth: Tensor, alone: float
) -> tuple[dict[str, float], list[float]]:
    started = time.perf_counter()
    states, evaluations = search_rollout(simulator, test, config.ttc, config.data.equation, config.data.dt)
    summary = {f"eval/ttc_{k}": v for k, v in rollout_metrics(states, truth).items()}
    summary["eval/ttc_improvement_pct"] = 100 * (1 - summary["eval/ttc_nrmse"] / alone)
    summary["eval/network_evaluations"] = evaluations
    summary["eval/ttc_time_sec"] = time.perf_counter() - started
    return summary, trajectory_nrmse(states, truth).tolist()
