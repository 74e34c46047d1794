"""A rule's account of itself, for a terminal and for other programs."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.rules.catalogue import Explained, Measured
from runcompare.reporting.numbers import share

__all__ = ["explained_text"]

ALONE = "It also judges one run alone, in `runcompare check`."


def explained_text(rule: Explained) -> str:
    """One rule in a page of plain text that ends with a line break."""
    lines = [f"{rule.code or rule.name}  {rule.title}  ({rule.name}, {rule.family or 'added by a package'})", ""]
    for title, text in _parts(rule):
        lines += [title, f"  {text}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _parts(rule: Explained) -> Iterator[tuple[str, str]]:
    yield "What it sees", rule.sees + (f" {ALONE}" if rule.alone else "")
    yield "Its test", rule.test
    yield "False alarms, as measured", _false_alarms(rule.false_alarms)
    if rule.lacking:
        yield "It does not run with", f"{'; '.join(rule.lacking)}."
    if rule.limits:
        yield "What it can't show", rule.limits
    if rule.confirm:
        yield "What would confirm it", rule.confirm
    if rule.advises:
        yield "What it advises", f"{rule.advises.capitalize()}."
    if rule.explained_by:
        yield "Not said beside", f"{', '.join(rule.explained_by)}, which explain it."


def _false_alarms(measured: Sequence[Measured]) -> str:
    if not measured:
        return "Not measured."
    return "; ".join(f"{m.cried} of {m.of:,d} {m.where} ({share(m.cried / m.of)})" for m in measured) + "."
