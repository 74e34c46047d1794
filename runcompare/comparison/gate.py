"""A gate: conditions that a candidate must not meet, and what the comparison says of each.

A condition fails where it is shown to hold, passes where it is shown not to, and is "not shown", which passes too,
where the data leave it open. It is "unknown" where there is nothing to judge it by; a gate without a failed condition
but with an unknown one has not judged. Every state says by which rule it came about.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.errors import DataError, UsageError, did_you_mean
from runcompare.records.figure import Provenance
from runcompare.records.shown import Shown

__all__ = ["COSTS", "WORDS", "Condition", "Gate", "Judged", "Rule", "State", "judge", "parse_conditions"]

State = Literal["fail", "pass", "not shown", "unknown"]
Rule = Literal[
    "verdict",  # by the word of the comparison
    "no verdict",  # there is none to go by
    "direction",  # nobody knows which way the metric is better
    "guardrail",  # by the guardrail's own word
    "no guardrail",  # none was named, so that none can be broken
    "dominated",  # by what is shown of cost and quality
    "interval",  # by where the whole interval of a cost lies
    "measured",  # by the ratio of these runs, of which there is no interval
    "estimated",  # the cost is neither measured nor known with an interval
    "no cost",  # a side's cost is not known
]

COSTS = {  # the quantities that a limit may be put on, and their rows; "cost" is the first that is known well enough
    "cost": ("cost/money", "cost/device_hours", "cost/time"),
    "time": ("cost/time",),
    "device-hours": ("cost/device_hours",),
    "money": ("cost/money",),
    "energy": ("cost/energy",),
}
WORDS = ("worse", "likely-worse", "guardrail", "dominated", "inconclusive", "cant-tell")
NONE = ("can't tell", "not comparable")
PLAIN = ("better", "worse", "equivalent")
_LIMIT = re.compile(r"([a-z-]+)\s*>\s*([0-9]+(?:\.[0-9]+)?)x")
_HINT = f"Conditions are {', '.join(WORDS)}, and limits such as cost>1.5x of {', '.join(COSTS)}, with commas between."


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not be: a word of `WORDS`, or a quantity of `COSTS` above `limit` times the baseline's."""

    what: str
    limit: float | None = None

    def __str__(self) -> str:
        return self.what if self.limit is None else f"{self.what}>{self.limit:g}x"


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition with what the comparison says of it, by which rule, and the row that shows it."""

    condition: Condition
    state: State
    rule: Rule
    row: Row | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Gate(Shown):
    """A comparison behind a gate. `outcome` is "fail" if a condition failed, else "unknown" if one is."""

    comparison: Comparison
    judged: tuple[Judged, ...]
    kind: str = "gate"

    @property
    def outcome(self) -> Literal["fail", "pass", "unknown"]:
        states = {one.state for one in self.judged}
        return "fail" if "fail" in states else "unknown" if "unknown" in states else "pass"

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 3 not judged."""
        return {"pass": 0, "fail": 1, "unknown": DataError.exit_code}[self.outcome]


def parse_conditions(stated: str | Sequence[str]) -> tuple[Condition, ...]:
    """Conditions from text with commas between them, or from several such texts; each once, in their order.

    Raises:
        UsageError: For one that is not known, a limit that is none, or no condition at all.
    """
    texts = [stated] if isinstance(stated, str) else stated
    words = [word.strip() for text in texts for word in text.split(",")]
    found = tuple(dict.fromkeys(_condition(word) for word in words if word))
    if not found:
        raise UsageError("The gate has no condition.", hint=_HINT)
    return found


def _condition(word: str) -> Condition:
    if word in WORDS:
        return Condition(word)
    match = _LIMIT.fullmatch(word)
    if match and match[1] in COSTS and float(match[2]) > 0:
        return Condition(match[1], float(match[2]))
    name = re.split(r"[^a-z-]", word, maxsplit=1)[0]
    if name in COSTS:
        raise UsageError(f"'{word}' is no limit of a gate.", hint=f"Write {name}>1.5x for more than 1.5 times as much.")
    near = did_you_mean(name or word, (*WORDS, *COSTS))
    raise UsageError(f"'{word}' is no condition of a gate.", hint=f"{near} {_HINT}".strip())


def judge(comparison: Comparison, conditions: Sequence[Condition]) -> Gate:
    """What the comparison says of each condition. "guardrail" passes where none was named, so that one list of
    conditions serves projects with guardrails and without."""
    return Gate(comparison, tuple(found for one in conditions for found in _judged(comparison, one)))


def _judged(c: Comparison, condition: Condition) -> Iterator[Judged]:
    if condition.limit is not None:
        yield _within(c, condition, condition.limit)
    elif condition.what == "guardrail":
        yield from _guardrails(c, condition)
    elif condition.what == "dominated":
        yield _dominated(c, condition)
    elif condition.what == "cant-tell":
        yield Judged(condition, "fail" if c.verdict in NONE else "pass", "verdict", c.quality)
    elif c.verdict in NONE:
        yield Judged(condition, "unknown", "no verdict", c.quality)
    elif condition.what == "inconclusive":
        yield Judged(condition, "pass" if c.verdict in PLAIN else "fail", "verdict", c.quality)
    else:
        yield _worse(c, condition)


def _worse(c: Comparison, condition: Condition) -> Judged:
    """ "worse" fails by that word alone. A weaker word to the bad side leaves it unknown: one run can't show it."""
    if c.quality.metric.direction is None:
        return Judged(condition, "unknown", "direction", c.quality)
    if c.verdict == "worse":
        state: State = "fail"
    elif c.verdict == "likely worse" or (c.verdict.startswith("beyond") and _to_the_bad(c.quality)):
        state = "fail" if condition.what == "likely-worse" else "unknown"
    else:
        state = "not shown" if c.verdict == "inconclusive" else "pass"
    return Judged(condition, state, "verdict", c.quality)


def _to_the_bad(row: Row) -> bool:
    effect = row.test.effect if row.test is not None else None
    return effect is not None and (effect < 0) is (row.metric.direction == "max")


def _guardrails(c: Comparison, condition: Condition) -> Iterator[Judged]:
    rows = [row for row in c.metrics if row.role == "guardrail"]
    if not rows:
        yield Judged(condition, "pass", "no guardrail")
    for row in rows:
        yield Judged(condition, _guarded(row), "guardrail", row)


def _guarded(row: Row) -> State:
    if row.is_veto:
        return "fail"
    if row.guard is not None and row.guard.word in ("held", "not shown"):
        return "pass" if row.guard.word == "held" else "not shown"
    return "unknown"


def _dominated(c: Comparison, condition: Condition) -> Judged:
    row = _known(c, "cost")
    if c.verdict in NONE:
        return Judged(condition, "unknown", "no verdict", c.quality)
    if c.quality.metric.direction is None:
        return Judged(condition, "unknown", "direction", c.quality)
    if row is None or row.ratio is None:
        return Judged(condition, "unknown", "no cost", row)
    found = any(finding.rule == "dominated" for finding in c.findings)
    if found or c.verdict == "better" or row.cost_word in ("less", "same"):
        return Judged(condition, "fail" if found else "pass", "dominated", row)
    return Judged(condition, "not shown", "dominated", row)


def _within(c: Comparison, condition: Condition, limit: float) -> Judged:
    """Fails where the whole interval lies above the limit; without one, where these runs measured more."""
    row = _known(c, condition.what)
    if row is None or row.ratio is None:
        return Judged(condition, "unknown", "no cost", row)
    if row.ratio_low is not None and row.ratio_high is not None:
        state: State = "fail" if row.ratio_low > limit else "pass" if row.ratio_high <= limit else "not shown"
        return Judged(condition, state, "interval", row)
    if not _is_measured(row):
        return Judged(condition, "unknown", "estimated", row)
    return Judged(condition, "fail" if row.ratio > limit else "pass", "measured", row)


def _known(c: Comparison, quantity: str) -> Row | None:
    """The first row of a quantity that has an interval or was measured, else the first that there is."""
    by_key = {row.metric.key: row for row in c.cost}
    rows = [by_key[key] for key in COSTS[quantity] if key in by_key]
    told = [row for row in rows if row.ratio is not None]
    sure = (row for row in told if row.ratio_low is not None or _is_measured(row))
    return next(sure, next(iter((*told, *rows)), None))


def _is_measured(row: Row) -> bool:
    weakest = max(row.candidate.provenance.rank, row.baseline.provenance.rank)
    return weakest <= Provenance.REPORTED.rank
