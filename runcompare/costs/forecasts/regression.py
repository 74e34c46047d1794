"""Predict a time from those of runs with other settings: linear in the logarithms, with priors on the slopes.

The model is log t = a + sum_k b_k log x_k + noise with b_k ~ N(elasticity, spread^2) and a flat prior on a: Bayesian
linear regression, also known as kriging with a linear kernel (Rasmussen and Williams 2006, section 2.7). One config
is scaled by the priors alone; with more of them the data take over. The further the target from the runs, the wider
the interval.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runcompare.costs.forecasts.workload import FEATURES

__all__ = ["Prediction", "predict"]

# relative noise between runs of one config, before any was seen: of 8 %, worth 3 runs
NOISE, NOISE_DF = 0.08, 3.0
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Prediction:
    """`value` with its 95 % interval."""

    value: float
    low: float
    high: float


def predict(target: Mapping[str, float], settings: Sequence[Mapping[str, float]], times: Sequence[float]) -> Prediction:
    """The time at `target` from positive `times` at `settings`; settings that one side lacks are taken as equal."""
    z = np.array([[_log_ratio(x, target, name) for name in target] for x in settings]).reshape(len(times), -1)
    priors = [FEATURES[name] for name in target]
    expected = np.array([f.elasticity for f in priors])
    spread = np.array([f.spread for f in priors])
    residual = np.log(np.asarray(times, dtype=float)) - z @ expected
    noise = _noise(z, residual)
    covariance = (z * spread**2) @ z.T + noise * np.eye(len(times))
    weights = np.linalg.solve(covariance, np.ones(len(times)))
    center = float(weights @ residual / weights.sum())
    width = Z95 * math.sqrt(1 / float(weights.sum()) + noise)
    return Prediction(math.exp(center), math.exp(center - width), math.exp(center + width))


def _log_ratio(x: Mapping[str, float], target: Mapping[str, float], name: str) -> float:
    return math.log(x[name] / target[name]) if name in x else 0.0


def _noise(z: np.ndarray, residual: np.ndarray) -> float:
    """Variance between runs of the same settings, shrunk towards what is usual."""
    groups: dict[bytes, list[float]] = {}
    for row, value in zip(np.round(z, 9), residual, strict=True):
        groups.setdefault(row.tobytes(), []).append(float(value))
    squares = sum(float(np.var(g)) * len(g) for g in groups.values())
    df = sum(len(g) - 1 for g in groups.values())
    return (NOISE_DF * NOISE**2 + squares) / (NOISE_DF + df)
