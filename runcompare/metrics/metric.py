"""What a metric is: a key with a direction, a scale and a unit, by the field's naming habits."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

__all__ = ["Metric", "describe", "higher_is_better", "is_judged"]
if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Metric:
    """A name with a direction, a unit and a scale ("log" for positive quantities)."""

    key: str
    label: str
    unit: str = ""
    higher_is_better: bool = False
    scale: Literal["log", "linear"] = "log"


LINEAR = r"(improvement|delta|difference|log_?likelihood|elbo|reward|return|r2|correlation)"


# what a run did rather than how well: shown, not judged
NOT_JUDGED = r"(^|[/_])(evaluations|gate|parameters|count|samples)$"


def is_judged(key: str) -> bool:
    """Whether a higher or lower value of the metric is better at all."""
    return not re.search(NOT_JUDGED, key.lower())


def describe(key: str, direction: str | None = None) -> Metric:
    """A metric by its key: direction and scale by the field's naming habits unless `direction` says."""
    higher = direction == "max" if direction else higher_is_better(key)
    scale = "linear" if re.search(LINEAR, key.rpartition("/")[2].lower()) else "log"
    return Metric(key, _label(key), "", higher, "linear" if scale == "linear" else "log")


ACRONYMS = {"nrmse": "NRMSE", "rmse": "RMSE", "mse": "MSE", "mae": "MAE", "auc": "AUC", "f1": "F1", "r2": "R2"}


def _label(key: str) -> str:
    """The field's spelling for a bare name ("NRMSE"), else the key as it was logged."""
    return ACRONYMS.get(key.rpartition("/")[2].lower(), key)


_HIGHER = (
    r"(^|[/_.\- ])(acc(uracy)?|f1|auc|auroc|ap|map|recall|precision|bleu|rouge|r2|psnr|ssim|reward|return|score"
    r"|win_rate|iou|dice|improvement(_pct)?)($|[/_.@\-\d])"
)


def higher_is_better(key: str) -> bool:
    """By the metric's name; what is not known to be better high is better low."""
    return bool(re.search(_HIGHER, key.lower()))
