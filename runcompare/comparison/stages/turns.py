"""Did a loss turn for good, or does it only scatter? For one run alone, which has no replicates to tell its noise.

Healthy validation losses of many evaluations have a lowest value that is luck, rise a little at their end, and scatter.
So the lowest place and the end are means of as many values each, and the rise between them must be large as such, large
beside what the loss had gained, and beyond the scatter of its own neighbouring values, the less so the more of the
later values lie above all of the lowest place.
"""

import numpy as np
from numpy.typing import NDArray

from runcompare.comparison.measured import MeasuredRun
from runcompare.comparison.stages.detect import Stage

__all__ = ["climb"]

LEAST, SHARE = 0.05, 0.15  # of the loss, and of what it had gained
BEYOND, NEARLY = 4.0, 3.0  # standard errors of the rise: enough, and with most later values above the lowest place
MOST, FEWEST_AFTER = 0.9, 5  # of the later values; and how many there must be where all lie above the lowest place

Logs = NDArray[np.float64]


def climb(run: MeasuredRun, stage: Stage) -> float | None:
    """How far the validation loss climbed since its lowest place while the training loss did not rise, as a logarithm;
    0 where it did not turn for good, and None where it is not known."""
    held = run.logs(stage, "val_loss")
    if held is None:
        return None
    width = max(3, len(held) // 10)
    if len(held) < 2 * width:
        return None
    means = np.convolve(held, np.ones(width) / width, mode="valid")
    lowest = int(np.argmin(means[: len(held) - 2 * width + 1]))
    rise = float(np.median(held[-width:]) - means[lowest])
    gained = float(held[0] - means[lowest])
    if rise < LEAST or rise < SHARE * gained or not _is_certain(held, rise, lowest=lowest, width=width):
        return 0.0
    return 0.0 if _training_rose(run, stage, (lowest + width / 2) / len(held)) else rise


def _is_certain(held: Logs, rise: float, *, lowest: int, width: int) -> bool:
    second = np.abs(np.diff(held[len(held) // 4 :], n=2))
    scatter = float(np.median(second)) / (0.6745 * 6**0.5)
    errors = rise / max(scatter * float(np.sqrt(2 / width)), 1e-12)
    after = held[lowest + width :]
    above = float(np.mean(after > held[lowest : lowest + width].max()))
    if above == 1.0 and len(after) >= FEWEST_AFTER:
        return errors > 1.0
    return errors > (NEARLY if above >= MOST else BEYOND)


def _training_rose(run: MeasuredRun, stage: Stage, at: float) -> bool:
    """Whether the training loss ends higher than it was at a share of its curve: then nothing was learned by heart."""
    logs = run.logs(stage, "loss")
    if logs is None:
        return False
    width = max(3, len(logs) // 10)
    start = int(min(len(logs) - width, max(0, at * len(logs) - width / 2)))
    return bool(np.median(logs[-width:]) > np.median(logs[start : start + width]) + LEAST)
