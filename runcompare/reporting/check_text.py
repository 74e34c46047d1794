"""What was found of runs without a baseline, for a terminal, as markdown and as JSON."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from runcompare.comparison.check import Check, Checked
from runcompare.comparison.model import Finding
from runcompare.records.as_json import builtin, json_text
from runcompare.reporting.not_run_text import not_run_text
from runcompare.reporting.numbers import number
from runcompare.reporting.prose import Language, count, prose
from runcompare.reporting.sentences import finding_sentence

__all__ = ["FORMATS", "found"]


def _text(check: Check) -> str:
    return "\n".join(line for group in check.groups for line in _group(group, "plain"))


def _markdown(check: Check) -> str:
    return "\n".join(line for group in check.groups for line in _group(group, "markdown"))


def _json(check: Check) -> str:
    data = msgspec.to_builtins(check, enc_hook=builtin)
    for group, told in zip(data["groups"], check.groups, strict=True):
        group["text"] = [finding_sentence(finding, "plain") for finding in told.all]
    return json_text(data)


FORMATS: Mapping[str, Any] = {"text": _text, "md": _markdown, "json": _json}


def _group(group: Checked, language: Language) -> Iterator[str]:
    write = prose(language)
    title = f"{write.text(group.label)}: {found(group)} in {count(len(group.runs), 'run')}"
    yield f"## {title}\n" if language == "markdown" else title
    for finding in group.findings:
        yield from _finding(finding, language)
    if group.against_history:
        like = f"Beside {count(len(group.like), 'other run')} of the project that are like it"
        yield f"\n{like}:\n" if language == "markdown" else f"  {like}:"
        for finding in group.against_history:
            yield from _finding(finding, language)
    if group.not_run:
        line = not_run_text(group.not_run)
        yield f"\n{line}" if language == "markdown" else f"  {line}"
    if not group.like:
        alone = "No three like runs were found to hold it against: thresholds are fixed ones."
        yield f"\n{alone}" if language == "markdown" else f"  {alone}"
    yield ""


def found(group: Checked) -> str:
    """How many findings there are, notes left out."""
    faults = [finding for finding in group.all if finding.strength != "note"]
    return count(len(faults), "finding")


def _finding(finding: Finding, language: Language) -> Iterator[str]:
    sentence = finding_sentence(finding, language)
    where = "; ".join(
        f"{proof.what} {number(proof.figure.mid)}, {prose(language).code(proof.figure.source)}"
        for proof in finding.evidence
        if proof.figure.mid is not None
    )
    if language == "markdown":
        yield f"- **{finding.title} [{finding.code}].** *{finding.strength.capitalize()}.* {sentence}"
        yield from (f"  - {label}: {text}" for label, text in _more(finding, where) if text)
        return
    yield f"  {finding.code}  {finding.strength}: {finding.title}"
    yield f"         {sentence}"
    yield from (f"         {label}: {text}" for label, text in _more(finding, where) if text)


def _more(finding: Finding, where: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Evidence", where),
        ("Can't show", finding.limits),
        ("To confirm", finding.confirm.replace("`", "")),
    )
