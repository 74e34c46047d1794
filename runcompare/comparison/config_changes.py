"""What differs between two configurations, without bookkeeping and without secrets."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from runcompare.comparison.model import ConfigChange
from runcompare.records.config import essentials, same_setting

__all__ = ["config_changes", "redact", "shared_config"]

SECRET_KEY = re.compile(r"(api[-_]?key|secret|password|passwd|token$|access[-_]?key|private[-_]?key|credential)", re.I)
SECRET_VALUE = re.compile(
    r"\b(sk-[\w-]{16,}|gh[pousr]_\w{20,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,}|[0-9a-f]{40})\b"
)
REDACTED = "(redacted)"


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
    flats = [dict(essentials(c)) for c in configs]
    first = flats[0] if flats else {}
    same = {p: v for p, v in first.items() if all(p in f and same_setting(f[p], v) for f in flats)}
    return {p: redact(p, v) for p, v in same.items()}


def config_changes(candidate: Mapping[str, Any], baseline: Mapping[str, Any]) -> tuple[ConfigChange, ...]:
    """The settings of two flat configs that differ, sorted by path. A missing key and None are the same."""
    changes = []
    for path in sorted({*candidate, *baseline}):
        new, old = candidate.get(path), baseline.get(path)
        if same_setting(new, old):
            continue
        kind = "only candidate" if old is None else "only baseline" if new is None else "changed"
        changes.append(ConfigChange(path, new, old, kind, _ratio(new, old)))  # type: ignore[arg-type]
    return tuple(changes)


def _ratio(new: Any, old: Any) -> float | None:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in (new, old))
    return new / old if numbers and old and new / old > 0 else None
