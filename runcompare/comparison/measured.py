"""Each side measured once: its runs' curves, values and ledgers, which everything else reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runcompare.comparison.config_changes import shared_config
from runcompare.comparison.model import Role, RunValue, Sample
from runcompare.comparison.samples import summarise
from runcompare.comparison.stages.curves import stage_curve
from runcompare.comparison.stages.detect import Stage
from runcompare.costs import Ledger, PriceBook, ledger
from runcompare.metrics.metric import Metric, fit_scale
from runcompare.metrics.value import FINAL, ValueRule, value
from runcompare.records.boundary import boundary
from runcompare.records.figure import Figure
from runcompare.records.history import Series
from runcompare.records.run import Group, Run

__all__ = ["FEWEST", "MeasuredRun", "MeasuredSide", "fitted_to", "measure"]

FEWEST = 6  # values of a curve below which its shape says nothing


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A run, what it cost, and the curves of its stages, each extracted when it is first asked for."""

    run: Run
    ledger: Ledger
    _curves: dict[tuple[str, str], Series | None] = field(default_factory=dict, repr=False)
    _logs: dict[tuple[str, str], NDArray[np.float64] | None] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        return self.run.id

    def curve(self, stage: Stage, quantity: str) -> Series | None:
        """A stage's `loss`, `val_loss` or `grad_norm` by epoch; None if the run did not log it."""
        at = stage.name, quantity
        if at not in self._curves:
            self._curves[at] = stage_curve(self.run, stage, quantity)
        return self._curves[at]

    def logs(self, stage: Stage, quantity: str) -> NDArray[np.float64] | None:
        """The logarithms of a curve's finite values, where 0 counts as the smallest value above it; None for one of
        fewer than 6, or with values below 0, and of a loss that is not to fall."""
        at = stage.name, quantity
        if at not in self._logs:
            judged = stage.descends or not quantity.endswith("loss")
            self._logs[at] = _logs(self.curve(stage, quantity)) if judged else None
        return self._logs[at]


@dataclass(frozen=True, slots=True)
class MeasuredSide:
    """A group with everything that was measured of it. `config` is flat, redacted, and what all its runs share;
    `left_out` says of runs that are no result why not."""

    role: Role
    group: Group
    runs: tuple[MeasuredRun, ...]
    config: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)
    _samples: dict[tuple[str, str, str], Sample] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def ledgers(self) -> Sequence[Ledger]:
        return [run.ledger for run in self.runs]

    def curves(self, stage: Stage, quantity: str) -> list[Series]:
        """A stage's quantity in each run that logged it, see `MeasuredRun.curve`."""
        return [curve for run in self.runs if (curve := run.curve(stage, quantity)) is not None]

    def values(self, key: str, rule: ValueRule = FINAL) -> list[RunValue]:
        """The value of `key` in every run; missing in those that are left out."""
        return [RunValue(run.id, self._figure(run, key, rule)) for run in self.runs]

    def _figure(self, run: MeasuredRun, key: str, rule: ValueRule) -> Figure:
        why = self.left_out.get(run.id)
        return value(run.run, key, rule) if why is None else Figure.missing(f"left out: {why}")

    def sample(self, metric: Metric, rule: ValueRule = FINAL) -> Sample:
        """The metric over the side's runs."""
        at = metric.key, metric.scale, str(rule)
        if at not in self._samples:
            self._samples[at] = summarise(self.values(metric.key, rule), metric)
        return self._samples[at]


def _logs(series: Series | None) -> NDArray[np.float64] | None:
    if series is None or len(series) < FEWEST:
        return None
    finite = series.value[np.isfinite(series.value)]
    if len(finite) < FEWEST or np.any(finite < 0) or not np.any(finite > 0):
        return None
    logs: NDArray[np.float64] = np.log(np.maximum(finite, finite[finite > 0].min()))
    return logs


def measure(role: Role, group: Group, book: PriceBook, *, left_out: Mapping[str, str] | None = None) -> MeasuredSide:
    """Read what a group's runs cost and share; curves and values follow when they are asked for."""
    runs = tuple(_measured(run, book) for run in group.runs)
    return MeasuredSide(role, group, runs, shared_config([run.config for run in group.runs]), left_out or {})


def fitted_to(metric: Metric, *sides: MeasuredSide, rule: ValueRule = FINAL) -> Metric:
    """The metric on a scale that holds all sides' values."""
    mids = ([m for v in side.values(metric.key, rule) if (m := v.figure.mid) is not None] for side in sides)
    return metric if metric.scale_fixed else fit_scale(metric, *mids)


def _measured(run: Run, book: PriceBook) -> MeasuredRun:
    with boundary(run.info.location or run.id):
        return MeasuredRun(run, ledger(run, book))
