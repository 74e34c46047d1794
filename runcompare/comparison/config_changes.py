"""What differs between two configurations, without bookkeeping and without secrets."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runcompare.comparison.model import ConfigChange
from runcompare.records.config import essentials, same_setting
from runcompare.records.redact import redact

__all__ = ["config_changes", "shared_config"]


def shared_config(configs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings that all runs of a group agree on, flat, redacted, without bookkeeping."""
    flats = [dict(essentials(c)) for c in configs]
    first = flats[0] if flats else {}
    same = {p: v for p, v in first.items() if all(p in f and same_setting(f[p], v) for f in flats)}
    return {p: redact(v, p) for p, v in same.items()}


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
    try:
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in (new, old))
        ratio = new / old if numbers and old else 0.0
    except OverflowError:  # whole numbers beyond what a float holds
        return None
    return float(ratio) if 0 < ratio < math.inf else None
