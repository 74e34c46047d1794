"""The settings that a training left in files beside its log."""

import re
from pathlib import Path

from runcompare.sources.kit.yaml_file import Settings, settings_beside

__all__ = ["config_beside"]

# in this order; the first that is there counts
_NAMES = (
    *("args.yaml", "args.yml", "args.json", "opt.yaml"),
    *("config.yaml", "config.yml", "config.json"),
    *("hparams.yaml", "hparams.yml", "hparams.json"),
    *("params.yaml", "params.yml", "params.json"),
    ".hydra/config.yaml",
)
# YOLOv5 and RL Zoo keep their hyperparameters apart
_MORE = {"opt.yaml": "hyp.yaml", "args.yml": "config.yml"}
_COUNTED = re.compile(r"(?P<name>.+)_\d+")  # RL Zoo's folder of a run; its settings are in the folder NAME therein
_LOG_FOLDERS = ("log", "logs", "tb", "tensorboard", "tf_logs", "events", "metrics", "csv")


def config_beside(folder: Path) -> Settings:
    """The settings in the first file of a usual name (`args.yaml`, `opt.yaml`, `config.json`, `hparams.yaml`,
    `params.yaml`, `.hydra/config.yaml`, ...) in a log's folder; also above it where the folder is called `logs` and the
    like, and in `NAME` where it is called `NAME_1`, as RL Zoo's are."""
    counted = _COUNTED.fullmatch(folder.name)
    folders = [folder, *([folder.parent] if folder.name.lower() in _LOG_FOLDERS else [])]
    folders += [folder / counted["name"]] if counted else []
    for place in folders:
        name = next((name for name in _NAMES if (place / name).is_file()), None)
        if name is not None:
            return _read(place, name)
    return Settings({})


def _read(folder: Path, name: str) -> Settings:
    found = settings_beside(folder / name)
    more = settings_beside(folder / _MORE[name]) if name in _MORE else Settings({})
    values = {**found.values, **({Path(_MORE[name]).stem: more.values} if more.values else {})}
    return Settings(values, (*found.warnings, *more.warnings))
