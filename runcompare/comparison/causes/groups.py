"""Which kind of change is a setting: data, model, optimiser, schedule, loss, rollout, search, infrastructure, or none
that matters? By the words of its name, in `words.tsv`; no program's own keys stand here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import NamedTuple, cast

from runcompare.comparison.causes.model import Category, ChangeGroup
from runcompare.comparison.model import ConfigChange

__all__ = ["CATEGORIES", "Grouped", "category_of", "group_changes", "names_it"]

BOOKKEEPING = "bookkeeping"
CATEGORIES: tuple[Category, ...] = (
    *("data", "model", "optimiser", "schedule", "loss", "rollout", "search", "infrastructure", "other"),
)  # in the order in which they are told
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_MOST_GLUED = 3  # words that make one of the table's: max_grad_norm is gradnorm


class Grouped(NamedTuple):
    """What differs by kind of change, and the paths that play no part."""

    groups: tuple[ChangeGroup, ...]
    ignored: tuple[str, ...]


def group_changes(changes: Sequence[ConfigChange], ignore: Iterable[str] = ()) -> Grouped:
    """The changes by their kind, without bookkeeping.

    Args:
        changes: What differs.
        ignore: Further paths, sections or patterns such as `logging.*` that play no part.
    """
    patterns = tuple(ignore)
    kinds: dict[Category, list[ConfigChange]] = {category: [] for category in CATEGORIES}
    ignored = []
    for change in changes:
        category = category_of(change.path)
        if category is None or names_it(patterns, change.path):
            ignored.append(change.path)
        else:
            kinds[category].append(change)
    return Grouped(tuple(ChangeGroup(kind, tuple(found)) for kind, found in kinds.items() if found), tuple(ignored))


def names_it(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns is the path, a section that it stands in, its last part, or matches it."""
    leaf = path.rpartition(".")[2]
    return any(
        path == pattern or path.startswith(f"{pattern}.") or leaf == pattern or fnmatchcase(path, pattern)
        for pattern in patterns
    )


def category_of(path: str) -> Category | None:
    """The kind of change that a setting is; None for bookkeeping."""
    for part in reversed(re.split(r"[./]", path)):
        if found := [(-span, _table()[word]) for word, span in _words(part) if word in _table()]:
            best = min(found)[1]
            return None if best.category == BOOKKEEPING else cast(Category, best.category)
    return "other"


class _Entry(NamedTuple):
    rank: int  # of the line
    category: str


@cache
def _table() -> Mapping[str, _Entry]:
    text = (files("runcompare.comparison.causes") / "words.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")][1:]
    return {
        word: _Entry(rank, category)
        for rank, (category, words) in reversed([*enumerate(lines)])
        for word in words.split()
    }


class _Word(NamedTuple):
    text: str
    span: int  # how many words are written as this one; the most decide


def _words(part: str) -> list[_Word]:
    """The words of a part of a path, and up to three that follow each other written as one: `max_grad_norm` has
    gradnorm."""
    words = [word.lower() for word in _PARTS.findall(part)]
    return [
        _Word("".join(words[start:end]), end - start)
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + _MOST_GLUED) + 1)
    ]
