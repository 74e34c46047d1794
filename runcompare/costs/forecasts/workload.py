"""How much work a configuration asks for: the settings that decide how long a stage takes.

A configuration comes flat, its paths dotted. Settings are found by the end of their path, so `training.batch_size` and
`stages.NAME.batch_size` both are a batch size, the stage's own first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from runcompare.records.conventions import UNROLLING, is_search_setting, network_evaluations

__all__ = ["EVALUATIONS", "FEATURES", "Feature", "configured_stages", "match_stage", "shared_work", "work"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A setting that decides time, and what to expect before any run has shown it.

    `elasticity` e: twice the setting takes 2^e times as long, give or take `spread` (one standard deviation).
    `paths` are the ends of config paths that mean it.
    """

    name: str
    paths: tuple[str, ...]
    elasticity: float
    spread: float


# Small networks are bound by the overhead of each call, large ones by arithmetic: hence the wide spreads.
TRAINING = (
    Feature("batch size", ("batch_size", "per_device_train_batch_size"), -0.5, 0.3),
    Feature("training trajectories", ("data.train", "n_train", "train_size"), 1.0, 0.1),
    Feature("windows", ("windows", "windows_per_trajectory"), 1.0, 0.1),
)
SIZE = (
    Feature("tokens", ("tokens", "n_tokens", "num_tokens"), 0.7, 0.3),
    Feature("width", ("width", "hidden_dim", "hidden_size", "d_model"), 0.9, 0.4),
    Feature("blocks", ("blocks", "layers", "n_layers", "num_layers", "depth"), 0.9, 0.2),
    Feature("latent dimension", ("latent.dim", "latent_dim"), 0.1, 0.2),
    Feature("grid points", ("points", "resolution"), 0.2, 0.3),
)
STEPS = Feature("steps unrolled", (UNROLLING.horizon,), 0.85, 0.15)
# an evaluation runs large batches: arithmetic decides
EVALUATIONS = Feature("network evaluations", (), 1.0, 0.1)
EVALUATION = (
    Feature("test trajectories", ("data.test", "n_test", "test_size"), 1.0, 0.1),
    Feature("frames", ("frames", "n_frames"), 1.0, 0.1),
    *(
        replace(f, name=f"{f.name} in evaluation", elasticity=e)
        for f, e in zip(SIZE, (1.0, 1.4, 1.0, 0.1, 0.2), strict=True)
    ),
)
FEATURES = {f.name: f for f in (*TRAINING, *SIZE, STEPS, EVALUATIONS, *EVALUATION)}


def configured_stages(flat: Mapping[str, Any]) -> dict[str, float]:
    """Epochs by stage: `stages.NAME.epochs`, `NAME.epochs` or `NAME_epochs`, in the order of the config."""
    found: dict[str, float] = {}
    for path, value in flat.items():
        parts = path.split(".")
        name = parts[-2] if parts[-1] == "epochs" and len(parts) > 1 else parts[-1].removesuffix("_epochs")
        is_epochs = parts[-1] == "epochs" or (parts[-1].endswith("_epochs") and name not in _NOT_STAGES)
        if is_epochs and (number := 0.0 if value == 0 else _number(value)) is not None:
            found["training" if name in _WHOLE else name] = number
    return found


_WHOLE = ("epochs", "training", "train", "trainer", "max", "num", "num_train")
_NOT_STAGES = ("warmup", "warm_up", "patience", "log", "save", "eval_every")


def match_stage(logged: str, configured: Mapping[str, Any]) -> str | None:
    """The configured stage that a log calls `logged`: the same last word, else the nearest spelling.

    A log may say `training/second_residual` where the config says `sec_residual`.
    """
    name = logged.split("/")[-1].lower()
    folded = {stage.lower(): stage for stage in configured}
    near = [name] if name in folded else get_close_matches(name, folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def work(flat: Mapping[str, Any], stage: str, *, evaluation: bool = False) -> dict[str, float]:
    """The settings that decide how long an epoch of a stage takes, or an evaluation, by feature name."""
    wanted = EVALUATION if evaluation else (*TRAINING, *SIZE)
    found = {f.name: v for f in wanted if (v := _find(flat, f, stage)) is not None}
    if evaluation:
        found[EVALUATIONS.name] = network_evaluations(flat)
    elif _unrolls(flat, stage):
        found[STEPS.name] = _steps(flat, stage)
    return found


def shared_work(flat: Mapping[str, Any]) -> dict[str, float]:
    """The settings to go by where stages are not known one by one: those of the stage that usually takes most time."""
    return work(flat, UNROLLING.stage)


def _unrolls(flat: Mapping[str, Any], stage: str) -> bool:
    """Whether a stage trains on its own predictions: it has the setting, or the usual name, or no stage has that."""
    own = any(path.endswith(f"{stage}.{UNROLLING.horizon}") for path in flat)
    return own or UNROLLING.stage in stage or not any(UNROLLING.stage in s for s in configured_stages(flat))


def _steps(flat: Mapping[str, Any], stage: str) -> float:
    weight = next((v for path, v in flat.items() if path.endswith(UNROLLING.weight)), None)
    horizon = _find(flat, STEPS, stage)
    return horizon if horizon is not None and weight != 0 else 1.0


def _find(flat: Mapping[str, Any], feature: Feature, stage: str) -> float | None:
    """The stage's own setting, else the one that no other stage claims, shortest path first."""
    inside = tuple(f".{end}" for end in feature.paths)
    fits = [p for p in flat if p in feature.paths or p.endswith(inside)]
    own = [p for p in fits if stage in p.split(".")]
    shared = [p for p in fits if "stages" not in p.split(".") and not is_search_setting(p)]
    numbers = (_number(flat[p]) for p in sorted(own or shared, key=len))
    return next((n for n in numbers if n is not None), None)


def _number(value: object) -> float | None:
    """A number above 0, else None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return float(value) if good else None  # type: ignore[arg-type]
