"""The sections of the markdown report that follow from the result: what to do next, and where it all comes from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from runcompare.comparison.comparison import Comparison, Side
from runcompare.comparison.model import Corrected, Sample
from runcompare.reporting.advice_text import expectation, forecast_lines, tried_lines
from runcompare.reporting.escape import code, fenced, text
from runcompare.reporting.learned_text import lessons
from runcompare.reporting.next_steps import config_block, next_commands
from runcompare.reporting.numbers import MISSING, money, number, share
from runcompare.reporting.page import METRICS, Lines, Page, row_cells, table
from runcompare.reporting.sentences import recommendation_sentence
from runcompare.reporting.summary_text import level
from runcompare.reporting.words import figure, sample

__all__ = ["MOST_OTHERS", "advice", "iso_cost", "learned", "provenance"]

MOST_OTHERS = 60  # rows of the table of other results; the JSON report has all


def iso_cost(page: Page) -> Lines:
    c, iso, q = page.c, page.c.iso_cost, page.c.quality
    if iso is not None:
        yield from (f"## What the candidate's {iso.basis} would buy", "")
        line = f"For the {iso.basis} of one candidate run the baseline could be trained {number(iso.runs, 3)} times."
        if iso.expected_best is not None:
            bounds = ""
            if iso.low is not None and iso.high is not None:
                bounds = f" ({level(c)} interval {number(iso.low, 3)} to {number(iso.high, 3)})"
            line += f" The best of {int(iso.runs)} such runs would be expected to reach {page.label} "
            line += f"{number(iso.expected_best, 3)}{bounds}; the candidate reached {sample(q.candidate, q.metric)}."
        else:
            what = "which value is best" if q.metric.direction is None else "the baseline's noise"
            line += f" How good the best of them would be can't be said: {what} is not known."
        method = iso.method if iso.expected_best is not None else ""
        yield from (f"{line}{page.notes.ref(method, *(note.text for note in iso.notes))}", "")
    yield from ("---", "")


def advice(page: Page) -> Lines:
    c = page.c
    if c.recommendations:
        yield from ("## Recommendations", "")
        for place, step in enumerate(c.recommendations, start=1):
            yield f"{place}. {recommendation_sentence(step)}{expectation(step, c, 'markdown')}"
        yield ""
    if c.corrected is not None and not (c.corrected.is_baseline and _is_open(c)):
        yield from ("## Corrected config", "", *_corrected(page, c.corrected))


def _is_open(c: Comparison) -> bool:
    """Whether to go back to the baseline is no advice, since nothing was found."""
    return not any(step.action == "keep_baseline" for step in c.recommendations)


def _corrected(page: Page, corrected: Corrected) -> Lines:
    c = page.c
    if corrected.is_baseline:
        yield from (f"Nothing that was changed is shown to pay: that of {text(c.baseline.label)} stays.", "")
        return
    yield from (f"Change these settings of {text(c.candidate.label)}; the rest stays.", "")
    yield from (fenced(config_block(corrected), "yaml"), "")
    yield from (*forecast_lines(c, corrected, page.notes.ref), "")
    if corrected.tried is not None:
        yield from tried_lines(c, corrected, corrected.tried)


def learned(page: Page) -> Lines:
    lines = lessons(page.c, "markdown")
    if lines:
        yield from ("## What was learned", "", *(f"- {line}" for line in lines), "")
    commands = next_commands(page.c)
    if commands:
        yield from ("## Next steps", "", fenced("\n".join(commands), "bash"), "")
    yield from ("---", "")


def provenance(page: Page) -> Lines:
    c, q = page.c, page.c.quality
    yield from ("## Provenance and method", "")
    sides = ((c.baseline, q.baseline), (c.candidate, q.candidate))
    rows = (row for side, values in sides for row in _runs(side, values))
    yield from table(("Side", "Run", "Seed", "State", "Source", page.label), rows)
    for side in (c.candidate, c.baseline):
        count = f"{len(side.runs)} run{'s' if len(side.runs) != 1 else ''}"
        hardware = f" on {text(side.hardware)}" if side.hardware else ""
        notes = "".join(f" {text(note)}" for note in side.notes)
        yield f"- {side.role.capitalize()} {code(side.reference)}: {count}{hardware}.{notes}"
    yield (
        "- Figures are measured (logged by the runs) or derived from measured ones unless marked reported, estimated "
        f"or assumed; {MISSING} is missing."
    )
    yield (
        "- Losses, grad norms and metrics are compared on the log scale where they are positive; means are geometric "
        "there. Costs are geometric means over runs, and their ratios have Welch's interval on the logarithms."
    )
    yield _made_by(c)
    if c.not_run:
        lacking = "; ".join(f"{text(one.lacks)} ({', '.join(map(text, one.codes))})" for one in c.not_run)
        yield f"- Checks that did not run: {lacking}."
    yield ""
    yield from _others(page)
    if page.notes.listed or c.warnings:
        yield from ("### Notes", "")
        yield from page.notes.lines()
        yield from ("", *(f"- {text(warning.text)}" for warning in c.warnings))


def _runs(side: Side, values: Sample) -> Iterator[Sequence[str]]:
    for run, value in zip(side.runs, values.values, strict=True):
        place = code("/".join(Path(run.location).parts[-3:]))  # enough to find it, without the machine around it
        seed = MISSING if run.seed is None else text(run.seed)
        yield side.role, code(run.id), seed, text(run.state), f"{text(run.source)}: {place}", figure(value.figure)


def _made_by(c: Comparison) -> str:
    o = c.options
    effect = f", smallest effect of interest {text(o.min_effect)}" if o.min_effect else ""
    gpu = f", GPU price {money(o.gpu_price)} an hour" if o.gpu_price else ""
    cpu = f", CPU price {money(o.cpu_price)} an hour" if o.cpu_price else ""
    noise = f", noise {share(o.noise_cv)} stated by hand" if o.noise_cv else ""
    return (
        f"- Made by runcompare {c.version} with metric {code(o.metric)}{effect}, error rate {share(o.alpha)}"
        f"{gpu}{cpu}{noise}."
    )


def _others(page: Page) -> Lines:
    family = {id(row) for row in page.family}  # thousands of rows are not compared field by field
    rows = [row for row in page.c.metrics if id(row) not in family]
    if not rows:
        return
    yield from ("### Other results", "")
    shown = rows[: page.most_others]
    yield from table(METRICS, (row_cells(page, row) for row in shown))
    if len(rows) > len(shown):
        yield from (f"{len(rows) - len(shown)} more are in the whole report (`--full`).", "")
