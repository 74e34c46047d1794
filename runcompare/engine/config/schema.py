"""The engine's configuration as frozen dataclasses, with a default for everything.

The keys are those of the project's first write-up. `read` reads them from YAML.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "LOGGED_BESIDE",
    "STAGE_NAMES",
    "DataConfig",
    "EngineConfig",
    "LatentConfig",
    "OperatorConfig",
    "OptimizerConfig",
    "RewardConfig",
    "StageConfig",
    "StagesConfig",
    "TrainingConfig",
    "TtcConfig",
    "to_dict",
]


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Trajectories: generated, or read from the PDEBench HDF5 files at `path`, which may be a pattern with * and ?.

    `points` grid points on the ring, `frames` after the first, `dt` apart. `parameter` is the range of the equation's
    parameter (viscosity, speed or length of the ring), drawn log-uniformly; files name their own. Other equations than
    Burgers' come with another range and `dt` if the configuration has none. The data's own `seed` is apart from the
    run's, so that runs with different seeds are tested on the same trajectories.
    """

    equation: Literal["advection", "burgers", "kuramoto_sivashinsky"] = "burgers"
    path: str | None = None
    train: int = 512
    val: int = 64
    test: int = 128
    points: int = 256
    frames: int = 20
    dt: float = 0.1
    parameter: tuple[float, float] = (1e-3, 1e-2)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LatentConfig:
    """`tokens` patches of the grid, each a vector of `dim` numbers."""

    dim: int = 32
    tokens: int = 16


@dataclass(frozen=True, slots=True)
class OperatorConfig:
    """Size of the operator's network; the corrector has the same."""

    width: int = 64
    blocks: int = 3


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """`windows` starting frames are drawn from each trajectory in an epoch: of n frames the floor of n r^`early`, r
    uniform in [0, 1); 1 draws all alike, 2 prefers the first ones, which are steepest and matter longest.

    Without `rollout_horizon` and `lambda_rollout` the operator learns single steps; with them, steps 2 to horizon count
    lambda each. `augment` moves and mirrors batches as the equation's symmetries allow. `precision` is that of the
    networks (states and losses stay in float32); `compile` compiles them, which pays from thousands of steps on a GPU.
    """

    batch_size: int = 12
    windows: int = 6
    early: float = 2.0
    rollout_horizon: int = 1
    lambda_rollout: float = 0.0
    grad_clip: float = 1.0
    augment: bool = True
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False


@dataclass(frozen=True, slots=True)
class OptimizerConfig:
    """`lr` is the highest rate of a warm-up and cosine schedule.

    `muon` orthogonalises the updates of the networks' inner matrices (Jordan et al. 2024), at twice the rate, and
    leaves the rest to AdamW.
    """

    name: Literal["adamw", "adam", "muon"] = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.01


@dataclass(frozen=True, slots=True)
class StageConfig:
    """One stage's length and optimizer."""

    epochs: int
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


@dataclass(frozen=True, slots=True)
class StagesConfig:
    """The stages, in the order that they run in."""

    autoencoder: StageConfig = field(default_factory=lambda: StageConfig(4, OptimizerConfig(lr=3e-3)))
    operator: StageConfig = field(default_factory=lambda: StageConfig(15))
    diff_residual: StageConfig = field(default_factory=lambda: StageConfig(8, OptimizerConfig("muon", 2e-3)))
    consistency_distill: StageConfig = field(default_factory=lambda: StageConfig(8, OptimizerConfig(lr=5e-4)))


@dataclass(frozen=True, slots=True)
class RewardConfig:
    """Weights of the rewards that rank candidates; 0 leaves one out."""

    pde_residual: float = 1.0
    total_variation: float = 0.5
    max_principle: float = 0.5
    energy: float = 0.15
    mass: float = 0.0


@dataclass(frozen=True, slots=True)
class TtcConfig:
    """Test-time compute: a beam search over stochastic candidates at each step of the rollout.

    `max_evaluations` bounds the network evaluations of one search (one step of one trajectory); a search that would
    need more is cut to fewer candidates, then to a shorter horizon. Candidates start from noise levels drawn from
    `tau_range`, plus a jitter of `noise_schedule` (by depth; `noise_std` beyond it) in units of the residual's scale.
    Where the corrector is on, they are drawn towards the correction that the model alone takes: `spread` of the way is
    left, 1 leaves samples as they are.
    """

    enabled: bool = True
    candidates: int = 8
    beam_width: int = 3
    horizon: int = 2
    max_evaluations: int = 150
    tau_range: tuple[float, float] = (0.15, 0.85)
    noise_std: float = 0.015
    noise_schedule: tuple[float, ...] = (0.03, 0.015, 0.005)
    discount: float = 0.9
    spread: float = 0.25
    reward: RewardConfig = field(default_factory=RewardConfig)


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """A whole pipeline. `name` becomes the group of runs that differ by seed."""

    name: str = "pipeline"
    group: str | None = None
    seed: int = 0
    data: DataConfig = field(default_factory=DataConfig)
    latent: LatentConfig = field(default_factory=LatentConfig)
    operator: OperatorConfig = field(default_factory=OperatorConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    stages: StagesConfig = field(default_factory=StagesConfig)
    ttc: TtcConfig = field(default_factory=TtcConfig)


STAGE_NAMES = tuple(f.name for f in dataclasses.fields(StagesConfig))


# keys that a run logs in its configuration but that are no settings
LOGGED_BESIDE = ("parameters", "hardware", "git")


def to_dict(config: Any) -> dict[str, Any]:
    """A configuration dataclass as plain nested mappings and lists, as logged."""
    plain: dict[str, Any] = _plain(dataclasses.asdict(config))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else value
