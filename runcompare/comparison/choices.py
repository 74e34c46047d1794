"""What the comparison chose for the user, who says so, and the flag that changes it."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.comparison import MadeChoice
from runcompare.comparison.model import Row
from runcompare.metrics.primary import Choice
from runcompare.metrics.value import ValueRule
from runcompare.records.run import Group

__all__ = ["choices_made"]

SCALES = {
    "log": "ratios",
    "logit": "log odds of a share",
    "linear": "differences as they are",
}


def choices_made(choice: Choice, quality: Row, rule: ValueRule, groups: Sequence[Group]) -> tuple[MadeChoice, ...]:
    """Metric, direction, scale, value and noise, each with its source."""
    metric, test = quality.metric, quality.test
    made = [*_metric(choice), MadeChoice("direction", *_direction(quality), flag="--direction min|max")]
    made.append(MadeChoice("scale", SCALES[metric.scale], metric.scale_source, "--scale log|logit|linear"))
    made.append(MadeChoice("value", str(rule), "", "--value best|mean-last:10%|..."))
    if test is not None and test.noise.source != "unknown":
        made.append(MadeChoice("noise", f"from {test.noise.source}", "", "--noise-from REF, --noise-cv"))
    return tuple(made)


def _metric(choice: Choice) -> Iterator[MadeChoice]:
    if choice.why:
        others = f"; next: {', '.join(choice.next_best)}" if choice.next_best else ""
        yield MadeChoice("metric", choice.metric.key, f"{choice.why}{others}", "--metric KEY")


def _direction(quality: Row) -> tuple[str, str]:
    metric = quality.metric
    if metric.direction is None:
        return "unknown", "nothing says which is better"
    return f"{'higher' if metric.direction == 'max' else 'lower'} is better", metric.direction_source
