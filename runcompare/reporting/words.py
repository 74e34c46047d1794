"""Numbers as words: how the report writes figures, ratios, effects, times and money. Rounds, computes nothing else."""

import math

from runcompare.comparison.model import ConfigChange, Metric, Row, Sample, Test
from runcompare.records.figure import Figure, Provenance

__all__ = [
    "change",
    "compared",
    "difference",
    "duration",
    "figure",
    "interval",
    "money",
    "number",
    "p_value",
    "percent",
    "quantity",
    "sample",
    "setting_change",
    "share",
    "share_precise",
    "times",
]

MISSING = "—"
LONG_WORDS = ("horizon", "epochs", "steps", "length", "duration", "iterations")


def number(x: float | None, spread: float | None = None, digits: int = 4) -> str:
    """`digits` significant digits without idle zeros, or as many decimals as two digits of a spread warrant."""
    if x is None:
        return MISSING
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else ("∞" if x > 0 else "-∞")
    if x == 0:
        return "0"
    size = math.floor(math.log10(abs(x)))
    if spread and math.isfinite(spread) and spread > 0:
        digits = max(1, min(6, size - math.floor(math.log10(spread)) + 2))
    idle = not spread  # with a spread, zeros say how precise the mean is
    if size < -4 or size >= 7:
        mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
        return f"{_trim(mantissa) if idle else mantissa}e{int(exponent)}"
    plain = f"{x:,.{max(0, digits - 1 - size)}f}" if size < digits - 1 else f"{round(x):,}"
    return _trim(plain) if idle else plain


def _trim(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def percent(effect: float | None, digits: int = 2) -> str:
    """-0.0152 as "-1.5 %"."""
    if effect is None:
        return MISSING
    value = 100 * effect
    if not math.isfinite(value):
        return number(value)
    decimals = 0 if abs(value) >= 10 else max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:+.{min(decimals, 3)}f} %"


def share(x: float | None) -> str:
    """0.93 as "93 %"."""
    return MISSING if x is None else f"{100 * x:.0f} %"


def share_precise(x: float | None) -> str:
    """0.0152 as "1.5 %"."""
    return percent(x).lstrip("+")


def times(ratio: float | None, exact: bool = False) -> str:
    """15.75 as "16x", 3.333 as "3.3x", 1.25 as "1.25x"; `exact` adds the value behind a rounded one."""
    if ratio is None:
        return MISSING
    if ratio >= 100:
        short = f"{ratio:,.0f}x"
    elif ratio >= 10:
        short = f"{math.floor(ratio + 0.5):d}x"
    elif abs(ratio - round(ratio, 2)) < 1e-9:
        short = f"{ratio:.4g}x"
    else:
        short = f"{ratio:.2g}x"
    precise = f"{ratio:.4g}x"
    return f"{short} ({precise})" if exact and precise != short else short


def duration(seconds: float | None) -> str:
    """Seconds below two minutes, minutes below ten hours, else hours."""
    if seconds is None:
        return MISSING
    divisor, name = _time_unit(seconds)
    return f"{number(seconds / divisor)} {name}"


def _time_unit(seconds: float) -> tuple[float, str]:
    if seconds < 120:
        return 1.0, "s"
    return (60.0, "min") if seconds < 36_000 else (3600.0, "h")


def money(usd: float | None) -> str:
    """Dollars with cents, or with three digits below ten cents."""
    if usd is None:
        return MISSING
    return f"${number(usd)}" if abs(usd) < 0.1 else f"${usd:,.2f}"


def quantity(x: float | None, unit: str, spread: float | None = None) -> str:
    """A value in its unit."""
    if unit == "s":
        return duration(x)
    if unit == "USD":
        return money(x)
    return f"{number(x, spread)} {unit}".rstrip() if x is not None else MISSING


def figure(f: Figure) -> str:
    """A figure with its range and, where it was not measured or derived, its provenance."""
    if f.is_missing:
        return MISSING
    if f.value is None:
        text = f"{quantity(f.low, f.unit)} to {quantity(f.high, f.unit)}"
    else:
        text = quantity(f.value, f.unit)
        if f.is_range:
            text += f" ({quantity(f.low, f.unit)} to {quantity(f.high, f.unit)})"
    return text + _mark(f.provenance)


def sample(s: Sample, metric: Metric) -> str:
    """One side's cell: mean ± standard deviation over runs, a single value, or an estimated range."""
    bad = f" ({s.nonfinite} diverged)" if s.nonfinite else ""
    if s.center is None:
        return f"NaN{bad}" if s.nonfinite else MISSING
    if s.low is not None and s.high is not None and not _has_value(s):
        return f"{quantity(s.low, metric.unit)} to {quantity(s.high, metric.unit)}{_mark(s.provenance)}"
    if s.sd:
        return f"{_with_spread(s.center, s.sd, metric.unit)}{bad}{_mark(s.provenance)}"
    return f"{quantity(s.center, metric.unit)}{bad}{_mark(s.provenance)}"


def _with_spread(center: float, sd: float, unit: str) -> str:
    """Mean ± standard deviation in one unit, rounded to two digits of the deviation."""
    if unit == "USD":
        return f"{money(center)} ± {money(sd)}"
    divisor, name = _time_unit(center) if unit == "s" else (1.0, unit)
    return f"{number(center / divisor, sd / divisor)} ± {number(sd / divisor, digits=2)} {name}".rstrip()


def _has_value(s: Sample) -> bool:
    return any(v.figure.value is not None for v in s.values)


def _mark(provenance: Provenance) -> str:
    return f" ({provenance})" if provenance in (Provenance.ESTIMATED, Provenance.REPORTED, Provenance.ASSUMED) else ""


def compared(ratio: float | None) -> str:
    """A ratio as people say it: "-1.5 %" near 1, "15x (15.4x)" away from it."""
    return percent(ratio - 1) if ratio is not None and 0.5 < ratio < 2 else times(ratio, exact=True)


def change(row: Row) -> str:
    """The effect in words: "1.5 % lower", "3.3x", "0.02 higher"."""
    ratio = row.ratio
    if row.test is not None and row.test.effect is not None and row.metric.scale == "linear":
        effect = row.test.effect
        return f"{number(abs(effect))} {'higher' if effect > 0 else 'lower'}"
    if ratio is None:
        return MISSING
    if ratio == 1:
        return "the same"
    if ratio >= 2:
        return f"{times(ratio)} as high"
    return f"{percent(abs(ratio - 1)).lstrip('+')} {'higher' if ratio > 1 else 'lower'}"


def interval(test: Test | None, metric: Metric) -> str:
    """The effect's interval, "-3.1 % to +0.2 %"; empty if there is none."""
    if test is None or test.low is None or test.high is None:
        return ""
    if metric.scale == "linear":
        return f"{test.low:+.3g} to {test.high:+.3g}"
    if test.high > 2 or test.low < -0.9:  # a percentage of thousands says less than a ratio
        return f"{times(1 + test.low)} to {times(1 + test.high)}"
    return f"{percent(test.low)} to {percent(test.high)}"


def p_value(p: float | None) -> str:
    """p to two digits, "< 0.001" below that."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


COST_WORDS = {
    "cost/time": ("slower", "faster"),
    "cost/train_time": ("slower", "faster"),
    "cost/eval_time": ("slower", "faster"),
    "cost/money": ("more expensive", "cheaper"),
}


def difference(row: Row) -> str:
    """The difference cell of a table: a percentage with its interval, or a cost ratio in words."""
    if row.ratio is None:
        effect = row.test.effect if row.test else None
        return MISSING if effect is None else f"{effect:+.3g}"
    if row.role == "cost" or row.metric.key.endswith(("/time", "/epochs")):
        return _cost_difference(row)
    if row.metric.scale == "linear" and row.test is not None and row.test.effect is not None:
        return f"{row.test.effect:+.3g}" + _brackets(interval(row.test, row.metric))
    if row.ratio >= 2 or row.ratio <= 0.5:
        return times(row.ratio) + _ratio_interval(row)
    return percent(row.ratio - 1) + (_brackets(interval(row.test, row.metric)) or _ratio_interval(row))


def _cost_difference(row: Row) -> str:
    assert row.ratio is not None
    more, less = COST_WORDS.get(row.metric.key, ("more", "less"))
    if row.metric.key.endswith("/epochs"):
        return times(row.ratio)
    if 0.98 < row.ratio < 1.02:
        return "the same"
    if row.ratio < 1:
        return f"{times(1 / row.ratio)} {less}{_ratio_interval(row)}"
    return f"{times(row.ratio, exact=True)} {more}{_ratio_interval(row)}"


def _ratio_interval(row: Row) -> str:
    if row.ratio_low is None or row.ratio_high is None:
        return ""
    return _brackets(f"{times(row.ratio_low)} to {times(row.ratio_high)}")


def _brackets(text: str) -> str:
    return f" [{text}]" if text else ""


def setting_change(c: ConfigChange) -> str:
    """How a setting differs: "2x", "67 % larger", "50 % longer", "half", "added", "removed"."""
    if c.kind != "changed":
        return "candidate only" if c.kind == "only candidate" else "baseline only"
    if c.ratio is None:
        return "changed"
    grow, shrink = ("longer", "shorter") if c.path.split(".")[-1] in LONG_WORDS else ("larger", "smaller")
    if c.path.endswith("epochs") or c.ratio >= 2:
        return times(c.ratio)
    if c.ratio == 0.5:
        return "half"
    return f"{100 * abs(c.ratio - 1):.0f} % {grow if c.ratio > 1 else shrink}"
