"""All rules, in the order of the report."""

from dataclasses import replace

from runcompare.comparison.model import Finding, NotRun
from runcompare.comparison.rules.needs import not_run
from runcompare.comparison.rules.rule import ASSOCIATION, OF_ONE_GROUP, Alone, Facts, Rule
from runcompare.comparison.rules.settle import settled

from . import claims, cost, fitting, learning, logs, numbers, rates, records, search, stability, validation

__all__ = ["RULES", "check", "find", "unchecked"]

FAMILIES = (cost, search, claims, numbers, rates, learning, stability, fitting, validation, records, logs)
RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)


def find(facts: Facts) -> tuple[Finding, ...]:
    """Every finding that the facts support, but for those that another one of the same side explains."""
    return settled([finding for rule in RULES for finding in rule.find(facts)], RULES)


def check(facts: Alone) -> tuple[Finding, ...]:
    """What can be said of one group without another."""
    found = settled([finding for rule in RULES for finding in rule.alone(facts)], RULES)
    return tuple(replace(one, limits=OF_ONE_GROUP) if one.limits == ASSOCIATION else one for one in found)


def unchecked(facts: Facts | Alone) -> tuple[NotRun, ...]:
    """The rules that did not run for want of something logged; of one group alone those that could judge it."""
    rules = [rule for rule in RULES if rule.judges_alone] if isinstance(facts, Alone) else RULES
    return not_run(rules, facts)
