"""How an attributed effect is read: what the candidate owes to a change, whether it is shown, whether it pays."""

from collections.abc import Sequence

from runcompare.comparison.causes.model import Causes, Effect, Part
from runcompare.comparison.model import ConfigChange, Interval

__all__ = ["costs_more", "in_place", "is_shown", "paid", "tells_apart", "told_of"]


def in_place(part: Part | None) -> Interval | None:
    """What a change does where all others are made, which is what the candidate would lose; else its plain effect."""
    if part is None:
        return None
    return part.last if part.last is not None else part.effect


def is_shown(interval: Interval) -> bool:
    """Whether an interval excludes 0."""
    return interval.low is not None and interval.high is not None and not interval.low <= 0 <= interval.high


def paid(effect: Effect) -> bool:
    """Whether a change is shown to make the primary metric better, where the candidate has all its other changes."""
    part = in_place(effect.quality)
    return part is not None and effect.word == "better" and is_shown(part)


def costs_more(effect: Effect) -> bool:
    """Whether a change is shown to take money, or time where no price is known."""
    part = in_place(effect.money) or in_place(effect.time)
    return part is not None and part.value > 0 and is_shown(part)


def tells_apart(effect: Effect, config: Sequence[ConfigChange]) -> bool:
    """Whether an effect is of these two sides' step and of a part of what differs: all of it is the verdict again."""
    return effect.whole and effect.quality is not None and (len(effect.keys) < len(config) or len(config) == 1)


def told_of(causes: Causes | None, key: str, config: Sequence[ConfigChange]) -> Effect | None:
    """The best-founded effect of a setting that tells it apart; None if nothing does.

    An ablation counts once its runs show seed noise: without, its figures are no more than ranges of what may yet come
    out.
    """
    if causes is None:
        return None
    whole = causes.experiment.quality if causes.experiment is not None else None
    noisy = whole is not None and whole.low is not None
    sure = (effect for effect in causes.effects if effect.source != "ablation" or noisy)
    return next((effect for effect in sure if key in effect.keys and tells_apart(effect, config)), None)
