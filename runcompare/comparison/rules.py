"""All rules, in the order of the report."""

from runcompare.comparison import rules_cost, rules_records, rules_training
from runcompare.comparison.findings import Facts
from runcompare.comparison.model import Finding

__all__ = ["find"]


def find(facts: Facts) -> tuple[Finding, ...]:
    """Every finding that the facts support."""
    rules = (*rules_cost.RULES, *rules_training.RULES, *rules_records.RULES)
    return tuple(finding for rule in rules for finding in rule(facts))
