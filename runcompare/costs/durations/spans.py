"""Stretches of time: unions, cuts, and which stage each moment belongs to. Times are Unix seconds."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

__all__ = ["Span", "assign", "cut", "length", "union"]

Span = tuple[float, float]


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same moments without overlaps, in order; empty and backward stretches are dropped."""
    merged: list[Span] = []
    for start, end in sorted(s for s in spans if s[1] > s[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def length(spans: Iterable[Span]) -> float:
    return sum(end - start for start, end in spans)


def cut(spans: Sequence[Span], away: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of `spans` without the moments of `away`."""
    left = list(union(spans))
    for a, b in union(away):
        left = [part for s, e in left for part in ((s, min(e, a)), (max(s, b), e)) if part[1] > part[0]]
    return tuple(left)


def assign(named: Sequence[tuple[str, Span]]) -> dict[str, tuple[Span, ...]]:
    """Every moment to one name: where stretches overlap, to the one that started last (the inner one).

    The lengths of the result add up to the length of the union, so no moment is paid for twice.
    """
    marks = sorted({t for _, span in named for t in span})
    parts: dict[str, list[Span]] = {name: [] for name, _ in named}
    active = sorted(named, key=lambda n: n[1][0])
    for a, b in pairwise(marks):
        covering = [name for name, (start, end) in active if start <= a and b <= end]
        if covering:
            parts[covering[-1]].append((a, b))
    return {name: union(spans) for name, spans in parts.items()}
