"""What a rule says of itself: what `runcompare explain` teaches, with its false alarms as they were measured."""

import csv
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.needs import NEEDS
from runcompare.comparison.rules.rule import Rule
from runcompare.errors import UsageError, did_you_mean

__all__ = ["FAMILIES", "Explained", "Measured", "explain", "explain_all"]

FAMILIES = {
    "1": "numbers",
    "2": "learning",
    "3": "fitting",
    "4": "stability",
    "5": "search",
    "6": "cost",
    "7": "records",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """How often a rule cried where there was nothing: of `of` cases of the kind `where`, `cried`."""

    where: str
    cried: int
    of: int


@dataclass(frozen=True, slots=True)
class Explained:
    """All that a rule says of itself, as plain data."""

    code: str
    name: str
    family: str
    title: str
    sees: str
    test: str
    lacking: tuple[str, ...]  # with any of these it does not run
    alone: bool
    limits: str
    confirm: str
    advises: str
    explained_by: tuple[str, ...]
    false_alarms: tuple[Measured, ...]


def explain(word: str) -> Explained:
    """The rule with this code or name. Raises UsageError for one that is not known."""
    wanted = word.strip().lower()
    for rule in RULES:
        if wanted in (rule.code.lower(), rule.name.lower()):
            return _explained(rule)
    number = re.fullmatch(r"(?:rc)?(\d+)", wanted)
    if number:
        nearest = min((rule.code for rule in RULES if rule.code), key=lambda code: abs(int(code[2:]) - int(number[1])))
        near = f"Did you mean '{nearest}'?"
    else:
        near = did_you_mean(wanted, [rule.name for rule in RULES])
    raise UsageError(f"There is no finding '{word}'.", hint=near or "List all of them with: runcompare explain")


def explain_all() -> tuple[Explained, ...]:
    """Every rule, by its code."""
    return tuple(_explained(rule) for rule in sorted(RULES, key=lambda rule: (rule.code or "~", rule.name)))


def _explained(rule: Rule) -> Explained:
    codes = {r.name: r.code for r in RULES}
    return Explained(
        code=rule.code,
        name=rule.name,
        family=FAMILIES.get(rule.code[2:3], ""),
        title=rule.title,
        sees=" ".join((inspect.getdoc(type(rule)) or "").split()),
        test=rule.test,
        lacking=tuple(NEEDS[need].lacks for need in rule.needs),
        alone=rule.judges_alone,
        limits=rule.limits,
        confirm=rule.confirm,
        advises=rule.advises,
        explained_by=tuple(codes.get(name) or name for name in rule.follows),
        false_alarms=tuple(_measured().get(rule.code, ())),
    )


@lru_cache
def _measured() -> Mapping[str, Sequence[Measured]]:
    """The table that `make findings` writes."""
    text = (files("runcompare.comparison.rules") / "false_alarms.tsv").read_text(encoding="utf-8")
    found: dict[str, list[Measured]] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        found.setdefault(row["code"], []).append(Measured(row["where"], int(row["cried"]), int(row["of"])))
    return found
