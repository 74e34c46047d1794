"""Findings about ratios that somebody stated, checked against the figures."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from runcompare.comparison.model import Evidence, Finding, Row
from runcompare.comparison.rules.rule import Facts, Rule, evidence
from runcompare.records.figure import Figure
from runcompare.records.run import Claim

__all__ = ["RULES"]


class ClaimHolds(Rule):
    """A ratio that somebody stated, and that the figures bear out."""

    name = "claim_holds"
    code = "RC708"
    title = "A stated ratio that holds"
    test = "The stated ratio against that of the figures, to the digits it was stated with."
    limits = "Whether the figures are right."
    confirm = "The figures that are named as evidence."
    needs = ("claims",)
    fault = False
    summary = "nothing"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for claim, row in _claims(facts):
            if _close(claim.ratio, row.ratio):
                yield self.finding("strong", _stated(claim, row), evidence(row))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return '"{text}": the figures give {actual:compared} against the {against}, as stated.'


class ClaimRefuted(Rule):
    """A ratio that somebody stated, and that the figures contradict."""

    name = "claim_refuted"
    code = "RC709"
    title = "A stated ratio that does not hold"
    test = "The stated ratio against that of the figures, to the digits it was stated with."
    limits = "Whether the figures are right."
    confirm = "The figures that are named as evidence."
    needs = ("claims",)
    fault = False
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        for claim, row in _claims(facts):
            if _close(claim.ratio, row.ratio):
                continue
            match = _matching_alternative(facts, claim)
            stated = {**_stated(claim, row), "matches": None, "matches_ratio": None}
            proof: tuple[Evidence, ...] = ()
            if match is not None:
                stated |= {"matches": match.name, "matches_ratio": match.ratio}
                proof = (Evidence(f"expected {claim.quantity} of {match.name}", None, match.figure),)
            yield self.finding("strong", stated, (*evidence(row), *proof))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        text = '"{text}": the figures give {actual:compared} against the {against}, not {claimed:times}.'
        if facts["matches"]:
            text += (
                ' {claimed:times} is the ratio to "{matches}" ({matches_ratio:number}x), which was proposed, not run.'
            )
        return text


_COSTS = {"cost": "money", "time": "time", "eval_time": "eval_time"}


class Checked(NamedTuple):
    """A claim and the row that can tell whether it holds."""

    claim: Claim
    row: Row


def _claims(facts: Facts) -> Iterator[Checked]:
    """What the candidate's records claim, with the row that can tell."""
    for claim in (claim for run in facts.candidate.runs for claim in run.run.claims):
        row = facts.cost_row(f"cost/{_COSTS.get(claim.quantity, claim.quantity)}") or facts.metric(claim.quantity)
        if row is not None and row.ratio is not None:
            yield Checked(claim, row)


def _stated(claim: Claim, row: Row) -> dict[str, Any]:
    return {"text": claim.text, "claimed": claim.ratio, "actual": row.ratio, "against": claim.against}


def _close(claimed: float, actual: float | None) -> bool:
    """Whether a claim is the actual ratio, rounded as people round: to the digits that it was stated with."""
    if actual is None:
        return False
    return abs(claimed - actual) <= max(0.5 * 0.1 ** _decimals(claimed), 0.005 * abs(actual)) * 1.0001


def _decimals(number: float) -> int:
    text = f"{number:.6g}"
    return len(re.sub(r"^[^.]*\.?", "", text))


class Match(NamedTuple):
    """An alternative that was proposed and not run, whose figure gives a claimed ratio."""

    name: str
    ratio: float
    figure: Figure


def _matching_alternative(facts: Facts, claim: Claim) -> Match | None:
    for run in (measured.run for measured in facts.candidate.runs):
        mine = run.figures.get(claim.quantity)
        for other in run.alternatives:
            figure = other.figures.get(claim.quantity)
            if mine is None or figure is None or not mine.mid or not figure.mid:
                continue
            if _close(claim.ratio, mine.mid / figure.mid):
                return Match(other.name, mine.mid / figure.mid, figure)
    return None


RULES: tuple[Rule, ...] = (ClaimHolds(), ClaimRefuted())
