"""What the money of a side buys, and what it takes to know."""

from dataclasses import dataclass
from typing import Literal

from runcompare.comparison.model.words import Note
from runcompare.records.figure import Figure

__all__ = ["IsoCost", "PriceOfGain", "PriceOfKnowing"]


@dataclass(frozen=True, slots=True)
class IsoCost:
    """What the candidate's money buys with the baseline: `runs` baseline runs, best of them by validation."""

    runs: float
    basis: Literal["money", "device-hours", "time"]
    expected_best: float | None
    low: float | None
    high: float | None
    method: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceOfGain:
    """What a better and more expensive candidate costs more a run for each `unit` that it gains: "per cent" on the log
    scale, "point" of a share, the metric's unit, or "unit" where it has none."""

    price: Figure
    unit: str


@dataclass(frozen=True, slots=True)
class PriceOfKnowing:
    """What it takes to decide, for one effect: seeds a side and what the runs still missing cost, as ranges."""

    effect: float
    why: Literal["observed effect", "smallest effect of interest"]
    seeds_low: int
    seeds_high: int
    device_hours: Figure
    money: Figure
    other_seeds: tuple[int, int] | None = None  # by the test that does not give the verdict, see `Pairing`
