"""What a metric's key says about the number: direction, scale, bounds, unit, kind and role, by the words of the key.

The policy, in the order in which it is applied:

1. The longest pattern wins over those inside it: "cross entropy" over "entropy", "grad norm" over "norm".
2. Of the patterns that are left, the best rank decides: what settles the matter (spread, counts, settings, losses of
   players that are trained against each other: no direction), then losses, errors, distances, costs and times, then
   scores, then words that mean something only on their own ("score", "gsm8k"). So `dice_loss` is a loss, `reward_std`
   has no direction, `fid_score` is a FID.
3. Patterns of that rank that contradict each other decide nothing.
4. A pattern may ask that all other words be known: `val/map` is a mean average precision, `feature_map` is not.

What is not known stays unknown: a wrong direction turns a verdict round, an unknown one only asks for `--direction`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from runcompare.metrics.patterns import Direction, Kind, Pattern, Scale, Table, table
from runcompare.metrics.words import KeyWords, is_number, split

__all__ = ["Meaning", "Role", "lookup"]

Role = Literal["test", "validation", "train"]
_ARROWS: dict[str, Direction] = {"↑": "max", "↓": "min"}
_OTHER_WAY: dict[Direction | None, Direction | None] = {"min": "max", "max": "min", None: None}
_AFTER_THE_NAME = ("statistic", "percent", "test", "validation", "train", "evaluation", "group")  # and units
_MEASURED = ("latency", "resource", "bookkeeping")  # kinds whose unit a key may name: `latency_ms`, `gpu_mem_gb`


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is known about a metric from its key alone.

    `direction` None means unknown, or that neither more nor less is better (then `kind` says what it is instead).
    `percent` is true where the name or its family suggests 0 to 100; the values decide. `source` says which line of the
    registry said so, and who uses the name like that.
    """

    key: str
    direction: Direction | None = None
    scale: Scale = "linear"
    low: float = float("-inf")
    high: float = float("inf")
    unit: str = ""
    percent: bool = False
    kind: Kind = "unknown"
    role: Role | None = None
    family: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Match:
    """A pattern and the places of the words that it covers."""

    pattern: Pattern
    places: tuple[int, ...]

    @property
    def is_pair(self) -> bool:
        """Whether its words stand anywhere in the key."""
        return "&" in self.pattern.text


@lru_cache(maxsize=65536)
def lookup(key: str) -> Meaning:
    """What a metric's key says about the number.

    Args:
        key: as it was logged, such as `val/mAP50-95(B)`, `neg_mean_squared_error`, `rollout/ep_rew_mean`.

    Returns:
        Its meaning; one of kind "unknown" without a direction where the registry knows no name in it.
    """
    data = table()
    words = split(key, data.vocabulary)
    meaning = _decide(key, words, _of_the_quantity(words, _longest(_matches(words, data))), data)
    arrow = next((sign for sign in _ARROWS if sign in key), None)
    if arrow:
        meaning = replace(meaning, direction=_ARROWS[arrow], source=f"the {arrow} in the key")
    classes = [data.plain.get(word, "") for word in words.words]
    percent = meaning.unit == "%" or "percent" in classes
    return replace(meaning, role=_role(classes), percent=percent, unit=_unit(meaning, classes))


def _matches(words: KeyWords, data: Table) -> list[_Match]:
    """Every pattern that stands in the key, whether or not the other words allow it."""
    exact = words.words
    generic = tuple("#" if is_number(word) else word for word in exact)
    found = []
    for start in range(len(exact)):
        for end in range(start + 1, min(start + data.longest, len(exact)) + 1):
            pattern = data.phrases.get(exact[start:end]) or data.phrases.get(generic[start:end])
            if pattern:
                found.append(_Match(pattern, tuple(range(start, end))))
    present = set(exact)
    for head in present & data.pairs.keys():
        pairs = [pair for pair in data.pairs[head] if pair.modifier in present]
        found += [_Match(pair.pattern, (exact.index(head), exact.index(pair.modifier))) for pair in pairs]
    return found


def _longest(matches: list[_Match]) -> list[_Match]:
    """Those outside longer ones; of a pair, the first word may be part of a phrase, but not what modifies it."""
    phrases = [set(m.places) for m in matches if len(m.places) > 1 and not m.is_pair]

    def inside(match: _Match) -> bool:
        if match.is_pair:
            return any(phrase.intersection(match.places[1:]) for phrase in phrases)
        return any(phrase > set(match.places) for phrase in phrases)

    return [m for m in matches if not inside(m)]


def _of_the_quantity(words: KeyWords, matches: list[_Match]) -> list[_Match]:
    """Without what only says where it was measured: the FPR of `tpr_at_fpr`, the token of `loss_per_token`."""
    covered = {place for m in matches if len(m.places) > 1 and not m.is_pair for place in m.places}
    after = set()
    for place, word in enumerate(words.words):
        if word in ("per", "at") and place not in covered:
            rest = range(place + 1, len(words.words))
            after.add(next((i for i in rest if not is_number(words.words[i])), -1))
    return [m for m in matches if min(m.places) not in after]


def _decide(key: str, words: KeyWords, matches: list[_Match], data: Table) -> Meaning:
    """The meaning by the pattern of the best rank; unknown where that is contradictory or not sure to hold."""
    sure = [m for m in matches if _holds(m, words, matches, data)]
    if not sure:
        return Meaning(key)
    best = min(m.pattern.order for m in sure)
    top = [m for m in sure if m.pattern.order == best]
    if top[0].pattern.rank == "fallback":
        top = [m for m in top if m.pattern.direction] or top
    doubts = [m for m in matches if m not in sure and m.pattern.beside in ("known", "alone")]
    if (
        len({m.pattern.direction for m in top}) > 1
        or any(m.pattern.rank == "loss" and m.pattern.order <= best for m in doubts)
        or _names_a_score_last(top, sure)
    ):
        return Meaning(key)
    chosen = max(top, key=lambda m: (len(m.places), m.places))
    pattern = chosen.pattern
    meaning = Meaning(
        key=key,
        direction=pattern.direction,
        scale=pattern.scale,
        low=pattern.bounds[0],
        high=pattern.bounds[1],
        unit=pattern.unit,
        kind=pattern.kind,
        family=pattern.family,
        source=f"{' '.join(words.words[i] for i in chosen.places)} ({pattern.source})",
    )
    if words.minus or (words.one_minus and meaning.scale == "logit" and 0 in chosen.places):
        return _negated(meaning, one_minus=words.one_minus)
    return meaning


def _names_a_score_last(top: list[_Match], sure: list[_Match]) -> bool:
    """Whether a score stands behind the loss or error that would win over it: `dice_loss` is a loss, but what is
    `losses/explained_variance` or `failure_detection_auroc`?"""
    if top[0].pattern.rank != "loss":
        return False
    last = max(m.places[-1] for m in top)
    return any(m.pattern.rank == "metric" and m.pattern.direction == "max" and m.places[-1] > last for m in sure)


def _holds(match: _Match, words: KeyWords, matches: list[_Match], data: Table) -> bool:
    """Whether the other words of the key allow a pattern."""
    others = [i for i in range(len(words.words)) if i not in match.places]
    beside = match.pattern.beside
    if beside == "known":
        covered = {place for m in matches for place in m.places}
        return all(i in covered or _is_plain(words.words[i], data) for i in others)
    if beside == "alone":
        return all(_says_nothing(words.words[i], data) for i in others)
    if beside == "first":
        first = match.places[0]
        return len(words.words) > 1 and (first == 0 or words.parts[first - 1] != words.parts[first])
    if beside == "last":
        return all(i < match.places[0] or _says_nothing(words.words[i], data) for i in others)
    return True


def _is_plain(word: str, data: Table) -> bool:
    return is_number(word) or word in data.plain


def _says_nothing(word: str, data: Table) -> bool:
    """Whether a word after a name leaves it the last of the key that means something: numbers, statistics, units."""
    name = data.plain.get(word, "")
    return is_number(word) or name in _AFTER_THE_NAME or name.startswith("unit")


def _negated(meaning: Meaning, *, one_minus: bool) -> Meaning:
    """The meaning of `-x`, or of `1-x` for a share x, where that of x is given."""
    turned = replace(
        meaning,
        direction=_OTHER_WAY[meaning.direction],
        source=f"{meaning.source}, turned round by the minus",
    )
    return turned if one_minus else replace(turned, scale="linear", low=-meaning.high, high=-meaning.low)


def _role(classes: Sequence[str]) -> Role | None:
    """The part of the data a key speaks of; "eval" is validation unless a plainer word stands beside it."""
    roles: tuple[Role, ...] = ("test", "validation", "train")
    found = next((role for role in roles if role in classes), None)
    return found or ("validation" if "evaluation" in classes else None)


def _unit(meaning: Meaning, classes: Sequence[str]) -> str:
    """The unit that the key names, where the quantity has one; else that of the pattern."""
    named = [name.removeprefix("unit ") for name in classes if name.startswith("unit ")]
    return named[-1] if named and meaning.kind in _MEASURED else meaning.unit
