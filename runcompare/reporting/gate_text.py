"""A gate in words: one line a condition with its evidence, as plain text, as markdown, and as JSON."""

from dataclasses import dataclass

from runcompare.comparison.gate import Gate, Judged
from runcompare.comparison.model import Row
from runcompare.reporting.guardrail_text import guard_clause
from runcompare.reporting.json_document import json_document
from runcompare.reporting.numbers import times
from runcompare.reporting.page import assessment
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.verdict_text import headline
from runcompare.reporting.words import cost_ratio, difference

__all__ = ["OUTCOMES", "STATES", "GateJson", "GateText", "gate_json", "gate_title", "line", "to_text"]

OUTCOMES = {"pass": "passed", "fail": "failed", "unknown": "could not judge"}
STATES = {"fail": "FAIL", "pass": "pass", "not shown": "pass, not shown", "unknown": "can't judge"}


def gate_title(gate: Gate, language: Language = "plain") -> str:
    """ "Gate failed (cost>1.5x): new is better: ..."."""
    write = prose(language)
    state = "fail" if gate.outcome == "fail" else "unknown"
    named = ", ".join(dict.fromkeys(write.text(one.condition) for one in gate.judged if one.state == state))
    return f"Gate {OUTCOMES[gate.outcome]}{f' ({named})' if named else ''}: {headline(gate.comparison, language)}"


def line(gate: Gate, one: Judged, language: Language = "plain") -> str:
    """What the comparison says of a condition: its evidence, and the rule by which it was judged."""
    write = prose(language)
    row = one.row
    if one.rule == "no verdict":
        reasons = " ".join(write.text(note.text) for note in gate.comparison.incomparable)
        return f"there is no verdict to judge by: {reasons or _quality(row, write)}"
    if one.rule == "direction":
        return f"which way {_label(row, write)} is better is not known: say {write.code('--direction')}"
    if one.rule == "guardrail":
        return _guardrail(row, write)
    if one.rule == "no guardrail":
        return f"no guardrail is named; {write.code('--guardrail KEY:min:2%')} names one"
    if row is None or one.rule == "no cost":
        return f"{f'{_label(row, write)}: ' if row else ''}what it cost is not known of both sides"
    if one.rule == "verdict":
        return _quality(row, write)
    if one.rule == "dominated":
        return f"{_cost(row, write)}; {_quality(gate.comparison.quality, write)}"
    limit = times(one.condition.limit)
    if one.rule == "interval":
        return f"{_cost(row, write)}; it fails where the whole interval lies above {limit}"
    runs = count(row.candidate.n + row.baseline.n, "run")
    known = f"{_label(row, write)} {times(row.ratio)} in these {runs}"
    if one.rule == "measured":
        return f"{known}, measured, without an interval; it fails where that is above {limit}"
    return f"{known}, but neither measured nor known with an interval"


def _label(row: Row | None, write: Prose) -> str:
    return "the metric" if row is None else write.text(row.metric.label)


def _quality(row: Row | None, write: Prose) -> str:
    return "" if row is None else f"{_label(row, write)} {difference(row)}, {assessment(row)}"


def _cost(row: Row, write: Prose) -> str:
    return f"{_label(row, write)} {cost_ratio(row)}"


def _guardrail(row: Row | None, write: Prose) -> str:
    if row is None or row.guard is None:
        return _quality(row, write)
    return f"{_label(row, write)} {guard_clause(row, row.guard, write)}"


def to_text(gate: Gate) -> str:
    """The outcome in a line, then one line a condition, then what a gate that could not judge would need."""
    heads = [(STATES[one.state], str(one.condition)) for one in gate.judged]
    wide = [max(len(head[i]) for head in heads) for i in (0, 1)]
    lines = [
        f"  {state:<{wide[0]}}  {condition:<{wide[1]}}  {line(gate, one)}"
        for (state, condition), one in zip(heads, gate.judged, strict=True)
    ]
    return "\n".join([gate_title(gate), *lines]) + "\n"


@dataclass(frozen=True, slots=True)
class ConditionJson:
    """A condition as JSON has it. `value` is the effect as it is told, or the ratio of a cost, with its interval."""

    condition: str
    state: str
    rule: str
    metric: str | None
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    limit: float | None
    text: str


@dataclass(frozen=True, slots=True)
class GateText:
    """The sentences of a gate, in plain text."""

    title: str
    headline: str


@dataclass(frozen=True, slots=True)
class GateJson:
    """A gate as JSON has it: outcome, exit code, the sides, the verdict, and each condition with its numbers."""

    kind: str
    version: str
    outcome: str
    exit_code: int
    candidate: str
    baseline: str
    metric: str
    verdict: str
    worth: str | None
    conditions: list[ConditionJson]


def gate_json(gate: Gate) -> str:
    """One object, a `GateJson` with its `GateText`."""
    c = gate.comparison
    document = GateJson(
        kind=gate.kind,
        version=c.version,
        outcome=gate.outcome,
        exit_code=gate.exit_code,
        candidate=c.candidate.reference,
        baseline=c.baseline.reference,
        metric=c.quality.metric.key,
        verdict=c.verdict,
        worth=c.worth,
        conditions=[condition_json(gate, one) for one in gate.judged],
    )
    return json_document(document, GateText(gate_title(gate), headline(c)))


def condition_json(gate: Gate, one: Judged) -> ConditionJson:
    """A condition with the numbers of its evidence."""
    row = one.row
    is_cost = row is not None and row.role == "cost"
    test = None if row is None or is_cost else row.test
    numbers: tuple[float | None, ...] = (None, None, None)
    if row is not None and is_cost:
        numbers = (row.ratio, row.ratio_low, row.ratio_high)
    elif test is not None:
        numbers = (test.effect, test.low, test.high)
    value, low, high = numbers
    return ConditionJson(
        condition=str(one.condition),
        state=one.state,
        rule=one.rule,
        metric=None if row is None else row.metric.key,
        value=value,
        low=low,
        high=high,
        p_value=None if test is None else test.p_value,
        limit=one.condition.limit,
        text=line(gate, one),
    )
