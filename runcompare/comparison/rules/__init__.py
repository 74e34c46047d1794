"""All rules, in the order of the report."""

from runcompare.comparison.model import Finding
from runcompare.comparison.rules import claims, cost, records, search, training
from runcompare.comparison.rules.rule import Facts, Rule

__all__ = ["RULES", "find"]

RULES: tuple[Rule, ...] = (*cost.RULES, *search.RULES, *claims.RULES, *training.RULES, *records.RULES)


def find(facts: Facts) -> tuple[Finding, ...]:
    """Every finding that the facts support."""
    return tuple(finding for rule in RULES for finding in rule.find(facts))
