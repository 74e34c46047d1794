"""All rules, in the order of the report."""

from runcompare.comparison.model import Finding
from runcompare.comparison.rules import cost as rules_cost
from runcompare.comparison.rules import records as rules_records
from runcompare.comparison.rules import training as rules_training
from runcompare.comparison.rules.facts import Facts

__all__ = ["find"]


def find(facts: Facts) -> tuple[Finding, ...]:
    """Every finding that the facts support."""
    rules = (*rules_cost.RULES, *rules_training.RULES, *rules_records.RULES)
    return tuple(finding for rule in rules for finding in rule(facts))
