"""What made the difference, in words: the parts of an ablation, pairs of groups, and the run that would tell most."""

from collections.abc import Callable, Iterator, Sequence

from runcompare.comparison.causes.model import Causes, Effect, Experiment, NextRun
from runcompare.comparison.model import Interval
from runcompare.metrics.metric import Metric
from runcompare.reporting.numbers import MISSING, duration, money, number, percent, times
from runcompare.reporting.page import Lines, Page, table
from runcompare.reporting.prose import Prose, count, prose
from runcompare.reporting.words import figure

__all__ = ["PICTURE", "causes_section", "effect_columns", "effect_rows", "experiment_lines", "interplay_lines"]

PICTURE = "causes"
MOST_SETTINGS = 3  # of a change that are named
MOST_INTERPLAY = 3  # of a quantity


def causes_section(page: Page) -> Lines:
    """The section of the report; nothing where nothing is known and nothing is proposed."""
    causes, metric, style = page.c.causes, page.c.quality.metric, prose("markdown")
    if causes is None or not (causes.effects or causes.next_run):
        return
    yield from ("## What made the difference", "")
    if causes.experiment is not None:
        yield from (" ".join(experiment_lines(causes.experiment, causes.effects, metric, style)), "")
        yield from table(
            effect_columns(metric, style), iter(effect_rows(causes.experiment, causes.effects, metric, style))
        )
        yield from page.picture(PICTURE, f"Each change's share of the difference in {page.label}, time and money")
        yield from (*(f"- {line}" for line in interplay_lines(causes.experiment, metric, style)), "")
    yield from _pairs(causes, metric, style)
    yield from (*_open(causes, style), *(f"- {style.text(note.text)}" for note in causes.notes), "", "---", "")


# --- an ablation


def experiment_lines(experiment: Experiment, effects: Sequence[Effect], metric: Metric, style: Prose) -> Iterator[str]:
    """What was run, what the whole difference is, and what the shares rest on."""
    k = sum(effect.source == "ablation" for effect in effects)
    which = f"all {experiment.arms}" if experiment.arms == 2**k else f"{experiment.arms} of {2**k:,}"
    yield f"Seen in an ablation: {which} combinations of {count(k, 'change')}, {_runs(experiment)}."
    if experiment.fewest == 1 < experiment.most:
        yield "One run of a combination is taken to be as noisy as those that have more."
    if experiment.unfinished:
        verb = "is" if experiment.unfinished == 1 else "are"
        yield f"{count(experiment.unfinished, 'run')} of its plan {verb} missing.".capitalize()
    if 0 < experiment.cost_runs < experiment.runs:
        made = " made for it" if experiment.reused < experiment.runs else ""
        on = f"{count(experiment.cost_runs, 'run')} on {style.text(experiment.machine)}{made}"
        yield f"Time and money are compared by the {on}, since machines and days differ."
    elif experiment.cost_runs and experiment.machine:
        yield f"All on {style.text(experiment.machine)}."
    whole = [
        f"{style.text(metric.label)} {_difference(experiment.quality, metric)}" if experiment.quality else "",
        f"{_seconds(experiment.time)} of time" if experiment.time else "",
        _dollars(experiment.money) if experiment.money else "",
    ]
    if any(whole):
        yield f"Between the two sides lie {', '.join(filter(None, whole))} a run."
    if experiment.assumption:
        yield f"Not every combination was run: shares are ranges, and hold if {experiment.assumption}."
    yield (
        "Shares are Shapley's: a change's part on average over all orders of making the changes. They add up to the "
        "whole; brackets hold 95 % intervals with the noise of seeds."
    )


def _runs(experiment: Experiment) -> str:
    """How many runs there are, in all and of an arm."""
    few, most = experiment.fewest, experiment.most
    each = f"{few}" if few == most else f"{few} to {most}"
    reused = f", {experiment.reused} of them made before" if experiment.reused else ""
    return f"{count(experiment.runs, 'run')} in all, {each} of each{reused}"


def effect_columns(metric: Metric, style: Prose) -> tuple[str, ...]:
    """The head of `effect_rows`."""
    return "Change", "Settings", style.text(metric.label), "Share", "Time a run", "Share", "Money a run", "Share"


def effect_rows(
    experiment: Experiment, effects: Sequence[Effect], metric: Metric, style: Prose
) -> list[tuple[str, ...]]:
    """One row a change of the ablation, the largest share of quality first, and one for the whole."""
    rows = [
        (style.strong(style.text(effect.name)), _settings(effect, style), *_cells(effect, metric))
        for effect in effects
        if effect.source == "ablation"
    ]
    whole = (
        _known(experiment.quality, lambda found: _difference(found, metric)),
        _known(experiment.time, _seconds),
        _known(experiment.money, _dollars),
    )
    return [
        *rows,
        ("all of them", "", *(cell for told in whole for cell in (told, "" if told == MISSING else "100 %"))),
    ]


def _cells(effect: Effect, metric: Metric) -> Iterator[str]:
    def quality(found: Interval) -> str:
        return f"{_difference(found, metric)}{', not shown' if effect.word == 'not shown' else ''}"

    for part, tell in ((effect.quality, quality), (effect.time, _seconds), (effect.money, _dollars)):
        yield _known(part.effect if part else None, tell)
        yield _known(part.share if part else None, _share)


def interplay_lines(experiment: Experiment, metric: Metric, style: Prose) -> Iterator[str]:
    """The pairs of changes that do more, or less, together, the largest few of each quantity."""
    tells: dict[str, Callable[[Interval], str]] = {
        "quality": lambda found: _difference(found, metric),
        "time": _seconds,
        "money": _dollars,
    }
    for quantity, tell in tells.items():
        pairs = [pair for pair in experiment.interplay if pair.quantity == quantity][:MOST_INTERPLAY]
        if pairs:
            told = "; ".join(
                f"{style.text(pair.first)} with {style.text(pair.second)} {tell(pair.effect)}" for pair in pairs
            )
            name = style.text(metric.label) if quantity == "quality" else quantity.capitalize()
            yield f"{style.strong(f'{name}: more than each by itself.')} {told}, beside the sum of both."


# --- pairs of groups, and what is open


def _pairs(causes: Causes, metric: Metric, style: Prose) -> Lines:
    seen = [effect for effect in causes.effects if effect.source != "ablation"]
    if not seen:
        return
    yield from ("Pairs of groups of the project that differ in one change only:", "")
    head = ("Change", "Settings", style.text(metric.label), "Time a run", "Money a run", "Seen in")
    yield from table(head, (_pair_row(effect, metric, style) for effect in seen))


def _pair_row(effect: Effect, metric: Metric, style: Prose) -> tuple[str, ...]:
    cells = [*_cells(effect, metric)][::2]
    groups = " against ".join(map(style.text, effect.groups))
    where = f"{groups}, {count(effect.runs, 'run')}"
    steps = ", ".join(
        f"{style.code(c.path)} {_value(c.baseline, style)} to {_value(c.candidate, style)}"
        for c in effect.changes[:MOST_SETTINGS]
    )
    return style.strong(style.text(effect.name)), steps, *cells, where if effect.whole else f"{where}; another step"


def _open(causes: Causes, style: Prose) -> Lines:
    for keys in causes.inseparable:
        yield f"- Changed together in every group, so that nothing tells them apart: {_listed(keys, style)}."
    if causes.next_run is not None:
        yield f"- {_next(causes.next_run, style)}"


def _next(run: NextRun, style: Prose) -> str:
    price = f", {figure(run.money)} a run" if not run.money.is_missing else ""
    saves = run.saving.value
    saving = f" Without it a run would cost {figure(run.saving)} less." if saves is not None and saves > 0 else ""
    return (
        f"{style.strong('The run that would tell most:')} the candidate without {style.text(run.name)} "
        f"({_listed(run.keys, style)} as in the baseline), {run.seeds} seeds{price}: {run.why}.{saving}"
    )


def _listed(keys: Sequence[str], style: Prose) -> str:
    more = len(keys) - 2 * MOST_SETTINGS
    named = ", ".join(map(style.code, keys[: 2 * MOST_SETTINGS]))
    return f"{named} and {more} more" if more > 0 else named


def _settings(effect: Effect, style: Prose) -> str:
    more = len(effect.changes) - MOST_SETTINGS
    named = ", ".join(style.code(change.path) for change in effect.changes[:MOST_SETTINGS])
    return f"{named} and {more} more" if more > 0 else named


def _value(value: object, style: Prose) -> str:
    return MISSING if value is None else style.code(value)


# --- figures with their intervals


def _known(found: Interval | None, tell: Callable[[Interval], str]) -> str:
    return MISSING if found is None else tell(found)


def _with_bounds(found: Interval, tell: Callable[[float], str]) -> str:
    if found.low is None or found.high is None:
        return tell(found.value)
    return f"{tell(found.value)} [{tell(found.low)} to {tell(found.high)}]"


def _difference(found: Interval, metric: Metric) -> str:
    if metric.scale == "log":
        large = max(found.value, found.high or 0.0) > 2
        return _with_bounds(found, (lambda x: times(1 + x)) if large else percent)
    unit = "points" if metric.is_share else metric.unit
    return f"{_with_bounds(found, lambda x: _signed(number(abs(x) * metric.points, 3), x))} {unit}".rstrip()


def _share(found: Interval) -> str:
    return _with_bounds(found, lambda x: f"{100 * x:.0f} %")


def _seconds(found: Interval) -> str:
    return _with_bounds(found, lambda x: _signed(duration(abs(x)), x))


def _dollars(found: Interval) -> str:
    return _with_bounds(found, lambda x: _signed(money(abs(x)), x))


def _signed(text: str, x: float) -> str:
    return f"{'+' if x > 0 else '-' if x < 0 else ''}{text}"
