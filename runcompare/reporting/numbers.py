"""Numbers as text: significant digits, mean ± deviation, ranges, percentages, ratios, times and money."""

import math
import re
from typing import NamedTuple

__all__ = [
    "duration",
    "money",
    "number",
    "p_value",
    "percent",
    "plus_minus",
    "quantity",
    "share",
    "shown_unit",
    "span",
    "times",
]

MISSING = "—"
ROUNDING = 1e-12  # of a mean: a smaller deviation comes of adding floats up, not of the runs
MOST_DIGITS = 5  # of a mean, however small its deviation


def number(x: float | None, digits: int = 4) -> str:
    """`digits` significant digits without idle zeros; scientific below 0.0001 and from ten million."""
    if x is None:
        return MISSING
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else ("∞" if x > 0 else "-∞")
    x += 0.0  # no minus before a zero
    size = _size(x, digits)
    if x and (size < -4 or size >= 7):
        mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
        return f"{_trim(mantissa)}e{int(exponent)}"
    return _trim(f"{x:,.{max(0, digits - 1 - size)}f}")


def _size(x: float, digits: int) -> int:
    """The power of ten of the first digit after rounding; 0 for 0."""
    return int(f"{x:.{digits - 1}e}".partition("e")[2])


def _trim(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def plus_minus(center: float, sd: float, unit: str = "") -> str:
    """Mean ± standard deviation in one unit and to the same decimals: those of two digits of the deviation."""
    if not math.isfinite(center) or not math.isfinite(sd) or sd <= ROUNDING * abs(center):
        return quantity(center, unit)
    shown = shown_unit(center, unit)
    sign = "$" if unit == "USD" else ""
    text = _same_decimals(center / shown.divisor, sd / shown.divisor)
    return f"{sign}{text} {shown.name}".rstrip()


def _same_decimals(center: float, sd: float) -> str:
    size = _size(center, MOST_DIGITS)
    if center and (size < -4 or size >= 7):
        return f"({_same_decimals(center / 10.0**size, sd / 10.0**size)})e{size}"
    decimals = max(0, min(1 - _size(sd, 2), MOST_DIGITS - 1 - size))
    small = round(sd, decimals) == 0
    return f"{center:,.{decimals}f} ± {number(sd, 1) if small else f'{sd:,.{decimals}f}'}"


def span(low: float | None, high: float | None, unit: str = "") -> str:
    """A range in one unit: "5 to 10 min", unless that makes a small time hard to read: "40 s to 3 min"; one value where
    both ends are the same."""
    if low is None or high is None:
        return MISSING
    if low == high:
        return quantity(low, unit)
    if unit == "USD":
        return f"{money(low)} to {money(high)}"
    shown = shown_unit(high, unit)
    if unit == "s" and low < shown.divisor > 1:
        return f"{duration(low)} to {duration(high)}"
    digits = 3 if unit in ("s", "h") else 4
    return f"{number(low / shown.divisor, digits)} to {number(high / shown.divisor, digits)} {shown.name}".rstrip()


def quantity(x: float | None, unit: str = "") -> str:
    """A value in its unit."""
    if x is None:
        return MISSING
    if unit == "USD":
        return money(x)
    if unit == "s":
        return duration(x)
    return f"{number(x, 3 if unit == 'h' else 4)} {shown_unit(x, unit).name}".rstrip()


def duration(seconds: float | None) -> str:
    """Seconds below two minutes, minutes below ten hours, else hours."""
    if seconds is None:
        return MISSING
    shown = shown_unit(seconds, "s")
    return f"{number(seconds / shown.divisor, 3)} {shown.name}"


class ShownUnit(NamedTuple):
    """What to divide a value by, and the unit to write."""

    divisor: float
    name: str


def shown_unit(x: float, unit: str) -> ShownUnit:
    """The unit to show a value in; a unit is a run's to choose and keeps harmless signs only."""
    if unit == "s" and abs(x) >= 120:
        return ShownUnit(60.0, "min") if abs(x) < 36_000 else ShownUnit(3600.0, "h")
    return ShownUnit(1.0, "" if unit == "USD" else re.sub(r"[^\w %/°^-]|_", "", unit)[:20].strip())


def money(usd: float | None) -> str:
    """Dollars with cents; with three digits below ten cents, without cents from a thousand."""
    if usd is None:
        return MISSING
    if not math.isfinite(usd) or abs(usd) < 0.1:
        return f"${number(usd, 3)}"
    return f"${usd:,.2f}" if abs(usd) < 1000 else f"${usd:,.0f}"


def percent(effect: float | None) -> str:
    """-0.0152 as "-1.5 %", with its sign."""
    if effect is None:
        return MISSING
    value = 100 * effect
    if not math.isfinite(value):
        return number(value)
    if abs(value) >= 10 or value == 0:
        return f"{value:+,.0f} %"
    return f"{value:+.{min(3, 1 - _size(value, 2))}f} %"


def share(x: float | None) -> str:
    """0.0152 as "1.5 %", 0.02 as "2 %", without a sign."""
    if x is None or not math.isfinite(x):
        return number(x)
    return f"{number(100 * x, 2)} %" if abs(x) < 0.1 else f"{100 * x:,.0f} %"


def times(ratio: float | None) -> str:
    """15.75 as "16x", 3.333 as "3.3x", 1.25 as "1.25x"."""
    if ratio is None or not math.isfinite(ratio):
        return f"{number(ratio)}"
    if ratio >= 10:
        return f"{math.floor(ratio + 0.5):,d}x"
    if abs(ratio - round(ratio, 2)) < 1e-9:
        return f"{ratio:.4g}x"
    return f"{number(ratio, 2)}x"


def p_value(p: float | None) -> str:
    """p to two digits, "< 0.001" below that."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
