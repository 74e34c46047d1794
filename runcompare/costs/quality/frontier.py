"""Which groups are worth their cost: those that no other group beats on both quality and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Choice", "frontier"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A group's mean cost, in whatever unit all choices share, and its metric. `on_frontier` is set by `frontier`."""

    label: str
    cost: float
    quality: float
    on_frontier: bool = False
    beaten_by: str | None = None


def frontier(choices: Sequence[Choice], *, higher_is_better: bool = False) -> tuple[Choice, ...]:
    """The Pareto frontier of cost and quality, by means alone: noise may reorder neighbours.

    Args:
        choices: groups with their mean cost and metric.
        higher_is_better: the metric's direction.

    Returns:
        The choices, cheapest first, each with whether it is on the frontier. One that is not is `beaten_by` the
        cheapest choice that is no more expensive and no worse, and better in one of the two.
    """
    ordered = sorted(choices, key=lambda c: c.cost)
    sign = -1.0 if higher_is_better else 1.0

    def beats(a: Choice, b: Choice) -> bool:
        no_worse = a.cost <= b.cost and sign * a.quality <= sign * b.quality
        return no_worse and (a.cost < b.cost or sign * a.quality < sign * b.quality)

    winners = [next((a.label for a in ordered if beats(a, b)), None) for b in ordered]
    return tuple(
        Choice(c.label, c.cost, c.quality, winner is None, winner) for c, winner in zip(ordered, winners, strict=True)
    )
