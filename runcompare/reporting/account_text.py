"""The account of why the sides differ, in sentences: what helped, what cost, what made no difference, what nothing
tells apart; and the root cause, where an attribution shows one. Each says what its interval carries and no more."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.account import CostPart
from runcompare.comparison.causes.model import Effect, Part
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.effects import in_place
from runcompare.comparison.model import Interval
from runcompare.metrics.metric import Metric
from runcompare.reporting.numbers import duration, money, number, percent, share
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.words import size

__all__ = ["account_lines", "effect_size", "is_tabled", "root_cause", "source_of"]

MOST = 4  # settings that are named one by one


def account_lines(c: Comparison, language: Language = "plain") -> list[str]:
    """What helped, what harmed, what cost, what made no difference, what can't be told apart: a line each, where there
    is something to say."""
    write, account = prose(language), c.account
    lines = [
        *_effects("What helped", account.helped, c, write),
        *_effects("What did harm", account.harmed, c, write),
        *_dear(c, write),
        *_unmoved(c, write),
        *([] if is_tabled(c) else _untold(c, write)),
    ]
    return list(lines)


def is_tabled(c: Comparison) -> bool:
    """Whether a section of its own tells what made the difference, and what nothing tells apart."""
    return c.causes is not None and bool(c.causes.effects or c.causes.next_run)


def root_cause(c: Comparison, language: Language = "plain") -> str:
    """The change that made most of the difference, by an experiment; "" where none was made or none is shown."""
    write, main = prose(language), c.account.main
    if main is None or main.quality is None or main.quality.share is None or main.source != "ablation":
        return ""
    part = main.quality.share
    bounds = "" if part.low is None or part.high is None else f" [{share(part.low)} to {share(part.high)}]"
    rest = _assumption(c, write)
    label = write.text(c.quality.metric.label)
    return f"{_named(main, write)}: {share(part.value)}{bounds} of the difference in {label}{rest}."


def _assumption(c: Comparison, write: Prose) -> str:
    experiment = c.causes.experiment if c.causes is not None else None
    return f", if {write.text(experiment.assumption)}" if experiment is not None and experiment.assumption else ""


def _effects(title: str, effects: Sequence[Effect], c: Comparison, write: Prose) -> Iterator[str]:
    if effects:
        listed = "; ".join(_effect(effect, c.quality.metric, write) for effect in effects)
        each = ", each on top of the others" if any(e.quality is not None and e.quality.last for e in effects) else ""
        yield f"{write.strong(f'{title}{each}.')} {listed}."


def _effect(effect: Effect, metric: Metric, write: Prose) -> str:
    part = in_place(effect.quality)
    assert part is not None
    return f"{_named(effect, write)}: {effect_size(part, metric)} ({source_of(effect)})"


def source_of(effect: Effect) -> str:
    """What an effect is known from, and on how many runs it rests: only an ablation makes it a cause."""
    runs = f", {count(effect.runs, 'run')}" if effect.runs else ""
    return f"ablation{runs}" if effect.source == "ablation" else f"seen between groups of the project{runs}"


def effect_size(part: Interval, metric: Metric) -> str:
    """An effect on the metric with its interval: "-12 % [-20 % to -4 %]"."""
    if metric.scale == "log":
        bounds = "" if part.low is None or part.high is None else f" [{percent(part.low)} to {percent(part.high)}]"
        return f"{percent(part.value)}{bounds}"
    sign = "+" if part.value > 0 else "-"
    bounds = ""
    if part.low is not None and part.high is not None:
        bounds = f" [{number(part.low * metric.points)} to {number(part.high * metric.points)}]"
    return f"{sign}{size(part.value, metric)}{bounds}"


def _named(effect: Effect, write: Prose) -> str:
    """The changed settings with their values; the name of many, and of a change that a table names."""
    if effect.source == "ablation" or len(effect.changes) > MOST or not effect.changes:
        return write.code(effect.name)
    return ", ".join(
        f"{write.code(change.path)} {write.text(_value(change.baseline))} to {write.text(_value(change.candidate))}"
        for change in effect.changes
    )


def _value(value: object) -> object:
    return "unset" if value is None else value


def _dear(c: Comparison, write: Prose) -> Iterator[str]:
    title = write.strong("What cost.")
    if c.account.dear:
        yield f"{title} {'; '.join(_price(effect, write) for effect in c.account.dear)}."
    if c.account.time:
        where = "; ".join(_stage(part, write) for part in c.account.time)
        yield f"{write.strong('Where the time went.') if c.account.dear else title} {where} of the extra time a run."


def _price(effect: Effect, write: Prose) -> str:
    paid, took = in_place(effect.money), in_place(effect.time)
    words = [
        *([f"{money(paid.value)}{_money_bounds(effect.money)} a run"] if paid is not None else []),
        *([f"{duration(took.value)} a run"] if took is not None and paid is None else []),
    ]
    return f"{_named(effect, write)}: {', '.join(words)}"


def _money_bounds(part: Part | None) -> str:
    found = in_place(part)
    if found is None or found.low is None or found.high is None:
        return ""
    return f" [{money(found.low)} to {money(found.high)}]"


def _stage(part: CostPart, write: Prose) -> str:
    return f"{write.code(part.name)} {duration(part.seconds)} ({share(part.share)})"


def _unmoved(c: Comparison, write: Prose) -> Iterator[str]:
    effects = c.account.unmoved
    if effects:
        metric = c.quality.metric
        listed = "; ".join(_effect(effect, metric, write) for effect in effects)
        yield f"{write.strong('What is not shown to matter.')} {listed}."


def _untold(c: Comparison, write: Prose) -> Iterator[str]:
    for keys in c.account.untold:
        if len(keys) == 1:
            yield f"{write.strong('Not told apart.')} Nothing says what {write.code(keys[0])} did alone."
            continue
        named = ", ".join(map(write.code, keys)) if len(keys) <= MOST else f"{len(keys)} settings"
        yield f"{write.strong('Not told apart.')} {named} changed together: what each of them did is not known."
