"""What `runcompare recommend` prints: recommendations, the corrected config as a patch, its forecast, its runs."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff

from runcompare.comparison.recommended import Draft, Recommended, why_nothing
from runcompare.records.redact import redact
from runcompare.reporting.advice_text import expectation, forecast_lines, tried_lines
from runcompare.reporting.escape import code, fenced, printable, text
from runcompare.reporting.sentences import recommendation_sentence
from runcompare.reporting.verdict_text import headline

__all__ = ["shown", "to_markdown"]

CONTEXT = 1  # lines of the file around each change


def shown(found: Recommended) -> Recommended:
    """The same without the secrets that the candidate's own file may hold; what is written keeps them."""
    draft = found.draft
    if draft is None:
        return found
    patched = replace(draft.patched, text=_without_secrets(draft.patched.text))
    return replace(found, draft=replace(draft, before=_without_secrets(draft.before), patched=patched))


def _without_secrets(content: str) -> str:
    return "".join(str(redact(line)) for line in content.splitlines(keepends=True))


def to_markdown(found: Recommended) -> str:
    """The whole as markdown, without secrets."""
    return "\n".join(_lines(shown(found))).rstrip() + "\n"


def _lines(found: Recommended) -> Iterator[str]:
    c = found.comparison
    yield from (f"# What to run next: {text(c.candidate.label)} vs {text(c.baseline.label)}", "")
    yield from (f"{headline(c, 'markdown')}.", "")
    if c.recommendations:
        steps = enumerate(c.recommendations, start=1)
        yield from (f"{n}. {recommendation_sentence(step)}{expectation(step, c, 'markdown')}" for n, step in steps)
    else:
        yield "Nothing can be recommended: no finding and no attribution says that anything else would be better."
    yield from ("", "## Corrected config", "")
    if found.draft is None or c.corrected is None:
        yield f"There is none: {text(why_nothing(c))}."
        return
    yield from _patch(found.draft)
    yield from (*forecast_lines(c, c.corrected), "")
    if c.corrected.tried is not None:
        yield from tried_lines(c, c.corrected, c.corrected.tried)
    yield from (f"- Not verified: {text(why)}." for why in found.failed)


def _patch(draft: Draft) -> Iterator[str]:
    name = draft.path or "what the candidate's runs logged"
    before, after = (printable_lines(t) for t in (draft.before, draft.patched.text))
    diff = unified_diff(before, after, printable(name), "corrected", n=CONTEXT, lineterm="")
    if not draft.path:
        yield "The candidate's own file is not known (`--config FILE`): the change is to what its runs logged."
        yield ""
    yield from (fenced("\n".join(diff), "diff"), "")
    for setting in draft.patched.refused:
        yield f"- Change {code(setting.path)} by hand: {text(setting.why)}."
    yield from (f"- {text(note)}." for note in draft.notes)
    if draft.patched.refused or draft.notes:
        yield ""


def printable_lines(content: str) -> list[str]:
    """A file's lines, safe for a terminal."""
    return [printable(line) for line in content.expandtabs(4).splitlines()]
