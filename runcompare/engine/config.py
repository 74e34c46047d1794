"""The engine's configuration: YAML in, frozen dataclasses out, every mistake an error that says where and what.

The keys are those of the project's first write-up; whatever a file leaves out has a default.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from runcompare.errors import ConfigError, did_you_mean

__all__ = [
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
    "load_config",
    "parse_config",
    "parse_override",
    "to_dict",
]


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Trajectories: generated, or read from a PDEBench HDF5 file at `path`.

    `points` grid points on [0, 1), `frames` after the first, `dt` apart. The data's own `seed` is apart from the
    run's, so that runs with different seeds are tested on the same trajectories.
    """

    equation: Literal["burgers"] = "burgers"
    path: str | None = None
    train: int = 512
    val: int = 64
    test: int = 128
    points: int = 256
    frames: int = 20
    dt: float = 0.1
    viscosity: tuple[float, float] = (1e-3, 1e-2)
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
    """`windows` starting frames are drawn from each trajectory in an epoch. Without `rollout_horizon` and
    `lambda_rollout` the operator learns single steps; with them, steps 2 to horizon count lambda each."""

    batch_size: int = 12
    windows: int = 6
    rollout_horizon: int = 1
    lambda_rollout: float = 0.0
    grad_clip: float = 1.0


@dataclass(frozen=True, slots=True)
class OptimizerConfig:
    """`lr` is the highest rate of a warm-up and cosine schedule."""

    name: Literal["adamw", "adam"] = "adamw"
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
    diff_residual: StageConfig = field(default_factory=lambda: StageConfig(8))
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


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> EngineConfig:
    """The configuration in a YAML file, with dotted `overrides` on top. Raises ConfigError.

    A file without a name is called after itself.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}.", hint="Give the path of a YAML configuration.") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where} is not YAML: {getattr(error, 'problem', error)}.") from None
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds no configuration: expected keys and values, found {type(raw).__name__}.")
    return parse_config({"name": path.stem, **raw}, overrides, where=str(path))


def parse_override(text: str) -> tuple[str, Any]:
    """`stages.operator.epochs=3` as a path and a YAML value. Raises ConfigError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, equals, value = text.partition("=")
    if not equals or not path:
        raise ConfigError(f"'{text}' sets nothing.", hint="Write KEY=VALUE, such as stages.operator.epochs=3.")
    try:
        return path.strip(), YAML(typ="safe").load(value)
    except YAMLError:
        raise ConfigError(f"The value of '{text}' is not YAML.") from None


def parse_config(
    raw: Mapping[str, Any], overrides: Mapping[str, Any] | None = None, *, where: str = "the configuration"
) -> EngineConfig:
    """A checked configuration from nested mappings. Raises ConfigError for unknown keys, types and contradictions."""
    merged = _deep_copy(raw)
    for path, value in (overrides or {}).items():
        _put(merged, path.split("."), value)
    config: EngineConfig = _build(EngineConfig, merged, EngineConfig(), "", where)
    _check(config, where)
    return config


def to_dict(config: Any) -> dict[str, Any]:
    """Plain nested mappings and lists, as logged."""
    plain: dict[str, Any] = _plain(dataclasses.asdict(config))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _deep_copy(raw: Any) -> Any:
    return {k: _deep_copy(v) for k, v in raw.items()} if isinstance(raw, Mapping) else raw


def _put(tree: dict[str, Any], parts: Sequence[str], value: Any) -> None:
    for part in parts[:-1]:
        child = tree.get(part)
        tree[part] = tree = child if isinstance(child, dict) else {}
    tree[parts[-1]] = value


def _build(kind: Any, raw: Any, default: Any, path: str, where: str) -> Any:
    """An instance of dataclass `kind`: the given keys over those of `default`."""
    if raw is None:
        return default
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where}: '{path}' must hold keys and values, got {raw!r}.")
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in raw.items():
        full = f"{path}.{key}" if path else str(key)
        if key not in hints:
            hint = did_you_mean(str(key), hints) or f"Known here: {', '.join(hints)}."
            raise ConfigError(f"{where}: unknown key '{full}'.", hint=hint)
        old = getattr(default, key)
        nested = dataclasses.is_dataclass(hints[key])
        values[key] = _build(hints[key], value, old, full, where) if nested else _leaf(value, hints[key], full, where)
    return dataclasses.replace(default, **values)


def _leaf(value: Any, hint: Any, path: str, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        return None if value is None else _leaf(value, next(o for o in options if o is not type(None)), path, where)
    if origin is Literal:
        return _one_of(value, typing.get_args(hint), path, where)
    if origin is tuple:
        return _sequence(value, typing.get_args(hint), path, where)
    wrong = ConfigError(f"{where}: '{path}' must be {_WORDS[hint]}, got {value!r}.")
    if isinstance(value, bool) != (hint is bool):
        raise wrong
    if hint is float and isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    if isinstance(value, hint) and hint is not float:
        return value
    raise wrong


_WORDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a word"}


def _one_of(value: Any, options: Sequence[Any], path: str, where: str) -> Any:
    if value not in options:
        known = ", ".join(map(str, options))
        raise ConfigError(
            f"{where}: '{path}' must be one of {known}, got {value!r}.", hint=did_you_mean(str(value), options)
        )
    return value


def _sequence(value: Any, kinds: Sequence[Any], path: str, where: str) -> tuple[Any, ...]:
    length = None if Ellipsis in kinds else len(kinds)
    if not isinstance(value, list | tuple) or (length is not None and len(value) != length):
        many = "numbers" if length is None else f"{length} numbers"
        raise ConfigError(f"{where}: '{path}' must be a list of {many}, got {value!r}.")
    return tuple(_leaf(v, kinds[0], path, where) for v in value)


def _check(c: EngineConfig, where: str) -> None:
    """Contradictions, found before hours are spent."""
    d, t, ttc = c.data, c.training, c.ttc
    least = {
        "data.train": (d.train, 1), "data.val": (d.val, 1), "data.test": (d.test, 1), "data.points": (d.points, 16),
        "data.frames": (d.frames, 2), "latent.dim": (c.latent.dim, 1), "latent.tokens": (c.latent.tokens, 3),
        "operator.width": (c.operator.width, 1), "operator.blocks": (c.operator.blocks, 1),
        "training.batch_size": (t.batch_size, 1), "training.windows": (t.windows, 1),
        "training.rollout_horizon": (t.rollout_horizon, 1), "ttc.candidates": (ttc.candidates, 1),
        "ttc.beam_width": (ttc.beam_width, 1), "ttc.horizon": (ttc.horizon, 1),
        "ttc.max_evaluations": (ttc.max_evaluations, 1),
        **{f"stages.{s}.epochs": (getattr(c.stages, s).epochs, 1) for s in STAGES},
    }  # fmt: skip
    for path, (value, lowest) in least.items():
        _require(value >= lowest, where, f"'{path}' is {value}", f"It must be at least {lowest}.")
    positive = {"data.dt": d.dt, "training.grad_clip": t.grad_clip} | {
        f"stages.{s}.optimizer.lr": getattr(c.stages, s).optimizer.lr for s in STAGES
    }
    for name, number in positive.items():
        _require(number > 0, where, f"'{name}' is {number:g}", "It must be above 0.")
    _require(
        0 < d.viscosity[0] <= d.viscosity[1],
        where,
        f"'data.viscosity' is {list(d.viscosity)}",
        "Give a range [low, high] above 0.",
    )
    _require(d.points % 2 == 0, where, f"'data.points' is {d.points}", "The spectral solver needs an even number.")
    _require(
        d.points % c.latent.tokens == 0, where,
        f"'latent.tokens' ({c.latent.tokens}) does not divide 'data.points' ({d.points})",
        _near_divisors(c.latent.tokens, d.points),
    )  # fmt: skip
    _require(
        t.rollout_horizon <= d.frames, where,
        f"'training.rollout_horizon' ({t.rollout_horizon}) is longer than 'data.frames' ({d.frames})",
        "Shorten the horizon.",
    )  # fmt: skip
    _require(
        t.lambda_rollout >= 0, where, f"'training.lambda_rollout' is {t.lambda_rollout:g}", "It must be 0 or more."
    )
    _require(
        t.batch_size <= d.train * t.windows, where,
        f"'training.batch_size' ({t.batch_size}) is more than an epoch holds ({d.train * t.windows})",
        "Make it smaller.",
    )  # fmt: skip
    _require(
        ttc.beam_width <= ttc.candidates, where,
        f"'ttc.beam_width' ({ttc.beam_width}) is wider than 'ttc.candidates' ({ttc.candidates})",
        "Keep at most what there is.",
    )  # fmt: skip
    _require(
        not ttc.enabled or ttc.max_evaluations >= 2, where,
        f"'ttc.max_evaluations' is {ttc.max_evaluations}",
        "One candidate beside the uncorrected step takes 2 evaluations.",
    )  # fmt: skip
    low, high = ttc.tau_range
    _require(0 <= low <= high < 1, where, f"'ttc.tau_range' is {[low, high]}", "Noise levels lie in [0, 1).")


STAGES = ("autoencoder", "operator", "diff_residual", "consistency_distill")


def _near_divisors(tokens: int, points: int) -> str:
    divisors = sorted((n for n in range(3, points + 1) if points % n == 0), key=lambda n: abs(n - tokens))[:3]
    return f"Near ones that do: {', '.join(map(str, sorted(divisors)))}."


def _require(holds: bool, where: str, problem: str, hint: str) -> None:
    if not holds:
        raise ConfigError(f"{where}: {problem}.", hint=hint)
