"""What test-time search gained on each side, run by run."""

from dataclasses import dataclass
from math import fsum, isfinite, sqrt

from runcompare.comparison.model import Role, Row
from runcompare.comparison.rules.facts import Facts
from runcompare.stats.intervals import _student_t

__all__ = ["Gain", "search_gain", "with_and_without"]


def with_and_without(facts: Facts) -> tuple[Row, Row] | None:
    """The metric of the model alone and with test-time compute, by the engine's keys or a record's."""
    for alone, searched in (("eval/baseline_nrmse", "eval/ttc_nrmse"), ("nrmse_without_ttc", "nrmse")):
        rows = facts.metric(alone), facts.metric(searched) or _primary_if_searched(facts, alone)
        if rows[0] is not None and rows[1] is not None:
            return rows[0], rows[1]
    return None


def _primary_if_searched(facts: Facts, alone: str) -> Row | None:
    """The primary metric, where the runs say that it is the searched one (their `eval/ttc_...` repeats it)."""
    searched = all("eval/ttc_nrmse" in run.summary for _, group in facts.sides for run in group.runs)
    return facts.quality if searched and alone != facts.quality.metric.key else None


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much search lowers a side's error, relative; `shown` if its 95 % interval over runs excludes 0."""

    mean: float
    shown: bool


def search_gain(without: Row, searched: Row, side: Role) -> Gain | None:
    """The paired gain of each run, averaged; one run shows nothing."""
    alone, found = ({v.run_id: v.figure.mid for v in getattr(row, side).values} for row in (without, searched))
    gains = [1 - f / a for run, a in alone.items() if a and (f := found.get(run)) is not None and isfinite(f / a)]
    if not gains:
        return None
    mean = fsum(gains) / len(gains)
    if len(gains) < 2:
        return Gain(mean, False)
    sd = sqrt(fsum((g - mean) ** 2 for g in gains) / (len(gains) - 1))
    return Gain(mean, abs(mean) > _student_t(len(gains) - 1) * sd / sqrt(len(gains)))
