"""The lines under the headline: which runs count, the result, the noise, the costs, guardrails, whether it is worth it,
and what was chosen for the user."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runcompare.comparison.comparison import Comparison, MadeChoice, Side
from runcompare.comparison.model import Row, Sample, Test
from runcompare.comparison.searches import Search
from runcompare.records.run import PICK
from runcompare.reporting.cost_text import cost_line, missing_reason
from runcompare.reporting.guardrail_text import guard_clause
from runcompare.reporting.looks_text import look_lines
from runcompare.reporting.numbers import number, p_value, share
from runcompare.reporting.pairing_text import samples_line, which_test
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.verdict_text import worth_text
from runcompare.reporting.words import change, difference, interval, sample, size, would_be_seen

__all__ = [
    "BETTER",
    "choices_line",
    "history_trust",
    "level",
    "noise_range",
    "noise_size",
    "run_lines",
    "runs_of",
    "search_lines",
    "summary",
    "unread_lines",
]

BETTER = {"max": " (higher is better)", "min": " (lower is better)"}
MOST_UNREAD = 3  # of a side, told one by one
UNFINISHED = ("running", "interrupted", "failed")


def summary(c: Comparison, language: Language = "plain") -> list[str]:
    """Each line as a sentence or two, the most important first."""
    write = prose(language)
    lines = [
        *_reasons(c, write),
        *run_lines(c, language),
        _result(c, write),
        *search_lines(c.searches, c.quality.metric.key, write),
        *look_lines(c, write),
        *_ceilings(c, write),
        *_one_seed(c, write),
        *_tests(c, language),
        _noise(c, write),
        *_costs(c, write),
        *_guardrails(c, write),
    ]
    worth = worth_text(c, language)
    return [
        *lines,
        *([f"{write.strong('Worth it?')} {worth}"] if worth else []),
        *choices_line(c.choices, c.options.asked, write),
    ]


def _reasons(c: Comparison, write: Prose) -> Iterator[str]:
    head = "Forced past" if c.options.forced else "Not comparable"
    for reason in c.incomparable:
        yield f"{write.strong(f'{head}:')} {write.text(reason.text)}"


class _SideOfRow(NamedTuple):
    """A side and its values of the primary metric, in the order of its runs."""

    side: Side
    sample: Sample


def _sides(c: Comparison) -> tuple[_SideOfRow, _SideOfRow]:
    return _SideOfRow(c.candidate, c.quality.candidate), _SideOfRow(c.baseline, c.quality.baseline)


def run_lines(c: Comparison, language: Language = "plain") -> list[str]:
    """Runs that do not count, lack the metric, or did not finish: each side's, by name."""
    return [line for side in _sides(c) for line in _run_lines(c, side, prose(language))]


def _run_lines(c: Comparison, of: _SideOfRow, write: Prose) -> Iterator[str]:
    reasons = {note.code: note.text for note in c.left_out}
    out, lacking, unfinished = [], [], []
    for run, found in zip(of.side.runs, of.sample.values, strict=False):
        if run.id in reasons:
            out.append(f"{write.code(run.id)} ({write.text(reasons[run.id])})")
        elif found.figure.is_missing:
            lacking.append(write.code(run.id))
        elif run.state in UNFINISHED:
            unfinished.append(f"{write.code(run.id)} ({run.state})")
    label, n = write.text(c.quality.metric.label), len(of.side.runs)
    runs = f"{n} {of.side.role} run{'' if n == 1 else 's'}"
    if out:
        yield f"{write.strong('Left out:')} {len(out)} of {runs}: {', '.join(out)}."
    yield from unread_lines((of.side,), write)
    if lacking and len(lacking) < n:
        yield f"{write.strong('Not counted:')} {len(lacking)} of {runs} without {label}: {', '.join(lacking)}."
    if unfinished:
        taken = "counted with the value so far"
        yield f"{write.strong('Not finished:')} {len(unfinished)} of {runs}, {taken}: " + (f"{', '.join(unfinished)}.")


def unread_lines(sides: Sequence[Side], write: Prose) -> Iterator[str]:
    """What of each side could not be read: it may be a seed that would change the verdict."""
    for side in sides:
        if side.unread:
            named, left = map(write.text, side.unread[:MOST_UNREAD]), len(side.unread) - MOST_UNREAD
            why = " ".join([*named, *([f"And {left} more."] if left > 0 else [])])
            yield f"{write.strong('Not read:')} {count(len(side.unread), 'more run')} of the {side.role}: {why}"


def _result(c: Comparison, write: Prose) -> str:
    row, test = c.quality, c.quality.test
    sides = f"{sample(row.candidate, row.metric)} against {sample(row.baseline, row.metric)}"
    found = ""
    if test is not None and test.low is not None:
        found = f": {change(row)}, {level(c)} interval {interval(test, row.metric)}"
        found += f", p {p_value(test.p_value)}" if test.p_value is not None else ""
    label = write.strong(write.text(row.metric.label)) + BETTER.get(row.metric.direction or "", "")
    return f"{label}: {sides}{found} ({runs_of(row)})."


def search_lines(searches: Sequence[Search], judged: str, write: Prose) -> Iterator[str]:
    """What a side was picked from, and whether that is corrected for; `judged` is the primary metric's key."""
    for one in searches:
        by = f" by {write.code(one.by)}" if one.by else ""
        if one.how == PICK:
            other = ", as if by the judged metric, since what the two share is not known"
            yield (
                f"{write.strong('Picked:')} the {one.side} is the best of {one.n} runs{by}; p and the interval are "
                f"corrected for that{other if one.by != judged else ''}."
            )
            continue
        who = "both sides are" if one.both else f"the {one.side} is one"
        from_ = f"{who} of the {one.n} configurations that {write.text(one.how)} tried"
        if one.corrected:
            yield f"{write.strong('Searched:')} {from_}{by}; p and the interval are corrected for the best of them."
        else:
            why = f"the search was after {write.code(one.by)}" if one.by else "what the search was after is not known"
            yield (
                f"{write.strong('Searched:')} {from_}, and {why}: if the {one.side} was picked for its value, p is too "
                f"small. {write.code('@best:METRIC')} picks and corrects."
            )


def level(c: Comparison) -> str:
    """The level of the intervals: "95 %"."""
    percent = 100 * (1 - c.options.alpha)
    return f"{percent:.0f} %" if abs(percent - round(percent)) < 0.05 else f"{percent:.1f} %"


def runs_of(row: Row) -> str:
    """ "3 candidate runs and 1 baseline run"; "3 candidate and 5 baseline runs"."""
    new, old = row.candidate.n, row.baseline.n
    first = " run" if new == 1 and old != 1 else " runs" if new != 1 and old == 1 else ""
    return f"{new} candidate{first} and {old} baseline run{'s' if old != 1 else ''}"


def _ceilings(c: Comparison, write: Prose) -> Iterator[str]:
    """A share that all runs of a side have brought to its end can't show a difference beyond it."""
    metric = c.quality.metric
    for side, of in _sides(c):
        mids = {v.figure.mid for v in of.values if not v.figure.is_missing}
        if metric.is_share and of.n > 1 and mids in ({0.0}, {metric.full}):
            end = f"{number(100.0 if mids == {metric.full} else 0.0)} %"
            yield (
                f"{write.strong('At the limit:')} all {of.n} {side.role} runs end at {end}, where no difference "
                "between seeds can show; a harder test would tell more."
            )


def _tests(c: Comparison, language: Language) -> Iterator[str]:
    """Which of two tests gives the verdict, and what test samples say where one run a side can't tell."""
    if c.pairing is not None and (c.pairing.other is not None or c.pairing.declared):
        yield which_test(c, language)
    if min(c.quality.candidate.n, c.quality.baseline.n) == 1 and (line := samples_line(c, language)):
        yield line


ONE_SEED = ("far-seed", "spoiled-by-one-seed", "rests-on-one-seed")


def _one_seed(c: Comparison, write: Prose) -> Iterator[str]:
    """A seed that lies far from the others, or that makes or spoils the verdict: with it and without it."""
    for note in c.quality.test.warnings if c.quality.test is not None else ():
        if note.code in ONE_SEED:
            yield f"{write.strong('One seed:')} {write.text(note.text)}"


def _noise(c: Comparison, write: Prose) -> str:
    test, label = c.quality.test, write.text(c.quality.metric.label)
    if test is None or test.noise.source == "unknown":
        return (
            f"{write.strong('Noise: unknown.')} Without a second seed on either side, or a history of replicated "
            f"groups, nothing tells how much {label} changes from seed to seed. The difference may be all noise, or "
            "none of it."
        )
    sources = {
        "assumed": "assumed, not measured",
        "history": f"from {count(test.noise.groups, 'replicated group')} of the project{history_trust(test)}",
        "library": "assumed from other people's runs of this kind, not seen in these",
        "replicates": "from the replicates",
    }
    source = sources.get(test.noise.source, f"from {test.noise.source}")
    if c.pairing is not None and c.pairing.decides:
        return _noise_of_pairs(c, write)
    seen = ""
    if test.detectable:
        seen = f"; with these seeds {would_be_seen(test.detectable, c.quality.metric)}"
    usual, size_range = (" usually", noise_range(c)) if test.noise.source == "library" else ("", "")
    return f"{write.strong('Noise')} {source}: seed to seed {label}{usual} varies by {noise_size(c)}{size_range}{seen}."


def history_trust(test: Test) -> str:
    """How much of its weight the history has, where these seeds can tell; empty where it is all."""
    trust = test.noise.trust
    if trust is None:
        return ", which one run a side can't test" if "one run against one" in test.method else ""
    return f", with {share(trust)} of their weight" if trust < 1 else ""


def noise_range(c: Comparison) -> str:
    """Where a project's noise lies four times in five; empty where the library was not asked."""
    test = c.quality.test
    if test is None or test.noise.low is None or test.noise.high is None:
        return ""
    low, high = (size(bound, c.quality.metric) for bound in (test.noise.low, test.noise.high))
    if low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return f" (four projects in five: {low} to {high})"


def _noise_of_pairs(c: Comparison, write: Prose) -> str:
    test, label = c.quality.test, write.text(c.quality.metric.label)
    assert test is not None
    groups = count(test.noise.groups, "earlier comparison")
    source = f"from these pairs and {groups} in pairs" if test.noise.source == "history" else "from these pairs"
    seen = ""
    if test.detectable:
        seen = f"; in these pairs {would_be_seen(test.detectable, c.quality.metric)}"
    return (
        f"{write.strong('Noise')} {source}: what pairs don't share of {label} varies by {noise_size(c)} a side{seen}."
    )


def noise_size(c: Comparison) -> str:
    """One standard deviation from seed to seed, as effects are told."""
    noise = c.quality.test.noise if c.quality.test else None
    if noise is None:
        return ""
    if c.quality.metric.scale == "log" and noise.cv is not None:
        return share(noise.cv)
    return size(noise.shown, c.quality.metric)


def _costs(c: Comparison, write: Prose) -> Iterator[str]:
    for row in c.cost:
        if row.metric.key in ("cost/time", "cost/money") and row.ratio:
            sides = f"{sample(row.candidate, row.metric)} against {sample(row.baseline, row.metric)}"
            yield f"{write.strong(row.metric.label)}: {sides}: {cost_line(row)}."
        elif row.metric.key == "cost/money":
            yield f"{write.strong('Money')}: not known ({write.text(missing_reason(row))})."


GUARDRAILS = {
    "worse": "got worse",
    "better": "got better",
    "equivalent": "held",
    "inconclusive": "not shown to hold, nor to get worse",
    "missing": "missing on a side",
}


def _guardrails(c: Comparison, write: Prose) -> Iterator[str]:
    rows = [row for row in c.metrics if row.role == "guardrail"]
    if rows:
        listed = "; ".join(f"{write.text(row.metric.label)}: {_guarded(row, write)}" for row in rows)
        yield f"{write.strong('Guardrails:')} {listed}."


def _guarded(row: Row, write: Prose) -> str:
    if row.guard is not None:
        return guard_clause(row, row.guard, write)
    if row.assessment in ("higher", "lower"):
        flag = write.code("--guardrail KEY:min|max")
        return f"{row.assessment}, and which is better is not known ({flag})"
    shown = difference(row)
    found = GUARDRAILS.get(row.assessment, "can't tell")
    return f"{found} ({shown})" if row.assessment != "missing" else found


def choices_line(choices: Sequence[MadeChoice], asked: Mapping[str, Any], write: Prose) -> Iterator[str]:
    """One line for what the user did not state."""
    stated = {*asked, *(["noise"] if "noise_from" in asked else [])}
    made = [_choice(choice, write) for choice in choices if choice.what not in stated]
    if made:
        yield f"{write.strong('Chosen for you:')} {', '.join(made)}."


def _choice(choice: MadeChoice, write: Prose) -> str:
    flag = write.code(choice.flag.split(",")[0].split(" ")[0])
    why = f"{write.text(choice.why)}; " if choice.why else ""
    chosen = f"metric {write.code(choice.chosen)}" if choice.what == "metric" else write.text(choice.chosen)
    return f"{chosen} ({why}{flag})"
