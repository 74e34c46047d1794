"""What a user says of a metric. Imports nothing heavy: the settings hold it."""

from dataclasses import dataclass

from runcompare.metrics.patterns import Direction, Scale

__all__ = ["Override"]


@dataclass(frozen=True, slots=True)
class Override:
    """What the user says of a metric, on the command line or in `[tool.runcompare.metrics."KEY"]`; None is silent."""

    direction: Direction | None = None
    scale: Scale | None = None
    unit: str | None = None
    min_effect: str | None = None
    guardrail_margin: str | None = None
    source: str = "the settings"
