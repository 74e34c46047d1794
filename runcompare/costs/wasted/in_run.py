"""What was paid for and brought nothing: epochs after the best one, and time on idle devices.

Both are upper bounds of what could be saved: the best epoch is known only afterwards, a schedule may need its last
epochs, and a device may idle while data is made ready.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runcompare.costs.arithmetic import scale
from runcompare.costs.durations.running import LATEST
from runcompare.costs.durations.stages import EPOCH_TIMES, is_eval, stage_key
from runcompare.costs.ledgers import Ledger, LedgerLine
from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["Waste", "waste"]

# what a stage is judged by, best first; all are better when lower
JUDGED_BY = ("val_loss", "valid_loss", "validation_loss", "loss")


@dataclass(frozen=True, slots=True)
class Waste:
    """`what` names the kind: "epochs after the best", "idle devices" and those of `in_groups`. Time in s, device_hours
    in h, money in USD; `share` is of the stage's time; `evidence` is what was seen, in words."""

    what: str
    stage: str
    share: float
    wall: Figure
    device_hours: Figure
    money: Figure
    evidence: str
    run_id: str = ""


def waste(run: Run, ledger: Ledger) -> tuple[Waste, ...]:
    """The parts of a run's cost that its own log shows to have brought nothing, the longest first.

    Args:
        run: the run.
        ledger: what it cost.
    """
    found: list[Waste] = []
    for line in ledger.lines:
        if line.wall.mid and not is_eval(line.stage):
            found += _after_best(run, line)
        if line.idle.value:
            evidence = f"utilisation below 5 % in {line.idle.value:.0%} of the samples"
            found.append(_part(run, line, "idle devices", share=line.idle.value, evidence=evidence))
    return tuple(sorted(found, key=lambda w: -(w.wall.mid or 0.0)))


def _after_best(run: Run, line: LedgerLine) -> Sequence[Waste]:
    key = next((k for name in JUDGED_BY if (k := stage_key(run, line.stage, name))), None)
    if key is None:
        return []
    series = run.history.series(key)
    best, values = series.lowest, series.value
    if best is None or best == len(values) - 1:
        return []
    evidence = f"lowest {key} {values[best]:.4g} in row {best + 1} of {len(values)}"
    share = _share_after(run, line.stage, key, best)
    return [_part(run, line, "epochs after the best", share=share, evidence=evidence)]


def _share_after(run: Run, stage: str, key: str, best: int) -> float:
    """The share of the stage's epoch time after row `best`; the share of rows where epochs were not timed."""
    rows = run.history.frame.filter(run.history.frame[key].is_not_null())
    timed = next((k for name in EPOCH_TIMES if (k := stage_key(run, stage, name))), None)
    if timed and rows[timed].null_count() == 0:
        logged = rows[timed].to_numpy().astype(float)
        seconds = np.where((logged >= 0) & (logged < LATEST), logged, 0.0)
        if seconds.sum() > 0:
            return float(seconds[best + 1 :].sum() / seconds.sum())
    return (rows.height - 1 - best) / rows.height


def _part(run: Run, line: LedgerLine, what: str, *, share: float, evidence: str) -> Waste:
    def of(figure: Figure) -> Figure:
        return scale(figure, share, f"{share:.0%} of {line.stage}: {evidence}")

    return Waste(what, line.stage, share, of(line.wall), of(line.device_hours), of(line.money), evidence, run.id)
