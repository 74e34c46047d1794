"""The words by which pipelines call their stages, their test-time search, their unrolling and their gates.

The analysis treats every pipeline alike: what belongs to one engine, ours included, stands here and nowhere else.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "EVAL",
    "SEARCHES",
    "UNROLLING",
    "SearchKeys",
    "Unrolling",
    "canonical",
    "gate_closed",
    "gate_keys",
    "is_engine_config",
    "is_search_setting",
    "network_evaluations",
]

EVAL = "eval"
_ALIASES = {
    "": "training",
    "train": "training",
    "diffusion_residual": "diff_residual",
    "diffusion": "diff_residual",
    "consistency_distillation": "consistency_distill",
    "consistency": "consistency_distill",
    "evaluation": EVAL,
    "test": EVAL,
    "ae": "autoencoder",
}
_FRONT = ("training", "train", "stages", "pipeline")


def canonical(name: str) -> str:
    """The one name of a stage: the front prefix dropped, aliases folded."""
    parts = name.split("/")
    while len(parts) > 1 and parts[0] in _FRONT:
        parts = parts[1:]
    stem = "/".join(parts)
    return _ALIASES.get(stem, stem)


@dataclass(frozen=True, slots=True)
class SearchKeys:
    """The keys of one convention for test-time search: an error of the model alone, the same error with search, and
    what the search took (network evaluations a test sample, seconds), where it is logged."""

    alone: str
    searched: str
    evaluations: str = "eval/network_evaluations"
    seconds: str = "eval/ttc_time_sec"


# our engine's keys, and those of a hand-written record
SEARCHES = (SearchKeys("eval/baseline_nrmse", "eval/ttc_nrmse"), SearchKeys("nrmse_without_ttc", "nrmse"))
_SEARCH_SECTIONS = {"ttc"}


def is_search_setting(path: str) -> bool:
    """Whether a flat configuration path (`ttc.beam_width`) belongs to the test-time search."""
    return not _SEARCH_SECTIONS.isdisjoint(path.lower().split("."))


_ALONE = 2.0  # network evaluations of a step without search


def network_evaluations(flat: Mapping[str, Any]) -> float:
    """Network evaluations a step and trajectory by a flat config: those of the model alone, and those of the search.

    A beam search expands 1 + (horizon - 1) x min(beam width, candidates) states into `candidates` each, and never
    spends more than `max_evaluations`.
    """
    search = {path.split(".")[-1]: value for path, value in flat.items() if is_search_setting(path)}
    if not search or search.get("enabled") is False:
        return _ALONE
    candidates, beam, horizon = (_above_zero(search.get(k)) or 1.0 for k in ("candidates", "beam_width", "horizon"))
    cost = candidates * (1 + (horizon - 1) * min(beam, candidates))
    return _ALONE + min(cost, _above_zero(search.get("max_evaluations")) or cost)


def _above_zero(value: object) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    return float(value) if good else None  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Unrolling:
    """The names of training on predictions made from predictions: the stage that does it, which is also the one that
    takes most of the time, the setting that says over how many steps, and the weight of its loss, 0 for off."""

    stage: str
    horizon: str
    weight: str
    word: str  # what the names of all its settings hold


UNROLLING = Unrolling("operator", "rollout_horizon", "lambda_rollout", "rollout")


_GATE = "gate"
_CLOSED = 0.01  # of the correction that would be let through


def gate_keys(keys: Iterable[str]) -> list[str]:
    """The keys under which stages log the gate that lets their correction through, sorted; the stage stands before
    the last slash."""
    return sorted({key for key in keys if key.rpartition("/")[2] == _GATE and "/" in key})


def gate_closed(values: Iterable[object]) -> bool:
    """Whether a stage switched itself off in every run: each gate that was logged lets through at most 1 %."""
    gates = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return bool(gates) and all(math.isfinite(g) and g <= _CLOSED for g in gates)


# the sections that every configuration of our engine logs, each with a setting that no other trainer has beside it
_OURS = (("data", "equation"), ("latent", "tokens"), ("operator", "blocks"), ("ttc", "candidates"))


def is_engine_config(config: Mapping[str, Any]) -> bool:
    """Whether a nested config is one that our engine logs, and so one that it can train again."""
    sections = ((config.get(section), key) for section, key in _OURS)
    return all(isinstance(section, Mapping) and key in section for section, key in sections)
