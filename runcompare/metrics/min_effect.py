"""The smallest effect of interest, as a user states it: what difference they would act on."""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from runcompare.errors import UsageError

if TYPE_CHECKING:
    from runcompare.metrics.metric import Metric

__all__ = ["MinEffect", "as_odds", "parse_min_effect"]

HINT = (
    "Write 2% (of the baseline's level), 0.5pt (points of a share), 0.01 (in the metric's units) or 1sd (of its noise)."
)
_FORM = re.compile(r"\s*(?P<number>[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?P<unit>%|pt|pts|sd)?\s*")
NEAREST = 1e-9  # to 0 or 1, for the odds of a share


@dataclass(frozen=True, slots=True)
class MinEffect:
    """An amount above 0 and what it is measured in; `text` is as it was typed."""

    amount: float
    kind: Literal["relative", "points", "absolute", "sd"]
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def is_general(self) -> bool:
        """Whether it means something for any metric, not for the primary one alone."""
        return self.kind in ("relative", "sd")

    def margin(self, metric: "Metric", level: float, noise_sd: float | None = None) -> float | None:
        """The effect on the metric's scale.

        Args:
            metric: With its fitted scale.
            level: The baseline's center, in the metric's units.
            noise_sd: The seed-to-seed standard deviation on the scale, for effects in "sd".

        Returns:
            Relative on the log scale, log odds on the logit one, in the metric's units on the linear one; None for an
            effect in "sd" where the noise is not known.

        Raises:
            UsageError: For points of a metric that is no share.
        """
        if self.kind == "sd":
            sd = None if noise_sd is None else self.amount * noise_sd
            return math.expm1(sd) if sd is not None and metric.scale == "log" else sd
        amount = self.in_units(metric, level)
        if metric.scale == "log":
            return amount / abs(level) if level else None
        if metric.scale == "logit":
            return as_odds(level / metric.full, amount / metric.full)
        return amount

    def in_units(self, metric: "Metric", level: float) -> float:
        """The effect in the metric's units, of any kind but "sd". Raises UsageError for points of what is no share."""
        if self.kind == "relative":
            return self.amount * abs(level)
        if self.kind == "absolute":
            return self.amount
        if metric.scale != "logit" and metric.unit != "%" and metric.full != 100.0 and not 0 <= level <= 1:
            raise UsageError(f"'{metric.key}' is no share, so '{self.text}' of it has no meaning.", hint=HINT)
        return self.amount * (1.0 if metric.full == 100.0 or metric.unit == "%" else 0.01)


def as_odds(share: float, change: float) -> float:
    """A change of a share as log odds: half the way from as much below to as much above, the same either way."""
    high = min(share + change, 1 - NEAREST)
    low = max(share - change, NEAREST)
    return (_log_odds(high) - _log_odds(low)) / 2


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def parse_min_effect(text: str | float) -> MinEffect:
    """A smallest effect of interest as typed. Raises UsageError for another form or an amount that is not above 0."""
    match = _FORM.fullmatch(str(text))
    try:
        amount = float(match["number"]) if match else math.nan
    except ValueError:
        amount = math.nan
    if match is None or not 0 < amount < math.inf:
        raise UsageError(f"'{text}' is no smallest effect of interest.", hint=HINT)
    kinds: dict[str | None, Literal["relative", "points", "absolute", "sd"]] = {
        "%": "relative",
        "pt": "points",
        "pts": "points",
        "sd": "sd",
        None: "absolute",
    }
    kind = kinds[match["unit"]]
    return MinEffect(amount / 100 if kind == "relative" else amount, kind, str(text).strip())
