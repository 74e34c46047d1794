"""Which files are tables of runs, by their names and by what stands beside them."""

import os
import re
from pathlib import Path

from runcompare.records.column_names import as_text
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.named_files import run_of_history
from runcompare.sources.kit.yaml_file import Settings, settings_beside

__all__ = ["config_of", "is_history_name", "kind_of", "run_name", "stem_of"]

_TABLE = re.compile(
    r"(?P<stem>.+)\.(?P<kind>csv|tsv|jsonl|ndjson|json|parquet)(\.(gz|zst))?", re.IGNORECASE | re.DOTALL
)
_HISTORY = (
    *("metrics", "history", "log", "logs", "progress", "scalars"),
    *("train_log", "training_log", "train_history", "training_history"),
)
_TEXTS = ("training.log", "progress.txt", "log.txt")  # Keras's, Spinning Up's, and lines of JSON
_WANDB_EXPORT = re.compile(r"wandb_export_.+")
_RESULTS, _ARGUMENTS = "results", ("args.yaml", "opt.yaml")  # Ultralytics: results.csv counts beside its arguments
_LINES = ("jsonl", "ndjson")
_OTHERS = ("record.jsonl", "meta.yaml", "trainer_state.json")  # another source reads that folder
# files by which another source reads the one file, but not other tables beside it
_FOREIGN = {
    "metrics.csv": ("hparams.yaml",),
    "metrics.json": ("run.json", "plots/metrics"),
    "progress.csv": ("evaluations.npz", "monitor.csv", "0.monitor.csv"),
}
_ENDINGS = ("yaml", "yml", "json")


def stem_of(path: Path) -> str | None:
    """The name without its endings; None if it is no table's."""
    match = _TABLE.fullmatch(path.name)
    return match["stem"] if match and not match["stem"].endswith(".config") else None


def kind_of(path: Path) -> str:
    """What kind of file the name stands for: csv, tsv, json, ...; empty if it is no table's."""
    match = _TABLE.fullmatch(path.name)
    return match["kind"].lower() if match else ""


def is_history_name(path: Path) -> bool:
    """Is it called as runs' histories are, or has it a config beside it? Not where another tracker's files lie."""
    if _is_usual(path):
        return not any((path.parent / other).exists() for other in _foreign(path))
    stem = stem_of(path)
    return stem is not None and _own_config(path, stem) is not None


def _is_usual(path: Path) -> bool:
    stem = (stem_of(path) or "").lower()
    if _WANDB_EXPORT.fullmatch(stem):
        return True
    if stem == _RESULTS:
        beside = kind_of(path) == "csv" and any((path.parent / name).is_file() for name in _ARGUMENTS)
        return beside or kind_of(path) in _LINES
    return stem in _HISTORY or path.name.lower() in _TEXTS or run_of_history(path.name) is not None


def _foreign(path: Path) -> tuple[str, ...]:
    """The files by which another source would read this one."""
    return (*_OTHERS, *_FOREIGN.get(path.name, ()))


def run_name(path: Path) -> str:
    """The file's name, or its folder's where the file is called as all histories are."""
    stem = path.stem if path.name.lower() in _TEXTS else stem_of(path) or path.name
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100  (without the `..`, and links stay as they are)
    usual = (*_HISTORY, *(Path(name).stem for name in _TEXTS), *((_RESULTS,) if _is_usual(path) else ()), "vis_data")
    while stem.lower() in usual and folder.name:
        stem, folder = folder.name, folder.parent
    if stem == stem_of(path):
        stem = run_of_history(path.name) or stem
    return as_text(stem)


def _own_config(path: Path, stem: str) -> Path | None:
    """`NAME.config.yaml` (or .yml, .json) beside `NAME.csv`."""
    names = [f"{stem}.config.{ending}" for ending in _ENDINGS]
    found = next((name for name in names if os.path.isfile(f"{path.parent}{os.sep}{name}")), None)  # noqa: PTH113
    return None if found is None else path.with_name(found)


def config_of(path: Path) -> Settings:
    """The config beside a table: `NAME.config.yaml`; for a file that is called as histories are, also `args.yaml`,
    `config.json` and the other usual names."""
    own = _own_config(path, stem_of(path) or path.name)
    if own is not None or not _is_usual(path):
        return settings_beside(own)
    return config_beside(path.parent)
