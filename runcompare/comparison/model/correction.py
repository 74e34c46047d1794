"""The config to run next, and runs of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runcompare.comparison.model.rows import Interval, Row
from runcompare.comparison.model.words import Role
from runcompare.records.figure import Figure

__all__ = ["Corrected", "CorrectedChange", "Outlook", "Tried"]


@dataclass(frozen=True, slots=True)
class CorrectedChange:
    """One setting of the corrected config; None as `value` means: remove it. `reason` is a code, `cites` the findings
    or the attribution that it rests on; `effect` is what the setting was shown to do to the primary metric, told as in
    `Test`, where that is known."""

    path: str
    value: Any
    candidate: Any
    baseline: Any
    reason: str
    cites: tuple[str, ...] = ()
    effect: Interval | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the mean of a config that was not run should be: its effect against the candidate, told as in `Test`, and
    the metric's value; both with bounds that hold if the parts that it is made of err together. `source` says what it
    is made of, `assumption` what that rests on."""

    effect: Interval
    value: Interval
    source: Literal["attribution", "search", "baseline"]
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Runs of the corrected config: the primary metric's row against the candidate and against the baseline, and its
    costs against the candidate's. `held` says whether the metric's measured interval meets what was expected, None
    where nothing was expected, or one run shows no interval. `outside` are the costs whose mean lies outside the range
    that was forecast, `inside` those whose mean does not; costs without a range are in neither. `days` lie between the
    last run of the candidate and the first of these."""

    label: str
    reference: str
    runs: tuple[str, ...]
    against_candidate: Row
    against_baseline: Row
    cost: tuple[Row, ...]
    hardware: str = ""
    held: bool | None = None
    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Corrected:
    """A config to run next: `base` with `changes`, and what it should cost."""

    base: Role
    changes: tuple[CorrectedChange, ...]
    config: Mapping[str, Any]
    is_baseline: bool  # every change goes back to the baseline's value
    time: Figure  # seconds
    device_hours: Figure
    money: Figure  # USD
    method: str
    notes: tuple[str, ...] = ()
    quality: Outlook | None = None  # None where nothing tells what it will reach
    saving: Figure | None = None  # USD a run less than the candidate's
    kept: tuple[str, ...] = ()  # changed settings that stay as the candidate has them
    tried: Tried | None = None
