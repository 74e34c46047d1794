"""How may a reference be read? The grammar, as text only: nothing is looked up here.

    REFERENCE := [LABEL=] SELECTION NARROWING*     at least one of the last two
    SELECTION := CONDITION [AND CONDITION]* | WORD[,WORD]* | nothing, for all runs
    CONDITION := KIND:WORD
    NARROWING := @latest | @best:METRIC | @step=N | @stage=NAME

Names may hold any of these signs, so one text has several readings: `lr=0.1` is a name, or `0.1` under the label `lr`.
`readings` gives them all, the most literal first; whoever looks them up takes the first that names a run.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from runcompare.errors import UsageError

__all__ = ["KINDS", "Narrowing", "Reading", "readings", "step_number"]

KINDS = ("config", "group", "id", "name", "project", "state", "tag")
_LABEL = re.compile(r"(?P<label>[^=/:@]+)=(?P<rest>.*)", re.DOTALL)
_NARROWING = re.compile(r"(?P<latest>latest)|best:(?P<best>.*)|step=(?P<step>.*)|stage=(?P<stage>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What follows an `@`: one run of several (`latest`, `best`), or a part of each (`step`, `stage`)."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        sign = {"best": ":", "latest": "", "stage": "=", "step": "="}[self.kind]
        return f"@{self.kind}{sign}{self.value}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a reference. `narrowings` apply from left to right."""

    selection: str
    narrowings: tuple[Narrowing, ...] = ()
    label: str | None = None

    def __str__(self) -> str:
        label = f"{self.label}=" if self.label is not None else ""
        return f"{label}{self.selection}{''.join(map(str, self.narrowings))}"


def readings(text: str) -> tuple[Reading, ...]:
    """All readings of a reference, those that take most of it literally first; empty for an empty text."""
    rest, found = text.strip(), list[Reading]()
    narrowings: tuple[Narrowing, ...] = ()
    while True:
        found += _labelled(rest, narrowings)
        split = _split(rest)
        if split is None:
            return tuple(found)
        rest, narrowings = split.before, (split.narrowing, *narrowings)


def step_number(text: str) -> float:
    """N of `@step=N`, whole if it is written so. Raises UsageError."""
    for kind in (int, float):
        try:
            if abs(number := kind(text)) < float("inf"):
                return number
        except (ValueError, OverflowError):
            continue
    raise UsageError(f"'@step={text}' needs a number of steps.", hint="Write it as REF@step=1000.")


def _labelled(text: str, narrowings: tuple[Narrowing, ...]) -> list[Reading]:
    found = [Reading(text, narrowings)] if text or narrowings else []
    match = _LABEL.fullmatch(text)
    label, rest = (match["label"].strip(), match["rest"].strip()) if match else ("", "")
    return [*found, Reading(rest, narrowings, label)] if label and (rest or narrowings) else found


class _Split(NamedTuple):
    before: str
    narrowing: Narrowing


def _split(text: str) -> _Split | None:
    """The last narrowing and what stands before it; an `@` inside a metric or stage is part of it."""
    at = text.rfind("@")
    while at >= 0:
        if match := _NARROWING.fullmatch(text[at + 1 :].strip()):
            kind, value = next((k, v) for k, v in match.groupdict().items() if v is not None)
            return _Split(text[:at].rstrip(), Narrowing(kind, "" if kind == "latest" else value.strip()))
        at = text.rfind("@", 0, at)
    return None
