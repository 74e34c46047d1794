"""Which number a comparison is about: the primary metric, and the other outcomes."""

import re
from collections.abc import Iterable

from runcompare.errors import UsageError, did_you_mean
from runcompare.metrics.metric import Metric, describe
from runcompare.records.run import Group

__all__ = ["find_metric", "outcome_metrics"]


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


BOOKKEEPING = (
    r"(^|/)(started_at|ended_at|epoch|epochs|global_step|step|lr|seed|.*_time(_sec|_s)?|runtime|timestamp)$|^_|^stages/"
)


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
