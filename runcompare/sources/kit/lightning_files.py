"""The settings beside a log of Lightning: `hparams.yaml`, by its loggers, and `config.yaml`, by LightningCLI."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runcompare.sources.kit.yaml_file import Settings, settings_beside

__all__ = ["HPARAMS", "lightning_settings"]

HPARAMS, CONFIG = "hparams.yaml", "config.yaml"
# where a run was logged and kept, which differs between the seeds of one experiment
_PLACES = frozenset(("logger", "dirpath", "default_root_dir", "save_dir", "ckpt_path"))
_DEEPEST = 30


def lightning_settings(folder: Path) -> Settings:
    """The hyperparameters, and below them what LightningCLI was told: trainer with its callbacks, model, data.

    A `config.yaml` without a section `trainer` is another program's and isn't read; neither is where a run was logged.
    """
    own, told = settings_beside(folder / HPARAMS), settings_beside(folder / CONFIG)
    if not isinstance(told.values.get("trainer"), Mapping):
        return own
    return Settings(_below(own.values, _without_places(told.values)), (*own.warnings, *told.warnings))


def _below(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both settings, section by section; where they differ the first counts."""
    both = {**other, **first}
    shared = (k for k in first.keys() & other.keys() if isinstance(first[k], Mapping) and isinstance(other[k], Mapping))
    return both | {key: _below(first[key], other[key]) for key in shared}


def _without_places(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:  # a YAML file may hold a list that holds itself
        return None
    if isinstance(value, Mapping):
        return {key: _without_places(inner, depth + 1) for key, inner in value.items() if key not in _PLACES}
    return [_without_places(inner, depth + 1) for inner in value] if isinstance(value, list) else value
