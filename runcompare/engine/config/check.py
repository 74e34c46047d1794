"""Contradictions and impossible values in a configuration, found before hours are spent."""

import re

from runcompare.engine.config.schema import STAGE_NAMES, EngineConfig
from runcompare.engine.physics.equations import EQUATIONS
from runcompare.errors import ConfigError

__all__ = ["check"]

SEEDS = 2**32
NAME = re.compile(r"[^\W_][\w .+=-]{0,99}")  # becomes part of a folder's name


def check(config: EngineConfig, where: str) -> None:
    """Check a configuration's values and their agreement.

    Args:
        config: What to check.
        where: What the error calls the configuration.

    Raises:
        ConfigError: It names the dotted path of the first setting that is out of range or contradicts another.
    """
    for path, (value, lowest) in _counts(config).items():
        _require(value >= lowest, where, f"'{path}' is {value}", f"It must be at least {lowest}.")
    for path, number in _positive(config).items():
        _require(number > 0, where, f"'{path}' is {number:g}", "It must be above 0.")
    for path, number in _not_negative(config).items():
        _require(number >= 0, where, f"'{path}' is {number:g}", "It must be 0 or more.")
    for path, seed in {"seed": config.seed, "data.seed": config.data.seed}.items():
        _require(0 <= seed < SEEDS, where, f"'{path}' is {seed}", f"It must be from 0 to {SEEDS - 1}.")
    for path, name in {"name": config.name, "group": config.group}.items():
        plain = name is None or NAME.fullmatch(name)
        _require(bool(plain), where, f"'{path}' is {name!r}", "Use letters, digits, spaces and . _ - + = only.")
    _check_data(config, where)
    _check_ttc(config, where)


def _counts(c: EngineConfig) -> dict[str, tuple[int, int]]:
    """Whole numbers and the lowest that makes sense."""
    d, t, ttc = c.data, c.training, c.ttc
    return {
        "data.train": (d.train, 1), "data.val": (d.val, 1), "data.test": (d.test, 1), "data.points": (d.points, 16),
        "data.frames": (d.frames, 2), "latent.dim": (c.latent.dim, 1), "latent.tokens": (c.latent.tokens, 3),
        "operator.width": (c.operator.width, 1), "operator.blocks": (c.operator.blocks, 1),
        "training.batch_size": (t.batch_size, 1), "training.windows": (t.windows, 1),
        "training.rollout_horizon": (t.rollout_horizon, 1), "ttc.candidates": (ttc.candidates, 1),
        "ttc.beam_width": (ttc.beam_width, 1), "ttc.horizon": (ttc.horizon, 1),
        "ttc.max_evaluations": (ttc.max_evaluations, 1),
        **{f"stages.{s}.epochs": (getattr(c.stages, s).epochs, 1) for s in STAGE_NAMES},
    }  # fmt: skip


def _positive(c: EngineConfig) -> dict[str, float]:
    rates = {f"stages.{s}.optimizer.lr": getattr(c.stages, s).optimizer.lr for s in STAGE_NAMES}
    return {
        "data.dt": c.data.dt,
        "training.grad_clip": c.training.grad_clip,
        "training.early": c.training.early,
        **rates,
    }


def _not_negative(c: EngineConfig) -> dict[str, float]:
    decays = {f"stages.{s}.optimizer.weight_decay": getattr(c.stages, s).optimizer.weight_decay for s in STAGE_NAMES}
    noise = {"ttc.noise_std": c.ttc.noise_std, "ttc.noise_schedule": min(c.ttc.noise_schedule, default=0.0)}
    return {
        "training.lambda_rollout": c.training.lambda_rollout,
        "ttc.discount": c.ttc.discount,
        "ttc.spread": c.ttc.spread,
        **noise,
        **decays,
    }


def _check_data(c: EngineConfig, where: str) -> None:
    d, t = c.data, c.training
    low, high = d.parameter
    _require(
        0 < low <= high, where,
        f"'data.parameter' ({EQUATIONS[d.equation].words}) is {[low, high]}", "Give a range [low, high] above 0.",
    )  # fmt: skip
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
        t.batch_size <= d.train * t.windows, where,
        f"'training.batch_size' ({t.batch_size}) is more than an epoch holds ({d.train * t.windows})",
        "Make it smaller.",
    )  # fmt: skip


def _check_ttc(c: EngineConfig, where: str) -> None:
    ttc, (low, high) = c.ttc, c.ttc.tau_range
    _require(
        ttc.beam_width <= ttc.candidates, where,
        f"'ttc.beam_width' ({ttc.beam_width}) is wider than 'ttc.candidates' ({ttc.candidates})",
        "Make the beam narrower.",
    )  # fmt: skip
    _require(
        not ttc.enabled or ttc.max_evaluations >= 2, where,
        f"'ttc.max_evaluations' is {ttc.max_evaluations}",
        "One candidate beside the uncorrected step takes 2 evaluations.",
    )  # fmt: skip
    _require(0 <= low <= high < 1, where, f"'ttc.tau_range' is {[low, high]}", "Noise levels lie in [0, 1).")


def _near_divisors(tokens: int, points: int) -> str:
    divisors = sorted((n for n in range(3, points + 1) if points % n == 0), key=lambda n: abs(n - tokens))[:3]
    return f"Near ones that do: {', '.join(map(str, sorted(divisors)))}."


def _require(holds: bool, where: str, problem: str, hint: str) -> None:
    if not holds:
        raise ConfigError(f"{where}: {problem}.", hint=hint)
