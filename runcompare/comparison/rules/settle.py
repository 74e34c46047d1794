"""From all that rules found to what is said: nothing twice, and no side told two opposite things.

A finding that another one of the same side explains is left out. Then every side is given one way for each pair of
opposites (`OPPOSITES`): that of its strongest finding, the first of equals. A finding of the same side that would have
it the other way is left out if it is about the same stage, since both can't be the cause there; about another stage it
stands, and advises nothing. Recommendations are made of findings that advise, so no two of a side contradict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runcompare.comparison.model import Advice, Finding
from runcompare.comparison.rules.rule import Rule

__all__ = ["OPPOSITES", "settled"]

OPPOSITES: Mapping[Advice, Advice] = {
    "train longer": "stop earlier",
    "stop earlier": "train longer",
    "raise the learning rate": "lower the learning rate",
    "lower the learning rate": "raise the learning rate",
}
_STRENGTHS = ("strong", "suggestive", "note")


def settled(found: Sequence[Finding], rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """The findings that are said, in the order in which they were found."""
    return _one_way(_unexplained(found, rules))


def _unexplained(found: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    follows = {rule.name: rule.follows for rule in rules}
    seen = {(finding.rule, _whose(finding)) for finding in found}
    return [f for f in found if not any((cause, _whose(f)) in seen for cause in follows.get(f.rule, ()))]


def _one_way(found: Sequence[Finding]) -> tuple[Finding, ...]:
    first = sorted(found, key=lambda finding: _STRENGTHS.index(finding.strength))
    ways: dict[tuple[str, frozenset[Advice]], Finding] = {}
    for finding in first:
        if finding.advises:
            ways.setdefault((_whose(finding), _pair(finding.advises)), finding)
    kept = []
    for finding in found:
        way = ways.get((_whose(finding), _pair(finding.advises))) if finding.advises else None
        if way is None or way.advises == finding.advises:
            kept.append(finding)
        elif way.stage != finding.stage:
            kept.append(replace(finding, advises=""))
    return tuple(kept)


def _pair(advice: Advice) -> frozenset[Advice]:
    return frozenset({advice, OPPOSITES[advice]})


def _whose(finding: Finding) -> str:
    return str(finding.facts.get("role", ""))
