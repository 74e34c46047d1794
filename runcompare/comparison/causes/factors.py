"""Differing settings as a few factors that can each be undone: those of one kind together, under a short name."""

from collections.abc import Sequence

from runcompare.comparison.causes.ablation import Factor
from runcompare.comparison.causes.groups import category_of
from runcompare.comparison.causes.model import Category
from runcompare.comparison.model import ConfigChange

__all__ = ["by_kind", "named"]

MOST = 10  # factors, beyond which unknown settings are not told apart by their sections


def by_kind(changes: Sequence[ConfigChange]) -> list[list[ConfigChange]]:
    """The settings of each kind (see `groups.py`), unknown ones by the section that they stand in."""
    parts: dict[tuple[str, str], list[ConfigChange]] = {}
    for change in changes:
        kind = category_of(change.path) or "other"
        section = change.path.partition(".")[0] if kind == "other" else ""
        parts.setdefault((kind, section), []).append(change)
    if len(parts) <= MOST:
        return [*parts.values()]
    merged: dict[str, list[ConfigChange]] = {}
    for (name, _), found in parts.items():
        merged.setdefault(name, []).extend(found)
    return [*merged.values()]


def named(parts: Sequence[Sequence[ConfigChange]], names: Sequence[str] = ()) -> tuple[Factor, ...]:
    """The parts as factors.

    Args:
        parts: The settings of each.
        names: What they are called; by default what their settings have in common, each part otherwise.
    """
    found: list[str] = [*names]
    ordered = [sorted(part, key=lambda change: change.path) for part in parts]
    for part in ordered[len(found) :]:
        name = _name(part) if _name(part) not in found else part[0].path
        found.append(name if name not in found else f"{name} ({len(found) + 1})")
    return tuple(Factor(name, _category(part), tuple(part)) for name, part in zip(found, ordered, strict=True))


def _name(part: Sequence[ConfigChange]) -> str:
    """What all its settings are called; else their kind, their section, or how many more there are."""
    leaves = {change.path.rpartition(".")[2] for change in part}
    if len(leaves) == 1:
        return leaves.pop()
    kinds = {category_of(change.path) for change in part}
    if len(kinds) == 1 and kinds != {"other"}:
        return str(kinds.pop())
    sections = {change.path.partition(".")[0] for change in part if "." in change.path}
    if len(sections) == 1 and all("." in change.path for change in part):
        return sections.pop()
    return f"{part[0].path} and {len(part) - 1} more"


def _category(part: Sequence[ConfigChange]) -> Category:
    kinds = {category_of(change.path) or "other" for change in part}
    return kinds.pop() if len(kinds) == 1 else "other"
