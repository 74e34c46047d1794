"""All rules, in the order of the report."""

from runcompare.comparison.model import Finding
from runcompare.comparison.rules import claims, cost, fitting, learning, records, search, stability, training
from runcompare.comparison.rules.rule import Facts, Rule

__all__ = ["RULES", "find"]

FAMILIES = (cost, search, claims, learning, stability, fitting, training, records)
RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)


def find(facts: Facts) -> tuple[Finding, ...]:
    """Every finding that the facts support, but for those that another one of the same side explains."""
    found = [(rule, finding) for rule in RULES for finding in rule.find(facts)]
    seen = {(finding.rule, finding.facts.get("role")) for _, finding in found}
    return tuple(f for rule, f in found if not any((cause, f.facts.get("role")) in seen for cause in rule.follows))
