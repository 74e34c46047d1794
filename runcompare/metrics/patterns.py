"""The registry's data files: patterns over the words of a key (`names.tsv`) and plain words (`plain_words.tsv`).

How a pattern is written:

- words with a blank between them stand next to each other: `mean squared error`;
- `a|b` is either word, `a?` may be missing, `#` is any number, and `a_b` are two words inside one alternative;
- `a & b` are two words anywhere in the key, in any order: a head and what modifies it.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple, get_args

from runcompare.metrics.words import Vocabulary

__all__ = ["Beside", "Direction", "Kind", "Pair", "Pattern", "Rank", "Scale", "Table", "table"]

Direction = Literal["min", "max"]
Scale = Literal["log", "logit", "linear"]
Kind = Literal["quality", "loss", "throughput", "latency", "resource", "bookkeeping", "diagnostic", "unknown"]
Rank = Literal["settles", "loss", "metric", "fallback"]  # who wins where several patterns stand in one key, best first
Beside = Literal["any", "known", "alone", "first", "last"]  # which other words the key may have for a pattern to hold

_BOUNDS = {"logit": (0.0, 1.0), "log": (0.0, float("inf")), "linear": (float("-inf"), float("inf"))}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of `names.tsv`; `direction` None means that neither more nor less is better."""

    text: str
    direction: Direction | None
    rank: Rank
    beside: Beside
    scale: Scale
    bounds: tuple[float, float]
    unit: str
    kind: Kind
    family: str
    source: str

    @property
    def order(self) -> int:
        """The rank as a number, 0 for the one that wins."""
        return get_args(Rank).index(self.rank)


class Pair(NamedTuple):
    """Two words that mean something wherever they stand in the same key: `loss & critic`."""

    head: str
    modifier: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Table:
    """The registry's data.

    `phrases` maps adjacent words to the pattern that they match, `pairs` has those of a head, `plain` maps a word
    that says nothing about the quantity to its class ("test", "statistic", "unit s", ...).
    """

    phrases: dict[tuple[str, ...], Pattern]
    pairs: dict[str, list[Pair]]
    plain: dict[str, str]
    vocabulary: Vocabulary
    longest: int


@cache
def table() -> Table:
    """The registry's data, read once.

    Raises:
        ValueError: if a line of the data files can't be read, or if two lines give the same words
            different directions.
    """
    phrases: dict[tuple[str, ...], Pattern] = {}
    pairs: dict[str, list[Pair]] = {}
    for pattern in _patterns():
        for words in _expand(pattern.text):
            if "&" in pattern.text:
                head, modifier = words
                pairs.setdefault(head, []).append(Pair(head, modifier, pattern))
            elif phrases.setdefault(words, pattern).direction != pattern.direction:
                raise ValueError(f"names.tsv contradicts itself on {' '.join(words)!r}: {phrases[words]} and {pattern}")
    plain = _plain_words()
    heads = {words[0] for words, p in phrases.items() if len(words) == 1 and p.direction and p.beside == "any"}
    known = {*plain, *itertools.chain(*phrases), *pairs, *(pair.modifier for found in pairs.values() for pair in found)}
    joined = {"".join(words): words for words in phrases if 1 < len(words) < 4 and "#" not in words}
    return Table(phrases, pairs, plain, Vocabulary(known, heads, joined), max(map(len, phrases)))


def _rows(name: str) -> Iterator[list[str]]:
    """The cells of a data file's lines, comments and the heading left out."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return (line.split("\t") for line in itertools.islice(lines, 1, None))


def _plain_words() -> dict[str, str]:
    return {word: name for name, words in _rows("plain_words.tsv") for word in words.split()}


def _patterns() -> Iterator[Pattern]:
    for cells in _rows("names.tsv"):
        try:
            yield _pattern(*cells)
        except (TypeError, ValueError) as problem:
            raise ValueError(f"names.tsv, {cells[0]!r}: {problem}") from problem


def _pattern(text: str, direction: str, rank: str, beside: str, *rest: str) -> Pattern:
    scale, kind, family, source = rest
    name, *details = scale.split()
    low, high = _BOUNDS[name]
    unit = ""
    for detail in details:
        if ".." in detail:
            ends = detail.split("..")
            low, high = (float(ends[0]) if ends[0] else low), (float(ends[1]) if ends[1] else high)
        else:
            unit = detail
    return Pattern(
        text=text,
        direction=None if direction == "none" else _one_of(Direction, direction),
        rank=_one_of(Rank, rank),
        beside=_one_of(Beside, beside),
        scale=_one_of(Scale, name),
        bounds=(low, high),
        unit=unit,
        kind=_one_of(Kind, kind),
        family=family,
        source=source,
    )


def _one_of(choices: Any, word: str) -> Any:
    """The word, if it is one of a Literal's."""
    if word not in get_args(choices):
        raise ValueError(f"{word!r} is none of {', '.join(get_args(choices))}")
    return word


def _expand(text: str) -> Iterator[tuple[str, ...]]:
    """Every sequence of words that a pattern stands for."""
    places = [place for place in text.split() if place != "&"]
    for chosen in itertools.product(*(_alternatives(place) for place in places)):
        words = tuple(itertools.chain(*chosen))
        if len(words) > 1 or len(places) == 1:  # optional words never leave a word of a phrase alone
            yield words


def _alternatives(place: str) -> list[tuple[str, ...]]:
    found = [tuple(one.split("_")) for one in place.removesuffix("?").split("|")]
    return [*found, ()] if place.endswith("?") else found
