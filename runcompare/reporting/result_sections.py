"""The sections of the markdown report that say what was found: verdict, performance, training, findings, noise.

Each yields lines, in the order in which they are read: footnotes are numbered as they come. Blank lines may repeat;
the document squeezes them.
"""

from collections.abc import Sequence

from runcompare.comparison.model import (
    ConfigChange,
    Evidence,
    Finding,
    KeyFamily,
    Row,
    StageComparison,
    Test,
    main_cost,
)
from runcompare.reporting.account_text import account_lines, root_cause
from runcompare.reporting.escape import code, text
from runcompare.reporting.looks_text import no_ledger
from runcompare.reporting.not_run_text import not_run_text
from runcompare.reporting.numbers import MISSING, number, percent, share, times
from runcompare.reporting.page import METRICS, QUANTITIES, Lines, Page, row_cells, table
from runcompare.reporting.pairing_text import correlation_text, samples_line, which_test
from runcompare.reporting.prose import count, prose
from runcompare.reporting.sentences import finding_sentence
from runcompare.reporting.summary_text import (
    history_trust,
    level,
    noise_range,
    noise_size,
    runs_of,
    summary,
)
from runcompare.reporting.verdict_text import headline, would_change
from runcompare.reporting.words import difference, figure, is_hopeless, sample, setting_change, size

__all__ = ["findings", "noise", "performance", "top", "training"]

STRONG = (
    "Strong: the figures are exact, or the difference is beyond noise. Suggestive: seen, but noise is not excluded."
)


def top(page: Page) -> Lines:
    c = page.c
    yield from (f"# Run Comparison: {text(c.candidate.label)} vs {text(c.baseline.label)}", "")
    yield from (f"## TL;DR: **{headline(c, 'markdown')}**", "")
    yield from (f"- {line}" for line in summary(c, "markdown"))
    yield from ("", "---", "")


def performance(page: Page) -> Lines:
    c, q = page.c, page.c.quality
    yield from ("## Performance and cost", "")
    rows = [row_cells(page, q, bold=True), *(row_cells(page, row) for row in (*page.family, *c.cost))]
    yield from table(METRICS, iter(rows))
    means = "Cells are means ± standard deviations over runs. " if q.candidate.n > 1 or q.baseline.n > 1 else ""
    yield (
        f"{means}Brackets hold the {level(c)} interval over seeds, or what an estimated range allows; n counts "
        "candidate + baseline runs."
    )
    yield ""
    yield from page.picture("effect", f"{page.label} of every run, and the difference with its interval")
    yield from page.picture("metrics", "The effect on every metric that is judged, with its interval")
    yield from page.picture("cost", "Cost against quality: every run, and the mean of each side as a large mark")
    if c.config:
        yield from ("### What was changed", "")
        yield from table(("Setting", "Baseline", "Candidate", "Change"), (_setting(change) for change in c.config))
    yield from ("---", "")


def _setting(changed: ConfigChange) -> Sequence[str]:
    values = [MISSING if v is None else code(v) for v in (changed.baseline, changed.candidate)]
    return [code(changed.path), *values, setting_change(changed)]


def training(page: Page) -> Lines:
    c = page.c
    if not (c.stages or c.curve or c.families):
        return
    yield from ("## Training", "")
    yield from _metric_curve(page)
    for stage in c.stages:
        yield from (f"### {text(stage.name)}", "")
        yield from table(QUANTITIES, (row_cells(page, row) for row in stage.rows))
        yield from page.picture(stage.name, f"Loss and grad norm of {text(stage.name)} on both sides")
        if line := _analysis(page, stage):
            yield from (f"**Analysis:** {line}", "")
    if c.families:
        yield from ("### Many layers and parts", "", *(_family(family) for family in c.families), "")
    if page.plots:
        yield (
            "Lines in the pictures are means over runs, bands reach from the lowest to the highest run, dotted lines "
            "are validation."
        )
    yield ""
    if any(row.test and row.test.q_value is not None for stage in c.stages for row in stage.rows):
        yield (
            "q is the p-value corrected for how many quantities were looked at (Benjamini and Hochberg): of the "
            "differences called"
        )
        yield f"better, worse, higher or lower here, at most {share(c.options.alpha)} are expected to be chance."
    yield from ("", "---", "")


def _metric_curve(page: Page) -> Lines:
    curve = page.c.curve
    if curve is not None:
        label = text(curve.metric.label)
        yield from (f"### {label} over the training", "")
        yield from table(QUANTITIES, (row_cells(page, row) for row in curve.rows))
        yield from page.picture("curve", f"{label} against the {curve.curves[0].axis} on both sides")


def _family(family: KeyFamily) -> str:
    line = f"- {code(family.pattern)}: {len(family.changes)} keys"
    if family.median is None or family.largest is None:
        line += ", without final values that can be compared"
    else:
        line += f"; their final values change by {percent(family.median - 1)} in the median, most in "
        line += f"{code(family.largest.key)} ({times(family.largest.ratio)})"
    return f"{line}. Described, not tested; each one stands in the JSON report."


def _strength(page: Page, finding: Finding) -> str:
    return f"*{finding.strength.capitalize()}.*{page.notes.ref(STRONG)}"


OUTCOMES = ("more_epochs_no_gain", "shorter_training")  # findings that say how long a stage was and what came of it
SHOWN = ("better", "worse", "equivalent", "likely better", "likely worse")  # words that say something of a loss
LOSSES = ("final_val_loss", "final_test_loss", "final_loss")


def _analysis(page: Page, stage: StageComparison) -> str:
    """What an engineer would say of a stage in a line: how long it was and what came of it, then what was found."""
    found = [f for f in page.c.findings if f.stage == stage.name]
    said = [f"{finding_sentence(f)}{_cited(f)}" for f in found]
    outcome = "" if any(f.rule in OUTCOMES for f in found) else _outcome(stage)
    certain = {f.strength for f in found}
    strength = f" {_strength(page, found[0])}" if len(certain) == 1 else ""
    limits = page.notes.ref(*dict.fromkeys(f.limits for f in found if f.limits))
    return f"{' '.join([*([outcome] if outcome else []), *said])}{strength}{limits}"


def _outcome(stage: StageComparison) -> str:
    """How many epochs for how much time, and whether the loss ended lower; "" where none of it is known."""
    epochs, time = (stage.row(key) for key in ("epochs", "time"))
    losses = (row for key in LOSSES if (row := stage.row(key)) is not None and row.ratio is not None)
    loss = next((row for row in losses if row.assessment in SHOWN), None)
    length = [
        *([f"{times(epochs.ratio)} the epochs"] if epochs is not None and epochs.ratio not in (None, 1.0) else []),
        *([f"{difference(time)}"] if time is not None and time.ratio is not None else []),
    ]
    if loss is None:
        return f"{', '.join(length)}." if len(length) > 1 else ""
    came = f"{text(loss.metric.label).lower()} {difference(loss)}{_judged(loss)}"
    return f"{', '.join([*length, came])}.".replace("the epochs, ", "the epochs: ", 1)


def _judged(row: Row) -> str:
    return f" ({row.assessment})" if row.test is not None else ""


def _cited(finding: Finding) -> str:
    """The code that `runcompare explain` knows."""
    return f" [{finding.code}]" if finding.code else ""


def _titled(finding: Finding) -> str:
    return f"{finding.title}{_cited(finding)}"


TELLS_MORE = {"search_gain": "search_wasted"}  # a finding that says the same with a bound


def findings(page: Page) -> Lines:
    """Why the sides differ: the account of what did what, then the findings that belong to no stage's table, those of
    one rule together, each figure of their evidence once."""
    account, cause = account_lines(page.c, "markdown"), root_cause(page.c, "markdown")
    groups, lacking = _by_rule(page), not_run_text(page.c.not_run)
    if not (groups or account or lacking):
        return
    yield from ("## Why", "", *(f"- {line}" for line in account), "")
    if cause:
        yield from (f"**Root cause.** {cause}", "")
    shown: set[tuple[str, ...]] = set()
    for place, found in enumerate(groups, start=1):
        stages = [text(f.stage) for f in found if f.stage]
        stage = f" ({', '.join(dict.fromkeys(stages))})" if stages else ""
        yield from (f"### {place}. {_titled(found[0])}{stage}", "", " ".join(map(finding_sentence, found)), "")
        proof = [_evidence(e) for finding in found for e in finding.evidence]
        rows = [row for row in dict.fromkeys(proof) if row not in shown]
        if rows:
            yield from table(("Evidence", "Side", "Figure", "Where"), iter(rows))
        shown |= {*rows}
        yield from (_certainty(page, found), "")
    yield from (lacking, "") if lacking else ()
    yield from ("---", "")


def _by_rule(page: Page) -> list[list[Finding]]:
    """Findings of no stage's table, those of one rule together."""
    tables = {stage.name for stage in page.c.stages}
    rules = {finding.rule for finding in page.c.findings}
    groups: dict[str, list[Finding]] = {}
    for found in page.c.findings:
        if found.stage in tables or found.summary == "unknown" or TELLS_MORE.get(found.rule) in rules:
            continue
        groups.setdefault(found.rule, []).append(found)
    return list(groups.values())


def _evidence(one: Evidence) -> tuple[str, ...]:
    where = code(one.figure.source) if one.figure.source else ""
    return text(one.what), one.role or "", figure(one.figure), where


def _certainty(page: Page, found: Sequence[Finding]) -> str:
    """How sure it is, what it can't show, and what would confirm it where it is not shown."""
    strengths = {finding.strength for finding in found}
    parts = [_strength(page, found[0])] if len(strengths) == 1 else [_strength(page, finding) for finding in found]
    parts += dict.fromkeys(text(finding.limits) for finding in found if finding.limits)
    unsure = [text(finding.confirm) for finding in found if finding.confirm and finding.strength != "strong"]
    return " ".join([*parts, *dict.fromkeys(unsure)])


def noise(page: Page) -> Lines:
    c, test = page.c, page.c.quality.test
    yield from ("## Noise and significance", "")
    if test is None:
        yield "The metric is missing on one side, so there is nothing to test."
    elif test.noise.source == "unknown":
        yield from _noise_unknown(page)
    else:
        yield from _noise_known(page, test)
    if c.look is None and test is not None and test.p_value is not None:
        yield f"- {no_ledger(c, prose('markdown'))}"
    for note in test.assumptions if test else ():
        yield f"- Assumption: {text(note.text)}"
    yield ""
    if c.knowing and (c.verdict in ("inconclusive", "can't tell") or c.verdict.startswith("likely")):
        yield from _knowing(page)


UNKNOWN_NOISE = """
What would change that:

- **more seeds**: two or more a side give a first estimate; three to five decide large differences;
- **history**: `--noise-from GROUP` takes the noise from replicated groups of the same project;
- **a stated noise**: `--noise-cv 0.1` assumes one by hand, and the report says that it was assumed.
"""


def _noise_unknown(page: Page) -> Lines:
    yield (
        f"There is no estimate of the noise: {runs_of(page.c.quality)} with a finite {page.label}. No test is made, no "
        "p-value is given, and the verdict is \"can't tell\". A curve or a test set can't stand in for another seed."
    )
    yield from UNKNOWN_NOISE.splitlines()
    cost = main_cost(page.c.cost)
    if cost is not None:
        new, old = sample(cost.candidate, cost.metric), sample(cost.baseline, cost.metric)
        yield from ("", f"A further run costs {new} (candidate) or {old} (baseline).", "")


SETTLED = ("better", "worse", "higher", "lower")  # only seeds that say otherwise would change these


def _noise_known(page: Page, test: Test) -> Lines:
    c, q = page.c, page.c.quality
    of = f" of {page.label}" if q.metric.scale == "log" else ""
    df = test.noise.df
    freedom = f" ({number(df, 2)} degree{'s' if df != 1 else ''} of freedom)" if df and df < 1e6 else ""
    seeds = "from seed to seed" if not _is_paired(page) else "of what pairs don't share, a side,"
    sd = f"{noise_size(c)}{of}{noise_range(c)}{freedom}"
    yield f"- Noise: {_noise_source(page, test)}. One standard deviation {seeds} is {sd}."
    if test.noise.published:
        yield f"- Published at: {'; '.join(map(text, test.noise.published))}. Not used with `--no-noise-library`."
    yield f"- Method: {text(test.method)}."
    for line in (which_test(c, "markdown"), samples_line(c, "markdown")):
        if line:
            yield f"- {line}"
    if correlation := correlation_text(c):
        yield f"- What pairs share: {correlation}."
    stated = "No smallest effect of interest was stated (`--min-effect`), so nothing is called equivalent"
    if c.options.min_effect:
        stated = f"The smallest effect of interest is {text(c.options.min_effect)} (`--min-effect`)"
    seen = ""
    if test.detectable:
        least = f"a difference of {size(test.detectable, q.metric)}"
        least = "no difference that is likely in practice" if is_hopeless(test.detectable, q.metric) else least
        seen = f"; with these seeds {least} would have been seen four times in five (80 % power)"
    yield f"- {stated}{seen}."
    if c.verdict not in SETTLED:
        yield f"- What would change the verdict: {would_change(c, 'markdown')}"


def _is_paired(page: Page) -> bool:
    return page.c.pairing is not None and page.c.pairing.decides


def _noise_source(page: Page, test: Test) -> str:
    noise = test.noise
    if _is_paired(page):
        names = f": {', '.join(map(code, noise.names))}" if noise.names else ""
        earlier = f" and {count(noise.groups, 'earlier comparison')} in pairs" if noise.source == "history" else ""
        return f"from the differences of these pairs{earlier}{names if earlier else ''}"
    if noise.source == "replicates":
        return f"from the replicates themselves ({runs_of(page.c.quality)})"
    if noise.source == "history":
        names = f": {', '.join(map(code, noise.names))}" if noise.names else ""
        trust = history_trust(test)
        return f"from {count(noise.groups, 'replicated group')} of the project ({noise.runs} runs{trust}){names}"
    if noise.source == "library":
        runs = f"{noise.runs:,} runs in {count(noise.groups, 'replicated group')}"
        return f"**assumed**, from other people's runs of this kind ({runs}: {'; '.join(map(text, noise.names))})"
    return "**assumed**, stated by hand" if noise.source == "assumed" else f"from {noise.source}"


def _range(seeds: tuple[int, int] | None) -> str:
    if seeds is None:
        return MISSING
    low, high = seeds
    return f"{low}" if low == high else f"{low} to {high}"


def _knowing(page: Page) -> Lines:
    c, test = page.c, page.c.quality.test
    yield from ("### What knowing would cost", "")
    other = any(k.other_seeds for k in c.knowing)
    rows = (
        (
            f"{size(abs(k.effect), c.quality.metric)} ({k.why})",
            _range((k.seeds_low, k.seeds_high)),
            *([_range(k.other_seeds)] if other else []),
            figure(k.device_hours),
            figure(k.money),
        )
        for k in c.knowing
    )
    seeds = ("Pairs (the same seeds on both sides)", "Seeds a side, if they differ")
    if not _is_paired(page):
        seeds = ("Seeds a side", "Seeds a side, if both sides have the same")
    head = ("To resolve", *(seeds if other else seeds[:1]), "Device-hours still needed", "Money still needed")
    yield from table(head, rows)
    sure = "Ranges, because the noise itself is only known roughly from so few runs."
    if test is not None and test.noise.source == "assumed":
        sure = "The stated noise is taken as exact; so are these numbers of seeds."
    if other and (correlation := correlation_text(c)):
        sure += f" What pairs save hangs on what they share: {correlation}."
    yield from (f"With 80 % power at an error rate of {share(c.options.alpha)}. {sure}", "")
