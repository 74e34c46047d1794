"""Findings and recommendations as sentences, in the style of the document that they stand in.

Rules write a sentence with fields, `"{share:share} of the extra time went into {stage:code}."`; here each field is
filled with its fact in the style that the field names, escaped for the document.
"""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from runcompare.comparison.model import Finding, Recommendation
from runcompare.reporting import numbers, words
from runcompare.reporting.prose import Language, prose

__all__ = ["fill", "finding_sentence", "recommendation_sentence"]

MOST_NAMED = 20  # names in a sentence
NUMBERS: Mapping[str, Callable[[Any], str]] = {
    "compared": words.compared,
    "duration": numbers.duration,
    "figure": words.figure,
    "money": numbers.money,
    "number": numbers.number,
    "percent": numbers.percent,
    "share": numbers.share,
    "times": numbers.times,
}


class _Filler(Formatter):
    """Fills fields by style: a number's, `code`, `codes` and `list` for lists, else text. Names of facts are plain:
    a field can't reach into a value."""

    def __init__(self, language: Language) -> None:
        self.text, self.code, _ = prose(language)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec in NUMBERS:
            return NUMBERS[format_spec](value)
        if format_spec == "code":
            return self.code(value)
        if format_spec == "codes":
            return _few([*map(self.code, value)])
        if format_spec == "list":
            return _few([*map(self.text, value)])
        return self.text(value)


def _few(names: list[str]) -> str:
    """A sentence stays one that can be read, with thousands of settings too."""
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:MOST_NAMED])} and {more:,} more"


def fill(sentence: str, facts: Mapping[str, Any], language: Language = "markdown") -> str:
    """The sentence with its fields filled from `facts`. Raises KeyError for a field without a fact."""
    return _Filler(language).vformat(sentence, (), facts)


def finding_sentence(finding: Finding, language: Language = "markdown") -> str:
    """A finding in one or two sentences; the names and values of its facts where its rule wrote none."""
    if not finding.sentence:
        return _listed(finding.facts, language)
    return fill(finding.sentence, {"stage": finding.stage, **finding.facts}, language)


def recommendation_sentence(recommendation: Recommendation, language: Language = "markdown") -> str:
    """A recommendation in a sentence; plain text has no emphasis and no code."""
    if not recommendation.sentence:
        action = recommendation.action.replace("_", " ").capitalize()
        return f"{action}: {_listed(recommendation.facts, language)}"
    sentence = recommendation.sentence
    if language == "plain":
        sentence = sentence.replace("**", "").replace("`", "")
    return fill(sentence, recommendation.facts, language)


def _listed(facts: Mapping[str, Any], language: Language) -> str:
    text = prose(language).text
    return ", ".join(f"{text(key)}: {text(value)}" for key, value in facts.items()) + "."
