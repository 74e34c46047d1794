"""What a cell or a clause says of a figure, a side, a row or a setting. Rounds, computes nothing else."""

import math

from runcompare.comparison.model import ConfigChange, Row, Sample, Test
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting.numbers import MISSING as MISSING
from runcompare.reporting.numbers import number as number
from runcompare.reporting.numbers import percent, plus_minus, quantity, span
from runcompare.reporting.numbers import share as share
from runcompare.reporting.numbers import times as times

__all__ = [
    "change",
    "compared",
    "cost_ratio",
    "difference",
    "errors",
    "figure",
    "interval",
    "is_hopeless",
    "sample",
    "setting_change",
    "size",
    "would_be_seen",
]

HIGH_SHARE = 0.8  # of the whole, from which people speak of the errors that are left
HOPELESS = 99.0  # relative: a ratio of 100
NOTHING_KNOWN = 1000  # times: an interval that reaches beyond it either way says nothing
LONG_WORDS = ("horizon", "steps", "length", "duration", "iterations")
MARKED = (Provenance.ESTIMATED, Provenance.REPORTED, Provenance.ASSUMED)


def figure(f: Figure) -> str:
    """A figure with its range and, where it was not measured or derived, its provenance."""
    if f.is_missing or (f.value is None and not f.is_range):
        return MISSING
    bounds = span(f.low, f.high, f.unit) if f.is_range else ""
    if f.value is None:
        return bounds + _mark(f.provenance)
    return quantity(f.value, f.unit) + (f" ({bounds})" if bounds else "") + _mark(f.provenance)


def sample(s: Sample, metric: Metric) -> str:
    """One side's cell: mean ± standard deviation over runs, a single value, or an estimated range."""
    bad = f" ({s.nonfinite} diverged)" if s.nonfinite else ""
    if s.center is None:
        return f"NaN{bad}" if s.nonfinite else MISSING
    if s.low is not None and s.high is not None and all(v.figure.value is None for v in s.values):
        return span(s.low, s.high, metric.unit) + _mark(s.provenance)
    if metric.is_share and metric.points != 1:
        text = plus_minus(metric.points * s.center, metric.points * s.sd if s.sd else 0.0, "%")
        return f"{text}{bad}{_mark(s.provenance)}"
    text = plus_minus(s.center, s.sd, metric.unit) if s.sd else quantity(s.center, metric.unit)
    return f"{text}{bad}{_mark(s.provenance)}"


def _mark(provenance: Provenance) -> str:
    return f" ({provenance})" if provenance in MARKED else ""


def compared(ratio: float | None) -> str:
    """A ratio as people say it: "-1.5 %" near 1, "16x" away from it."""
    return percent(ratio - 1) if ratio is not None and 0.5 < ratio < 2 else times(ratio)


def size(effect: float | None, metric: Metric) -> str:
    """The size of an effect in the units in which effects are told: "1.5 %", "0.5 points", "12 dB"."""
    if effect is None:
        return MISSING
    if metric.scale == "log":
        return share(effect) if effect < 2 else times(1 + effect)
    return _with_unit(number(abs(effect) * metric.points, 3), metric)


def would_be_seen(detectable: float, metric: Metric) -> str:
    """What these seeds would see four times in five."""
    if is_hopeless(detectable, metric):
        return "no difference that is likely in practice would be seen reliably"
    return f"only a difference of about {size(detectable, metric)} or more would be seen reliably"


def is_hopeless(detectable: float, metric: Metric) -> bool:
    """Whether only a ratio would be seen that runs hardly ever have."""
    return metric.scale == "log" and detectable >= HOPELESS


def _with_unit(text: str, metric: Metric) -> str:
    unit = "points" if metric.is_share else metric.unit
    return f"{text} {unit}".rstrip()


def change(row: Row) -> str:
    """The effect in words: "1.5 % lower", "3.3x as high", "0.5 points higher, errors 45 % fewer", "12 dB lower"."""
    ratio, effect = row.ratio, _effect(row)
    if row.metric.scale != "log":
        if not effect:
            return MISSING if effect is None else "the same"
        return f"{size(effect, row.metric)} {'higher' if effect > 0 else 'lower'}{errors(row)}"
    if ratio is None:
        return MISSING
    if ratio == 1:
        return "the same"
    if ratio >= 2:
        return f"{times(ratio)} as high"
    return f"{percent(abs(ratio - 1)).lstrip('+')} {'higher' if ratio > 1 else 'lower'}"


def _effect(row: Row) -> float | None:
    """The tested effect, on a scale of differences else that of the centers; None where a side is missing."""
    if row.test is not None and row.test.effect is not None:
        return row.test.effect
    if row.metric.scale == "log" or row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center - row.baseline.center


def errors(row: Row) -> str:
    """What a change of a high share means for its errors: ", errors 45 % fewer"; empty for others, such as mAP 0.45."""
    found, level = row.test.errors if row.test else None, row.baseline.center
    if found is None or row.metric.direction != "max" or not math.isfinite(found.value) or found.value == 0:
        return ""
    if level is None or level < HIGH_SHARE * row.metric.full:
        return ""
    if found.value >= 1:
        return f", errors {times(1 + found.value)} as many"
    return f", errors {share(abs(found.value))} {'more' if found.value > 0 else 'fewer'}"


def interval(test: Test | None, metric: Metric) -> str:
    """The effect's interval, "-3.1 % to +0.2 %"; as ratios where a percentage would run into hundreds; "" if none."""
    if test is None or test.low is None or test.high is None:
        return ""
    if metric.scale != "log":
        low, high = (_signed(bound * metric.points) for bound in (test.low, test.high))
        return _with_unit(f"{low} to {high}", metric)
    if test.high > 2:
        return _ratios(1 + test.low, 1 + test.high)
    return f"{percent(test.low)} to {percent(test.high)}"


def _ratios(low: float, high: float) -> str:
    """An interval of ratios; one that says nothing is told in words, not by its powers of ten."""
    if low < 1 / NOTHING_KNOWN and high > NOTHING_KNOWN:
        return f"over {times(NOTHING_KNOWN)} either way"
    return f"{times(low)} to {times(high)}"


def _signed(x: float) -> str:
    text = number(abs(x), 3)
    return text if x == 0 else f"{'+' if x > 0 else '-'}{text}"


def difference(row: Row) -> str:
    """The difference cell of a table: a percentage, a ratio, points or units with its interval, or a cost in words."""
    ratio, effect = row.ratio, _effect(row)
    if ratio == 1:
        return "the same"
    if ratio is not None and (row.role == "cost" or row.metric.key.endswith(("/time", "/epochs", "/logged_rows"))):
        return _cost_difference(row, ratio)
    if effect is not None and (ratio is None or row.metric.scale != "log"):
        in_units = _with_unit(_signed(effect * row.metric.points), row.metric)
        return in_units + _brackets(interval(row.test, row.metric))
    if ratio is None:
        return MISSING
    high = row.ratio_high
    if ratio >= 2 or ratio < 0.1 or (high is not None and high > 3):
        return times(ratio) + _ratio_interval(row)
    return percent(ratio - 1) + _percent_interval(row)


COST_WORDS = {
    "cost/time": ("slower", "faster"),
    "cost/train_time": ("slower", "faster"),
    "cost/eval_time": ("slower", "faster"),
    "cost/money": ("more expensive", "cheaper"),
}


def _cost_difference(row: Row, ratio: float) -> str:
    more, less = COST_WORDS.get(row.metric.key, ("longer", "shorter") if row.metric.unit == "s" else ("more", "less"))
    if row.metric.key.endswith(("/epochs", "/logged_rows")):
        return times(ratio)
    if row.cost_word not in ("more", "less"):
        return cost_ratio(row)
    if 2 / 3 < ratio < 1.5:
        return f"{percent(abs(ratio - 1)).lstrip('+')} {more if ratio > 1 else less}{_percent_interval(row)}"
    if ratio < 1:
        return f"{times(1 / ratio)} {less}{_brackets(_inverse_interval(row))}"
    return f"{times(ratio)} {more}{_ratio_interval(row)}"


def cost_ratio(row: Row) -> str:
    """A cost's ratio with its interval, without a word for it: "+4.2 % [-12 % to +22 %]", "1.8x [0.061x to 55x]"."""
    ratio, high = row.ratio, row.ratio_high
    if ratio is None or ratio == 1:
        return MISSING if ratio is None else f"1x{_ratio_interval(row)}"
    if 2 / 3 < ratio < 1.5 and (high is None or high < 3):
        return percent(ratio - 1) + _percent_interval(row)
    return times(ratio) + _ratio_interval(row)


def _ratio_interval(row: Row) -> str:
    if row.ratio_low is None or row.ratio_high is None:
        return ""
    return _brackets(_ratios(row.ratio_low, row.ratio_high))


def _inverse_interval(row: Row) -> str:
    if not row.ratio_low or not row.ratio_high:
        return ""
    return _ratios(1 / row.ratio_high, 1 / row.ratio_low)


def _percent_interval(row: Row) -> str:
    if row.ratio_low is None or row.ratio_high is None:
        return ""
    return _brackets(f"{percent(row.ratio_low - 1)} to {percent(row.ratio_high - 1)}")


def _brackets(text: str) -> str:
    return f" [{text}]" if text else ""


def setting_change(c: ConfigChange) -> str:
    """How a setting differs: "2x", "67 % larger", "50 % longer", "half"; "added" or "removed" by the candidate."""
    if c.kind != "changed":
        return "candidate only" if c.kind == "only candidate" else "baseline only"
    if c.ratio is None:
        return "changed"
    grow, shrink = ("longer", "shorter") if c.path.split(".")[-1] in LONG_WORDS else ("larger", "smaller")
    if c.path.endswith("epochs") or c.ratio >= 2 or c.ratio < 0.1:
        return times(c.ratio)
    if c.ratio == 0.5:
        return "half"
    return f"{share(abs(c.ratio - 1))} {grow if c.ratio > 1 else shrink}"
