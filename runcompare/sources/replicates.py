"""Are runs replicates: the same configuration but for the seed and for bookkeeping?"""

from collections.abc import Sequence
from typing import Any

from runcompare.records.config import essentials, same_setting
from runcompare.records.run import Run

__all__ = ["differences"]


def differences(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    """What keeps runs from being replicates: config key -> each run's value (None where it has none)."""
    flat = [dict(essentials(run.config)) for run in runs]
    keys = sorted({key for config in flat for key in config})
    rows = {key: tuple(config.get(key) for config in flat) for key in keys}
    return {key: values for key, values in rows.items() if any(not same_setting(values[0], v) for v in values[1:])}
