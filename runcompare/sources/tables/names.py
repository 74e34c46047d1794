"""Which files are tables of runs, by their names and by what stands beside them."""

import os
import re
from pathlib import Path

from runcompare.sources.kit.yaml_file import Settings, settings_beside

__all__ = ["config_of", "is_history_name", "is_table_name", "kind_of", "run_name", "stem_of"]

_TABLE = re.compile(
    r"(?P<stem>.+)\.(?P<kind>csv|tsv|jsonl|ndjson|json|parquet)(\.(gz|zst))?", re.IGNORECASE | re.DOTALL
)
_HISTORY = ("metrics", "history", "log", "logs", "progress", "train_log", "training_log")
_OTHERS = ("hparams.yaml", "record.jsonl", "meta.yaml", "trainer_state.json")  # another source reads that folder
_ENDINGS = ("yaml", "yml", "json")


def stem_of(path: Path) -> str | None:
    """The name without its endings; None if it is no table's."""
    match = _TABLE.fullmatch(path.name)
    return match["stem"] if match and not match["stem"].endswith(".config") else None


def kind_of(path: Path) -> str:
    """What kind of file the name stands for: csv, tsv, json, ...; empty if it is no table's."""
    match = _TABLE.fullmatch(path.name)
    return match["kind"].lower() if match else ""


def is_table_name(path: Path) -> bool:
    """Whether the ending is that of a table: .csv, .jsonl, .parquet, ..., compressed or not."""
    return stem_of(path) is not None


def is_history_name(path: Path) -> bool:
    """Is it called as runs' histories are, or has it a config beside it? Not where another tracker's files lie."""
    stem = stem_of(path)
    if stem is None:
        return False
    if stem.lower() in _HISTORY:
        return not any((path.parent / other).exists() for other in _OTHERS)
    return _config_beside(path, stem) is not None


def run_name(path: Path) -> str:
    """The file's name, or its folder's where the file is called as all histories are."""
    stem = stem_of(path) or path.name
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100  (without the `..`, and links stay as they are)
    while stem.lower() in _HISTORY and folder.name:
        stem, folder = folder.name, folder.parent
    return stem.encode("utf-8", "backslashreplace").decode()


def _config_beside(path: Path, stem: str) -> Path | None:
    names = [f"{stem}.config.{ending}" for ending in _ENDINGS]
    if stem.lower() in _HISTORY:
        names += [f"config.{ending}" for ending in _ENDINGS]
    found = next((name for name in names if os.path.isfile(f"{path.parent}{os.sep}{name}")), None)  # noqa: PTH113
    return None if found is None else path.with_name(found)


def config_of(path: Path) -> Settings:
    """The config beside a table: `NAME.config.yaml` (or .yml, .json); for `metrics.*` and so on also `config.yaml`."""
    return settings_beside(_config_beside(path, stem_of(path) or path.name))
