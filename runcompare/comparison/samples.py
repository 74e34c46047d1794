"""Which number a comparison is about, and its value in each run."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from runcompare.comparison.model import Metric, RunValue, Sample
from runcompare.errors import UsageError, did_you_mean
from runcompare.metrics.final_value import higher_is_better, value
from runcompare.records.figure import Provenance
from runcompare.records.run import Group

__all__ = ["describe", "find_metric", "fit_scale", "is_judged", "outcome_metrics", "sample", "summarise", "value"]

# Quality first: what a run is judged by, before what it was trained on.
PREFERRED = (
    r"^eval/nrmse$",
    r"^nrmse$",
    r"^(test|eval|final)[/_.](nrmse|rmse|accuracy|acc|f1|auc|mae|mse|loss)$",
    r"^(val|valid|validation)[/_.](nrmse|rmse|accuracy|acc|f1|auc|mae|mse|loss)$",
    r"(^|[/_.])(nrmse|rmse|accuracy|acc|f1|auc|mae|mse)$",
    r"^(best_)?val(idation)?_loss$",
    r"^(train/)?loss$",
)
LINEAR = r"(improvement|delta|difference|log_?likelihood|elbo|reward|return|r2|correlation)"
BOOKKEEPING = (
    r"(^|/)(started_at|ended_at|epoch|epochs|global_step|step|lr|seed|.*_time(_sec|_s)?|runtime|timestamp)$|^_|^stages/"
)


# what a run did rather than how well: shown, not judged
NOT_JUDGED = r"(^|[/_])(evaluations|gate|parameters|count|samples)$"


def is_judged(key: str) -> bool:
    """Whether a higher or lower value of the metric is better at all."""
    return not re.search(NOT_JUDGED, key.lower())


def fit_scale(metric: Metric, *samples: Sample) -> Metric:
    """The metric on the linear scale where a value has no logarithm."""
    values = [m for s in samples for v in s.values if (m := v.figure.mid) is not None and math.isfinite(m)]
    return replace(metric, scale="linear") if metric.scale == "log" and any(m <= 0 for m in values) else metric


def describe(key: str, direction: str | None = None) -> Metric:
    """A metric by its key: direction and scale by the field's naming habits unless `direction` says."""
    higher = direction == "max" if direction else higher_is_better(key)
    scale = "linear" if re.search(LINEAR, key.rpartition("/")[2].lower()) else "log"
    return Metric(key, _label(key), "", higher, "linear" if scale == "linear" else "log")


ACRONYMS = {"nrmse": "NRMSE", "rmse": "RMSE", "mse": "MSE", "mae": "MAE", "auc": "AUC", "f1": "F1", "r2": "R2"}


def _label(key: str) -> str:
    """The field's spelling for a bare name ("NRMSE"), else the key as it was logged."""
    return ACRONYMS.get(key.rpartition("/")[2].lower(), key)


def find_metric(candidate: Group, baseline: Group, wanted: str | None, direction: str | None = None) -> Metric:
    """The primary metric: `wanted`, else the most telling outcome that both sides have.

    Raises UsageError if `wanted` is on neither side, or if nothing is on both.
    """
    common = sorted(_outcomes(candidate) & _outcomes(baseline))
    if wanted is not None:
        if wanted not in _outcomes(candidate) | _outcomes(baseline) | _logged(candidate) | _logged(baseline):
            hint = did_you_mean(wanted, common) or f"Both sides have: {', '.join(common[:12]) or 'nothing in common'}."
            raise UsageError(f"Neither side has the metric '{wanted}'.", hint=hint)
        return describe(wanted, direction)
    for pattern in PREFERRED:
        match = next((key for key in common if re.search(pattern, key.lower())), None)
        if match:
            return describe(match, direction)
    raise UsageError(
        f"'{candidate.label}' and '{baseline.label}' share no metric that looks like a result.",
        hint=f"Name one with --metric KEY. {_offer(candidate, baseline)}",
    )


def outcome_metrics(candidate: Group, baseline: Group, primary: Metric) -> list[Metric]:
    """The other outcomes that either side has, as diagnostics, in alphabetical order."""
    keys = _outcomes(candidate) | _outcomes(baseline)
    return [describe(key) for key in sorted(keys - {primary.key})]


def sample(group: Group, metric: Metric) -> Sample:
    """The metric's value in every run of a group."""
    return summarise([RunValue(run.id, value(run, metric.key)) for run in group.runs], metric)


def summarise(values: Sequence[RunValue], metric: Metric) -> Sample:
    """Center, spread and provenance of per-run figures; see `Sample` for the rules."""
    mids = [v.figure.mid for v in values]
    finite = [m for m in mids if m is not None and math.isfinite(m)]
    ranges = [v.figure for v in values if v.figure.is_range]
    low = min((f.low for f in ranges if f.low is not None), default=None)
    high = max((f.high for f in ranges if f.high is not None), default=None)
    known = [v.figure.provenance for v in values if not v.figure.is_missing]
    return Sample(
        values=tuple(values),
        center=_center(finite, metric),
        sd=_sd(finite),
        low=low,
        high=high,
        provenance=max(known, key=lambda p: p.rank) if known else Provenance.MISSING,
        nonfinite=sum(m is not None and not math.isfinite(m) for m in mids),
        missing=sum(m is None for m in mids),
    )


def _center(finite: Sequence[float], metric: Metric) -> float | None:
    if not finite:
        return None
    if len(set(finite)) == 1:
        return finite[0]  # a mean would round
    if metric.scale == "log" and all(v > 0 for v in finite):
        return math.exp(math.fsum(map(math.log, finite)) / len(finite))
    return math.fsum(finite) / len(finite)


def _sd(finite: Sequence[float]) -> float | None:
    if len(finite) < 2:
        return None
    mean = math.fsum(finite) / len(finite)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in finite) / (len(finite) - 1))


def _is_number(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool)


def _outcomes(group: Group) -> set[str]:
    """Numbers that a run ends with: its summary but for bookkeeping and training curves, and stated figures."""
    keys: set[str] = set()
    for run in group.runs:
        last = {k for k, v in run.summary.items() if _is_number(v)}
        curves = _curve_keys(run.history.numeric_keys)
        stated = {k for k in run.figures if "/" not in k and k not in ("time", "cost", "eval_time")}
        keys |= {k for k in last - curves if not re.search(BOOKKEEPING, k)} | stated
    return keys


def _curve_keys(keys: Iterable[str]) -> set[str]:
    """Trackers repeat the last row in the summary; those keys are training curves, unless they are results."""
    return {k for k in keys if not re.search(r"^(eval|test|final|val|valid|validation)[/_.]", k)}


def _logged(group: Group) -> set[str]:
    return {key for run in group.runs for key in run.history.numeric_keys}


def _offer(candidate: Group, baseline: Group) -> str:
    both = sorted((_logged(candidate) & _logged(baseline)) | (_outcomes(candidate) & _outcomes(baseline)))
    return f"Both log: {', '.join(both[:12])}." if both else "They log no key in common."
