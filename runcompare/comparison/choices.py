"""What the comparison chose for the user, who says so, and the flag that changes it."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.comparison import MadeChoice
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Row
from runcompare.comparison.tails import noise_taken_away
from runcompare.metrics.primary import Choice
from runcompare.metrics.value import ValueRule

__all__ = ["choices_made"]

SCALES = {
    "log": "ratios",
    "logit": "log odds of a share",
    "linear": "differences as they are",
}


NOTABLE = 0.2  # of the noise; less is not worth another way to take the value


def choices_made(
    choice: Choice, quality: Row, rule: ValueRule, sides: Sequence[MeasuredSide]
) -> tuple[MadeChoice, ...]:
    """Metric, direction, scale, value and noise, each with its source."""
    metric, test = quality.metric, quality.test
    made = [*_metric(choice), _direction(quality)]
    made.append(MadeChoice("scale", SCALES[metric.scale], metric.scale_source, "--scale log|logit|linear"))
    made.append(_value(quality, rule, sides))
    if test is not None and test.noise.source != "unknown":
        made.append(MadeChoice("noise", f"from {test.noise.source}", "", "--noise-from REF, --noise-cv"))
    return tuple(made)


def _metric(choice: Choice) -> Iterator[MadeChoice]:
    if choice.why:
        others = f"; next: {', '.join(choice.next_best)}" if choice.next_best else ""
        yield MadeChoice("metric", choice.metric.key, f"{choice.why}{others}", "--metric KEY")


def _value(quality: Row, rule: ValueRule, sides: Sequence[MeasuredSide]) -> MadeChoice:
    less = noise_taken_away(sides, quality) if rule.kind == "final" else None
    if less is None or less < NOTABLE:
        return MadeChoice("value", str(rule), "", "--value best|mean-last:10%|...")
    why = f"the mean of the last 10 % of the evaluations would have {less:.0%} less noise"
    return MadeChoice("value", str(rule), why, "--value mean-last:10%")


def _direction(quality: Row) -> MadeChoice:
    metric = quality.metric
    flag = "--direction min|max"
    if metric.direction is None:
        return MadeChoice("direction", "unknown", "nothing says which is better", flag)
    word = "higher" if metric.direction == "max" else "lower"
    return MadeChoice("direction", f"{word} is better", metric.direction_source, flag)
