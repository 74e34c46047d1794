"""Which metric a Trainer's checkpoints were judged by, and which way: from its arguments, else from its state."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runcompare.records.run import DeclaredMetric

__all__ = ["declared_metrics"]


def declared_metrics(
    state: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], arguments: Mapping[str, Any]
) -> tuple[DeclaredMetric, ...]:
    """The metric that the best checkpoint was chosen by.

    Args:
        state: `trainer_state.json`, whose `best_metric` is the best value, without its name.
        rows: its `log_history`.
        arguments: the TrainingArguments as far as known.

    Returns:
        One metric: the one that the arguments name, else the only one that had the best value when it was logged.
        Nothing where neither tells.
    """
    named, best = arguments.get("metric_for_best_model"), state.get("best_metric")
    if isinstance(named, str) and named:
        key = named if named.startswith("eval_") else f"eval_{named}"
        greater = arguments.get("greater_is_better")
        stated = {True: "max", False: "min"}.get(greater) if isinstance(greater, bool) else _way(rows, key, best)
        return (DeclaredMetric(key, stated, selects=True, source="the Trainer's metric_for_best_model"),)
    if not _is_number(best):
        return ()
    at = state.get("best_global_step")
    there = [row for row in rows if at is None or row.get("step") == at]
    keys = {key for row in there for key, value in row.items() if key.startswith("eval_") and value == best}
    if len(keys) != 1:
        return ()
    (key,) = keys
    return (DeclaredMetric(key, _way(rows, key, best), selects=True, source="the Trainer's best_metric"),)


def _way(rows: Sequence[Mapping[str, Any]], key: str, best: Any) -> str | None:
    """Whether the best value is the highest or the lowest that was logged; None where it is both or neither."""
    logged = [row.get(key) for row in rows]
    values = [v for v in logged if isinstance(v, int | float) and math.isfinite(v)]
    extremes = {word: pick(values) for word, pick in (("max", max), ("min", min))} if values else {}
    ways = [word for word, extreme in extremes.items() if extreme == best]
    return ways[0] if len(ways) == 1 else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
