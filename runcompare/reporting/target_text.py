"""What is said of one group against a claimed number: the headline and the lines under it, as in all documents."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runcompare.reporting.numbers import MISSING, number, p_value, quantity, share
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.summary_text import BETTER, choices_line, search_lines, unread_lines
from runcompare.reporting.words import figure

if TYPE_CHECKING:
    from runcompare.comparison.target import Showing, TargetReport

__all__ = ["headline", "level", "lines", "value_text"]

FIRST_SEEDS = 3  # what a first estimate of the noise takes
MOST = 1_000  # runs; the plan does not look further
NOISE = {
    "replicates": "from these runs",
    "history": "from the replicated groups of the project",
    "assumed": "assumed, not measured",
}


def value_text(x: float | None, r: "TargetReport", digits: int = 4) -> str:
    """A value of the metric in its unit."""
    if x is None:
        return MISSING
    if r.metric.is_share and r.metric.points != 1:
        return f"{number(x * r.metric.points, digits)} %"
    if digits <= 4 or not math.isfinite(x) or r.metric.unit in ("s", "USD"):
        return quantity(x, r.metric.unit)
    return f"{number(x, digits)} {quantity(1.0, r.metric.unit).partition(' ')[2]}".rstrip()


def _digits(r: "TargetReport") -> int:
    """As many digits as tell the mean from the bounds of its interval."""
    mean, low, high = r.test.mean, r.test.low, r.test.high
    if not mean or low is None or high is None or high <= low:
        return 4
    return min(8, max(4, math.ceil(math.log10(abs(mean) / (high - low))) + 1))


def level(r: "TargetReport") -> str:
    """The level of the interval: "90 %" for a one-sided test of 5 %."""
    return share(1 - (2 if r.is_directed else 1) * r.options.alpha)


def headline(r: "TargetReport", language: Language = "plain") -> str:
    """The verdict in one line."""
    who, label = (prose(language).text(word) for word in (r.side.label, r.metric.label))
    mean, target = f"mean {label} {value_text(r.test.mean, r, _digits(r))}", value_text(r.target, r, 8)
    if r.test.verdict == "can't tell":
        runs = count(r.sample.n, "run")
        return f"Can't tell, {runs} and no estimate of the noise: {mean} against the target {target}"
    if r.test.verdict == "reached":
        return f"{who} reaches the target: {mean}, {_where(r)} {target}"
    if r.test.verdict == "missed":
        return f"{who} misses the target: {mean}, {_where(r)} {target}"
    if r.test.verdict in ("above", "below"):
        asked = prose(language).code("--direction")
        return f"{who} is {r.test.verdict} {target}: {mean}; which is better is not known: say {asked}"
    return f"Not shown: {mean} is {_where(r)} the target {target}, which may be noise"


def _where(r: "TargetReport") -> str:
    mean = r.test.mean
    if mean is None or mean == r.target:
        return "at"
    return "above" if mean > r.target else "below"


def lines(r: "TargetReport", language: Language = "plain") -> list[str]:
    """Each line as a sentence or two, the most important first."""
    write = prose(language)
    return [
        *search_lines(r.searches, r.metric.key, write),
        *unread_lines((r.side,), write),
        *_left_out(r, write),
        _result(r, write),
        _noise(r, write),
        *_more(r, write),
        *_cost(r, write),
        *_arrival(r, write),
        f"{write.strong('No baseline')} is compared with: this says nothing of another method. There is no smallest "
        "effect of interest either, for the target is the effect that is asked for.",
        *choices_line(r.choices, r.options.asked, write),
    ]


def _left_out(r: "TargetReport", write: Prose) -> Iterator[str]:
    if r.left_out:
        named = ", ".join(f"{write.code(note.code)} ({write.text(note.text)})" for note in r.left_out)
        yield f"{write.strong('Left out:')} {named}."
    lacking = [write.code(v.run_id) for v in r.sample.values if v.figure.is_missing]
    lacking = lacking[: max(0, len(lacking) - len(r.left_out))]
    if lacking and r.sample.n:
        yield f"{write.strong('Not counted:')} {len(lacking)} without {write.text(r.metric.label)}."


def _result(r: "TargetReport", write: Prose) -> str:
    test, digits = r.test, _digits(r)
    label = write.strong(write.text(r.metric.label)) + BETTER.get(r.metric.direction or "", "")
    bad = f", {r.sample.nonfinite} diverged" if r.sample.nonfinite else ""
    runs = f"({count(r.sample.n, 'run')}{bad})"
    kind = "geometric mean" if r.metric.scale == "log" else "mean"
    said = f"{label}: {kind} {value_text(test.mean, r, digits)} against the target {value_text(r.target, r, 8)}"
    if test.low is None or test.p_value is None:
        return f"{said} {runs}."
    bounds = f"{value_text(test.low, r, digits)} to {value_text(test.high, r, digits)}"
    asked = "one-sided" if r.is_directed else "two-sided"
    return f"{said}; {level(r)} interval {bounds}, {asked} p {p_value(test.p_value)} {runs}."


def _noise(r: "TargetReport", write: Prose) -> str:
    noise = r.test.noise
    if noise.sd is None:
        return (
            f"{write.strong('Noise: unknown.')} One run shows a number, not a mean: without a second seed or a history "
            "of replicated groups nothing tells what another seed would reach."
        )
    names = f" ({', '.join(map(write.code, r.noise_groups))})" if r.noise_groups else ""
    size = share(noise.cv) if noise.cv is not None else number(noise.sd)
    return (
        f"{write.strong('Noise')} {NOISE.get(noise.source, noise.source)}{names}: seed to seed "
        f"{write.text(r.metric.label)} varies by {size}. Method: {write.text(r.test.method)}."
    )


def _more(r: "TargetReport", write: Prose) -> Iterator[str]:
    """How many runs it would take, where nothing was shown."""
    if r.test.verdict == "can't tell":
        yield f"{write.strong('More runs:')} {FIRST_SEEDS} in all give a first estimate of the noise."
    if r.test.verdict != "not shown":
        return
    if r.sample.nonfinite and r.test.p_value is not None and r.test.p_value < r.options.alpha:
        yield f"{write.strong('More runs')} can't show it while {r.sample.nonfinite} of them diverged."
    elif r.needed is None:
        yield f"{write.strong('More runs')} would hardly show it: more than a thousand, by what is known now."
    else:
        where = {"above": "above it", "below": "below it", "at": "at it"}[_where(r)]
        yield (
            f"{write.strong('More runs:')} {_range(r.needed)} in all would show four times in five that the mean is "
            f"{where}, if it lies where it was seen (there are {r.sample.n}){_price(r.needed)}."
        )


def _range(needed: "Showing") -> str:
    if needed.runs_high >= MOST:
        return f"{needed.runs_low} or more"
    same = needed.runs_low == needed.runs_high
    return f"{needed.runs_low}" if same else f"{needed.runs_low} to {needed.runs_high}"


def _price(needed: "Showing") -> str:
    if not needed.money.is_missing:
        return f"; the missing ones cost {figure(needed.money)}"
    return "" if needed.device_hours.is_missing else f"; the missing ones take {figure(needed.device_hours)}"


def _cost(r: "TargetReport", write: Prose) -> Iterator[str]:
    known = [
        f"{spent.what} {figure(spent.a_run)} a run, {figure(spent.in_all)} in all"
        for spent in r.cost
        if not spent.a_run.is_missing
    ]
    why = next((spent.a_run.source for spent in r.cost if spent.a_run.is_missing and spent.a_run.source), "not known")
    yield f"{write.strong('Cost')}: {'; '.join(known) if known else write.text(why)}."


def _arrival(r: "TargetReport", write: Prose) -> Iterator[str]:
    found = r.to_target
    if found is None:
        return
    took = ", ".join(figure(f) for f in (found.time, found.device_hours, found.money) if not f.is_missing)
    median = f"; median over seeds {took}" if took and found.reached else ""
    came = f"{found.reached} of {len(found.arrivals)} runs"
    yield (
        f"{write.strong('First at the target')}: {came} had a value there at some time{median}. A first time is no "
        "mean at the end."
    )
