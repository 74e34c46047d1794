"""What a recommendation should bring, and what the corrected config was forecast to do and did, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Corrected, Expected, Outlook, Recommendation, Row, Tried
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure
from runcompare.reporting.account_text import effect_size
from runcompare.reporting.cost_text import cost_line
from runcompare.reporting.numbers import MISSING, money, quantity, span
from runcompare.reporting.page import table
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.words import difference, figure, sample

__all__ = ["expectation", "forecast_lines", "outlook_text", "tried_lines"]

COSTS = ("cost/time", "cost/money")


def expectation(step: Recommendation, c: Comparison, language: Language = "plain") -> str:
    """What following it should bring, what it costs, and what it rests on: " Expected: ... [RC501]". "" where it
    changes no run and cites nothing."""
    write = prose(language)
    cited = f" [{', '.join(map(write.text, step.cites))}]" if step.cites else ""
    said = "" if step.expected is None else _expected(step.expected, c)
    return f"{said}{cited}"


def _expected(expected: Expected, c: Comparison) -> str:
    label, metric = prose("markdown").text(c.quality.metric.label), c.quality.metric
    if expected == Expected(price=expected.price):
        return ""  # the sentence itself says what it is for and what it takes
    parts = []
    if expected.quality is not None:
        parts.append(f"{label} {effect_size(expected.quality, metric)} against the candidate")
    if expected.saving is not None and expected.saving.mid is not None:
        parts.append(_saved(expected.saving))
    if not parts:
        known = expected.basis not in ("", "unknown", "measured")
        parts.append(expected.basis if known else "unknown")
    elif expected.quality is None and expected.basis not in ("measured", ""):
        parts.insert(0, f"{label} unknown")
    word = "Measured" if expected.basis == "measured" else "Expected"
    price = expected.price
    costs = f" It takes {figure(price)}." if price is not None and price.mid is not None else ""
    return f" {word}: {', '.join(parts)}.{costs}"


def _saved(saving: Figure) -> str:
    """ "$0.002 less a run ($-0.001 to $0.004)"; a saving that may be none says so by its range."""
    assert saving.mid is not None
    word = "less" if saving.mid >= 0 else "more"
    text = f"{money(abs(saving.mid))} {word} a run"
    if saving.low is None or saving.high is None:
        return text
    low, high = (f"{money(abs(b))} {'less' if b >= 0 else 'more'}" for b in (saving.low, saving.high))
    return f"{text} ({low} to {high})"


def outlook_text(expected: Outlook, metric: Metric) -> str:
    """The value that is expected with its range, and the effect against the candidate."""
    return f"{value_text(expected, metric)}, {effect_size(expected.effect, metric)}"


def value_text(expected: Outlook, metric: Metric) -> str:
    """The value that is expected with its range."""
    value = expected.value
    scale = metric.points if metric.is_share else 1.0
    unit = "%" if metric.is_share and metric.points != 1 else metric.unit
    low, high = (None if bound is None else scale * bound for bound in (value.low, value.high))
    bounds = f" ({span(low, high, unit)})" if low is not None and high is not None else ""
    return f"{quantity(scale * value.value, unit)}{bounds}"


def forecast_lines(c: Comparison, corrected: Corrected, marks: Callable[..., str] = lambda *notes: "") -> Iterator[str]:
    """What one run of the corrected config will take, and what it should reach; `marks` makes footnotes of notes."""
    if corrected.time.is_missing and corrected.money.is_missing:
        yield f"What it will cost can't be forecast from these runs{marks(corrected.method, corrected.time.source)}."
    else:
        hours = "" if corrected.device_hours.is_missing else f", {figure(corrected.device_hours)} of device time"
        dollars = "" if corrected.money.is_missing else f", {figure(corrected.money)}"
        how = marks(corrected.method, *corrected.notes)
        yield f"Forecast for one run: {figure(corrected.time)}{hours}{dollars}{how}."
    label = prose("markdown").text(c.quality.metric.label)
    if corrected.quality is None:
        yield f"{label} can't be forecast: nothing tells what each of these settings did."
    else:
        reached = outlook_text(corrected.quality, c.quality.metric)
        yield f"{label} should be {reached} against the candidate{marks(corrected.quality.assumption)}."


def tried_lines(c: Comparison, corrected: Corrected, tried: Tried) -> Iterator[str]:
    """What the runs of the corrected config came to, beside what was forecast."""
    write = prose("markdown")
    runs = count(len(tried.runs), "run")
    yield f"**It was run**: {runs} of it are there ({write.code(tried.reference)}){_on(c, tried, write)}."
    yield ""
    head = ("", "Forecast", f"Measured ({runs})", "Against the candidate", "Against the baseline")
    yield from table(head, iter(_rows(c, corrected, tried)))
    if word := _held(c, tried):
        yield from (word, "")


def _on(c: Comparison, tried: Tried, write: Prose) -> str:
    """Where and when it ran, if not with the candidate: then times and costs compare more than configs."""
    elsewhere = tried.hardware and tried.hardware != c.candidate.hardware
    where = [f"on {write.text(tried.hardware)}"] if elsewhere else []
    when = [f"made {count(tried.days, 'day')} after the candidate's"] if tried.days else []
    if not (where or when):
        return ""
    return f", {' and '.join([*where, *when])}: times and costs compare the machines and their load too"


def _rows(c: Comparison, corrected: Corrected, tried: Tried) -> Iterator[Sequence[str]]:
    row, metric = tried.against_candidate, c.quality.metric
    forecast = value_text(corrected.quality, metric) if corrected.quality is not None else "unknown"
    label = prose("markdown").text(metric.label)
    yield label, forecast, sample(row.candidate, metric), _judged(row), _judged(tried.against_baseline)
    forecasts = {"cost/time": corrected.time, "cost/money": corrected.money}
    for cost in (r for r in tried.cost if r.metric.key in COSTS):
        told = figure(forecasts[cost.metric.key])
        change = cost_line(cost) if cost.ratio else MISSING
        yield cost.metric.label, told, sample(cost.candidate, cost.metric), change, ""


def _judged(row: Row) -> str:
    word = row.assessment if row.test is not None else ""
    return f"{difference(row)}{f', {word}' if word else ''}"


def _held(c: Comparison, tried: Tried) -> str:
    """Which figures came out as they were forecast."""
    labels = {row.metric.key: row.metric.label.lower() for row in tried.cost}
    label, runs = prose("markdown").text(c.quality.metric.label), count(len(tried.runs), "run")
    agrees = f"{label} agrees with the forecast, as far as {runs} can tell"
    misses = f"{label} is not what was forecast: the expected range and the measured interval don't meet"
    parts = [
        *([] if tried.held is None else [agrees if tried.held else misses]),
        *([f"{_listed(tried.outside, labels)} outside the range that was forecast"] if tried.outside else []),
        *([f"{_listed(tried.inside, labels)} within it"] if tried.inside and tried.outside else []),
        *([f"{_listed(tried.inside, labels)} in the forecast range"] if tried.inside and not tried.outside else []),
    ]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _listed(keys: Sequence[str], labels: Mapping[str, str]) -> str:
    """ "time per run lies", "time per run and money per run lie"."""
    names = [labels[key] for key in keys]
    return f"{' and '.join(names)} {'lies' if len(names) == 1 else 'lie'}"
