"""What differs between two configurations, without bookkeeping and without secrets."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runcompare.comparison.model import ConfigChange

__all__ = ["config_changes", "flatten", "nest", "redact", "shared_config"]

# Keys that say where, when and by whom a run was made, not what was run. The data's fingerprint is compared as data.
BOOKKEEPING = re.compile(
    r"(^|\.)(seed|random_seed|name|id|run_id|group|tags|notes|project|entity|out|out_dir|output_dir|log_dir|save_dir"
    r"|path|paths|device|hardware|git|git_commit|commit|hostname|host|user|timestamp|started_at|versions?|threads"
    r"|wandb|_wandb|fingerprint|parameters|n_parameters)(\.|$)"
)
SECRET_KEY = re.compile(r"(api[-_]?key|secret|password|passwd|token$|access[-_]?key|private[-_]?key|credential)", re.I)
SECRET_VALUE = re.compile(
    r"\b(sk-[\w-]{16,}|gh[pousr]_\w{20,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,}|[0-9a-f]{40})\b"
)
REDACTED = "(redacted)"


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`a.b.c` paths and leaf values; lists are leaves, empty mappings vanish."""
    for key, value in config.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flatten(value, f"{path}.")
        else:
            yield path, value


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `flatten`."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        node = nested
        *parents, leaf = path.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node[leaf] = value
    return nested


def redact(path: str, value: Any) -> Any:
    """The value, or a mark in place of what looks like a secret by its key or by its form."""
    if SECRET_KEY.search(path) and isinstance(value, str) and value:
        return REDACTED
    if isinstance(value, str):
        return SECRET_VALUE.sub(REDACTED, value)
    if isinstance(value, list | tuple):
        return [redact(path, item) for item in value]
    return value


def shared_config(configs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings that all runs of a group agree on, flat, redacted, without bookkeeping."""
    flats = [dict(flatten(c)) for c in configs]
    first = flats[0] if flats else {}
    same = {p: v for p, v in first.items() if all(p in f and _same(f[p], v) for f in flats)}
    return {p: redact(p, v) for p, v in same.items() if not BOOKKEEPING.search(p)}


def config_changes(candidate: Mapping[str, Any], baseline: Mapping[str, Any]) -> tuple[ConfigChange, ...]:
    """The settings of two flat configs that differ, sorted by path. A missing key and None are the same."""
    changes = []
    for path in sorted({*candidate, *baseline}):
        new, old = candidate.get(path), baseline.get(path)
        if _same(new, old):
            continue
        kind = "only candidate" if old is None else "only baseline" if new is None else "changed"
        changes.append(ConfigChange(path, new, old, kind, _ratio(new, old)))  # type: ignore[arg-type]
    return tuple(changes)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return list(a) == list(b)
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _ratio(new: Any, old: Any) -> float | None:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in (new, old))
    return new / old if numbers and old and new / old > 0 else None
