"""The record of an ablation: which changes were switched in which arms, and what each run of them gave.

It is what `runcompare ablate` writes and what a comparison of the same two sides reads; `experiment.py` makes
effects of it. Secrets have been taken out of it, and nothing in it names a machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from runcompare.comparison.causes.model import Category, Design
from runcompare.comparison.model import ConfigChange
from runcompare.errors import UnreadableRun
from runcompare.records.config import same_setting

__all__ = ["RECORD_NAME", "Ablation", "ArmRecord", "ArmRun", "Factor", "ablation_of", "is_of"]

RECORD_NAME = "ablation.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Factor:
    """Settings that are switched together, with both sides' values."""

    name: str
    category: Category
    changes: tuple[ConfigChange, ...]


@dataclass(frozen=True, slots=True)
class ArmRun:
    """One run of an arm: the metric's final value, what it cost where that is known (s, h, USD), and on which kind of
    machine. `reused` is a run that was there before the ablation, with the arm's settings."""

    seed: int | None
    run_id: str
    value: float | None
    seconds: float | None = None
    device_hours: float | None = None
    money: float | None = None
    machine: str = ""
    reused: bool = False


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """One combination: the factors that are on, by name, and its runs; `failed` are seeds without a result."""

    name: str
    on: tuple[str, ...]
    runs: tuple[ArmRun, ...] = ()
    failed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ablation:
    """An ablation as it stands. `left_alone` are settings that differ and were not switched: bookkeeping and secrets;
    all arms have the baseline's."""

    candidate: str
    baseline: str
    metric: str
    design: Design
    seeds: int
    factors: tuple[Factor, ...]
    arms: tuple[ArmRecord, ...]
    left_alone: tuple[str, ...] = ()
    version: str = ""
    format: int = FORMAT


def ablation_of(document: Mapping[str, Any], where: str) -> Ablation:
    """The ablation in a document as `runcompare ablate` writes it. Raises UnreadableRun for another one."""
    try:
        found = msgspec.convert(document, Ablation)
    except msgspec.ValidationError as error:
        raise UnreadableRun(f"{where} is no record of an ablation: {error}.") from None
    if found.format != FORMAT:
        raise UnreadableRun(f"{where} is of format {found.format}, which this version can't read.")
    return found


def is_of(ablation: Ablation, changes: Sequence[ConfigChange], ignored: Iterable[str]) -> bool:
    """Whether an ablation is of two sides that differ in just these settings, with these values."""
    switched = {change.path: change for factor in ablation.factors for change in factor.changes}
    out = {*ignored, *ablation.left_alone}
    wanted = {change.path: change for change in changes if change.path not in out}
    return {*switched} == {*wanted} and all(
        _alike(change.candidate, wanted[path].candidate) and _alike(change.baseline, wanted[path].baseline)
        for path, change in switched.items()
    )


def _alike(told: Any, logged: Any) -> bool:
    """Whether a run logged what it was told; many trainers log a command line's words as text."""
    return same_setting(_listed(told), _listed(logged)) or str(told) == str(logged)


def _listed(value: Any) -> Any:
    """A tuple as JSON has it."""
    return [*value] if isinstance(value, tuple) else value
