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

from runcompare.metrics.matching import Match, Matches, find
from runcompare.metrics.patterns import Direction, Kind, Scale, table

__all__ = ["Meaning", "Role", "lookup"]

Role = Literal["test", "validation", "train"]
_ARROWS: dict[str, Direction] = {"↑": "max", "↓": "min"}
_OTHER_WAY: dict[Direction | None, Direction | None] = {"min": "max", "max": "min", None: None}
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
    words: str = ""  # those of the key that decided


_AXES = frozenset(("epoch", "step", "global_step", "iteration", "iter", "lr", "learning_rate"))


@lru_cache(maxsize=65536)
def lookup(key: str) -> Meaning:
    """What a metric's key says about the number.

    Args:
        key: as it was logged, such as `val/mAP50-95(B)`, `neg_mean_squared_error`, `rollout/ep_rew_mean`.

    Returns:
        Its meaning; one of kind "unknown" without a direction where the registry knows no name in it.
    """
    data = table()
    part, _, leaf = key.rpartition("/")
    if leaf.lower() in _AXES and len(find(part, data).words.words) > 1:
        return replace(lookup(leaf), key=key)  # the epoch of `diff_residual/epoch`; `loss/epoch` is a loss
    matches = find(key, data)
    meaning = _decide(key, matches)
    arrow = next((sign for sign in _ARROWS if sign in key), None)
    if arrow:
        meaning = replace(meaning, direction=_ARROWS[arrow], source=f"the {arrow} in the key")
    classes = [data.plain.get(word, "") for word in matches.words.words]
    percent = meaning.unit == "%" or "percent" in classes
    return replace(meaning, role=_role(classes), percent=percent, unit=_unit(meaning, classes))


def _decide(key: str, matches: Matches) -> Meaning:
    """The meaning by the pattern of the best rank; unknown where that is contradictory or in doubt."""
    if not matches.sure:
        return Meaning(key)
    best = min(m.pattern.order for m in matches.sure)
    top = [m for m in matches.sure if m.pattern.order == best]
    if top[0].pattern.rank == "fallback":
        top = _of_the_last_part(top, matches)
    if len({m.pattern.direction for m in top}) > 1 or _in_doubt(matches, best) or _names_a_score_last(top, matches):
        return Meaning(key)
    chosen = max(top, key=lambda m: (len(m.places), m.places))
    pattern, words = chosen.pattern, matches.words
    said = " ".join(words.words[i] for i in chosen.places)
    meaning = Meaning(
        key=key,
        direction=pattern.direction,
        scale=pattern.scale,
        low=pattern.bounds[0],
        high=pattern.bounds[1],
        unit=pattern.unit,
        kind=pattern.kind,
        family=pattern.family,
        source=f"{said} ({pattern.source})",
        words=said,
    )
    if words.minus or (words.one_minus and meaning.high == 1 and 0 in chosen.places):
        return _negated(meaning, one_minus=words.one_minus)
    return meaning


def _of_the_last_part(top: list[Match], matches: Matches) -> list[Match]:
    """Of words that mean something only on their own, those of the last part of the key, and scores before counts:
    `perf/cpu_percent` is no performance, `mean_epoch_score` is a score."""
    parts = matches.words.parts
    last = max(parts[m.places[-1]] for m in top)
    top = [m for m in top if parts[m.places[-1]] == last]
    return [m for m in top if m.pattern.direction] or top


def _in_doubt(matches: Matches, best: int) -> bool:
    """Whether a loss or distance would decide but for words that are not known: what is `foo_gap_accuracy`?"""
    doubtful = [m.pattern for m in matches.found if m not in matches.sure and m.pattern.rank == "loss"]
    return any(pattern.order <= best and pattern.beside in ("known", "alone") for pattern in doubtful)


def _names_a_score_last(top: list[Match], matches: Matches) -> bool:
    """Whether a score stands behind the loss or error that would win over it: `dice_loss` is a loss, but what is
    `losses/explained_variance` or `failure_detection_auroc`?"""
    if top[0].pattern.rank != "loss":
        return False
    last = max(m.places[-1] for m in top)
    scores = [m for m in matches.sure if m.pattern.rank == "metric" and m.pattern.direction == "max"]
    return any(m.places[-1] > last for m in scores)


def _negated(meaning: Meaning, *, one_minus: bool) -> Meaning:
    """The meaning of `-x`, or of `1-x` for an x that is at most 1, where that of x is given."""
    turned = replace(
        meaning,
        direction=_OTHER_WAY[meaning.direction],
        source=f"{meaning.source}, turned round by the minus",
    )
    if one_minus:
        return replace(turned, low=1 - meaning.high, high=1 - meaning.low)
    return replace(turned, scale="linear", low=-meaning.high, high=-meaning.low)


def _role(classes: Sequence[str]) -> Role | None:
    """The part of the data a key speaks of; "eval" is validation unless a plainer word stands beside it."""
    roles: tuple[Role, ...] = ("test", "validation", "train")
    found = next((role for role in roles if role in classes), None)
    return found or ("validation" if "evaluation" in classes else None)


def _unit(meaning: Meaning, classes: Sequence[str]) -> str:
    """The unit that the key names, where the quantity has one; else that of the pattern."""
    named = [name.removeprefix("unit ") for name in classes if name.startswith("unit ")]
    return named[-1] if named and meaning.kind in _MEASURED else meaning.unit
