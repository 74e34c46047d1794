"""What a comparison has shown, what it has not, and what of it a report has not said yet."""

from collections.abc import Iterator
from typing import NamedTuple

from runcompare.comparison.causes.model import Effect
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Finding, Row
from runcompare.reporting.account_text import account_lines, is_tabled
from runcompare.reporting.cost_text import cost_line
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.sentences import finding_sentence
from runcompare.reporting.verdict_text import margin_text
from runcompare.reporting.words import change, cost_ratio, difference, interval

__all__ = ["known", "lessons", "not_known"]

TOGETHER, ALONE = "confounded", "single_runs"  # findings that a report's account, or its headline, may tell already
MOST_NAMED = 4  # settings of one effect that are named one by one


def known(c: Comparison, language: Language = "plain") -> list[str]:
    """What is known: the verdict, costs that are shown to differ, and strong findings, each rule once a side."""
    write = prose(language)
    strong = (_finding(f, write, language) for f in _strong(c))
    return [*_verdict(c, write, language), *_costs(c), *account_lines(c, language), *strong]


def _verdict(c: Comparison, write: Prose, language: Language) -> Iterator[str]:
    new, old, label = (write.text(w) for w in (c.candidate.label, c.baseline.label, c.quality.metric.label))
    bounds = interval(c.quality.test, c.quality.metric)
    effect = change(c.quality) + (f", {bounds}" if bounds else "")
    if c.verdict in ("better", "worse"):
        yield f"{new} is {c.verdict} than {old} in {label} ({effect})."
    elif c.verdict in ("higher", "lower"):
        yield f"{label} is {c.verdict} in {new} than in {old} ({effect})."
    elif c.verdict == "equivalent":
        yield f"{new} and {old} differ in {label} by less than {margin_text(c, language)}."


def _costs(c: Comparison) -> Iterator[str]:
    for row in _shown_costs(c):
        if row.cost_word not in ("close", "open"):
            yield f"{row.metric.label}: {cost_line(row)}."


def _shown_costs(c: Comparison) -> list[Row]:
    return [row for row in c.cost if row.metric.key in ("cost/time", "cost/money") and row.ratio]


class _Strong(NamedTuple):
    """A finding that is certain, with the stages in which its rule fired on the same side."""

    finding: Finding
    stages: list[str]


def _strong(c: Comparison) -> list[_Strong]:
    found: dict[tuple[str, str], _Strong] = {}
    for finding in c.findings:
        if finding.strength != "strong" or finding.summary == "nothing":
            continue
        # claims are told apart by their text, other findings by their side
        key = finding.rule, str(finding.facts.get("text", finding.facts.get("role")))
        strong = found.setdefault(key, _Strong(finding, []))
        strong.stages.extend([finding.stage] if finding.stage else [])
    return list(found.values())


def _finding(strong: _Strong, write: Prose, language: Language) -> str:
    finding, stages = strong
    if finding.summary == "sentence":
        return finding_sentence(finding, language)
    if not stages:
        role = finding.facts.get("role")
        return f"{finding.title}: {write.text(role)}." if role else f"{finding.title}."
    whose = f"the {write.text(finding.facts['role'])}'s " if finding.facts.get("role") else ""
    return f"{finding.title} in {whose}{', '.join(map(write.code, stages))}."


def lessons(c: Comparison, language: Language = "plain") -> list[str]:
    """What is left to say at the end: what to keep and what to leave, and what stays open.

    The verdict and its costs head the report, findings and the account of causes stand under Why, those of a stage with
    its table; nothing of it is said again.
    """
    write = prose(language)
    told = [
        rule for rule, is_told in ((TOGETHER, c.account.untold or is_tabled(c)), (ALONE, _is_one_each(c))) if is_told
    ]
    asked = (finding_sentence(f, language) for f in c.findings if f.summary == "unknown" and f.rule not in told)
    return [*_conclusions(c, write), *(f"{write.strong('Open:')} {line}" for line in asked)]


def _is_one_each(c: Comparison) -> bool:
    return c.quality.candidate.n == c.quality.baseline.n == 1


def _conclusions(c: Comparison, write: Prose) -> Iterator[str]:
    """What to keep and what to leave, as far as effects or runs of the corrected config show it."""
    helped, dear = c.account.helped, {effect.name for effect in c.account.dear}
    if helped:
        yield f"What pays in quality: {', '.join(_settings(effect, write) for effect in helped)}."
    wasted = [effect for effect in (*c.account.unmoved, *c.account.harmed) if effect.name in dear]
    if wasted:
        named = ", ".join(_settings(effect, write) for effect in wasted)
        yield f"What costs and is not shown to help: {named}."
    tried = c.corrected.tried if c.corrected is not None else None
    if tried is not None:
        row, runs = tried.against_candidate, count(len(tried.runs), "run")
        label = write.text(row.metric.label)
        yield f"The corrected config, in {runs}: {label} {difference(row)} against the candidate."


def _settings(effect: Effect, write: Prose) -> str:
    named = effect.source != "ablation" and len(effect.keys) <= MOST_NAMED
    return ", ".join(map(write.code, effect.keys)) if named else write.code(effect.name)


def not_known(c: Comparison, language: Language = "plain") -> list[str]:
    """What is not known: the verdict where there is none, costs whose interval holds "the same", open findings."""
    return [*_open_verdict(c, prose(language)), *_open_costs(c), *_open_findings(c, language)]


def _open_verdict(c: Comparison, write: Prose) -> Iterator[str]:
    label, who = write.text(c.quality.metric.label), write.text(c.candidate.label)
    if c.quality.metric.direction is None and c.verdict != "not comparable":
        yield f"Which is better, higher or lower {label}: say {write.code('--direction')}."
    elif c.verdict not in ("better", "worse", "equivalent"):
        yield f"Whether {who} is better."


def _open_costs(c: Comparison) -> Iterator[str]:
    for row in _shown_costs(c):
        if row.cost_word in ("close", "open"):
            yield f"Whether the candidate costs more or less: {row.metric.label.lower()} {cost_ratio(row)}."


def _open_findings(c: Comparison, language: Language) -> Iterator[str]:
    return (finding_sentence(f, language) for f in c.findings if f.summary == "unknown")
