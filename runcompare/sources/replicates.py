"""Are runs replicates: the same configuration but for the seed and for bookkeeping?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from runcompare.records.run import Run

__all__ = ["differences", "flatten"]

# says where, when, by whom and under what name a run was made, not what was run
_TOP = {
    *("id", "name", "run_id", "run_name", "exp_name", "experiment_name", "group", "project", "entity", "tags", "notes"),
    *("hardware", "git", "git_commit", "commit", "host", "hostname", "user", "username", "versions", "version"),
    *("time", "timestamp", "started_at", "created_at", "date", "wandb", "_wandb", "device", "threads", "argv", "args"),
    *("fingerprint", "parameters", "n_parameters", "resume", "resume_from"),
}
_ANYWHERE = re.compile(
    r"(^|[._/])(random_?)?seeds?$|(^|[._/])(out|output|log|save|run|checkpoint|ckpt|work|cache|tmp)_?-?(dir|path|folder|root)?$",
    re.IGNORECASE,
)


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`a.b.c` and its value for each leaf; lists are leaves, empty mappings vanish."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def differences(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    """What keeps runs from being replicates: config key -> each run's value (None where it has none)."""
    flat = [dict(_essentials(run.config)) for run in runs]
    keys = sorted({key for config in flat for key in config})
    rows = {key: tuple(config.get(key) for config in flat) for key in keys}
    return {key: values for key, values in rows.items() if any(not _same(values[0], v) for v in values[1:])}


def _essentials(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in flatten(config):
        if key.split(".")[0] not in _TOP and not _ANYWHERE.search(key):
            yield key, value


def _same(a: Any, b: Any) -> bool:
    """Equal; two absolute paths are if they end alike, for data lie elsewhere on each machine."""
    if isinstance(a, str) and isinstance(b, str) and a.startswith("/") and b.startswith("/"):
        return PurePath(a).name == PurePath(b).name
    return bool(a == b) or (a != a and b != b)
