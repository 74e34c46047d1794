"""What may be claimed of a cost: a word only where its interval excludes "the same", or where it was stated by hand.

One run a side tells the ratio of these runs, not of the method; an interval that holds 1 is quoted, not named.
"""

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row, main_cost
from runcompare.reporting.numbers import share, times
from runcompare.reporting.prose import count
from runcompare.reporting.words import cost_ratio, difference

__all__ = ["cost_adjective", "cost_clause", "cost_line", "main_cost_ratio", "missing_reason", "these_runs"]

BASES = {"cost/money": "money", "cost/device_hours": "device-hours", "cost/time": "time"}
ADJECTIVES = {
    "cost/money": ("more expensive", "cheaper"),
    "cost/device_hours": ("more expensive in device-hours", "cheaper in device-hours"),
    "cost/time": ("slower", "faster"),
}


def cost_clause(c: Comparison) -> str:
    """What the headline says of the cost: ", for 6.8x the money"; "" where nothing may be claimed."""
    row = main_cost(c.cost)
    if row is None or row.ratio is None:
        return ""
    if row.cost_word == "more":
        return f", for {times(row.ratio)} the {BASES[row.metric.key]}"
    if row.cost_word == "less":
        return f", for {share(row.ratio)} of the {BASES[row.metric.key]}"
    return f"; {these_runs(row)}" if row.cost_word == "these runs" else ""


def these_runs(row: Row) -> str:
    """A ratio that is only known of the runs at hand: "in these two runs 15x the time"."""
    runs = count(row.candidate.n + row.baseline.n, "run")
    what = BASES.get(row.metric.key, row.metric.label.lower())
    ratio = times(row.ratio)
    return f"in these {runs} the same {what}" if ratio == "1x" else f"in these {runs} {ratio} the {what}"


def cost_line(row: Row) -> str:
    """What a summary says after both sides' costs."""
    if row.cost_word == "these runs":
        return these_runs(row)
    if row.cost_word in ("close", "open"):
        return f"not shown to differ, {cost_ratio(row)}"
    return difference(row)


def cost_adjective(c: Comparison) -> str:
    """ "more expensive" or "faster", for the cost that decides; "" where neither is shown."""
    row = main_cost(c.cost)
    if row is None or row.cost_word not in ("more", "less"):
        return ""
    more, less = ADJECTIVES[row.metric.key]
    return more if row.cost_word == "more" else less


def main_cost_ratio(c: Comparison) -> str:
    """The ratio of the cost that decides, with its interval: "the time 0.55x [0.018x to 16x]"."""
    row = main_cost(c.cost)
    return "" if row is None else f"the {BASES[row.metric.key]} {cost_ratio(row)}"


def missing_reason(row: Row) -> str:
    """Why a row's figures are missing, from the first that says so."""
    figures = [v.figure for side in (row.candidate, row.baseline) for v in side.values]
    return next((f.source for f in figures if f.is_missing and f.source), "")
