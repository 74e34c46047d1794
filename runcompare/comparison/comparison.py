"""The Comparison: everything that a renderer needs, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcompare.comparison.account import Account
from runcompare.comparison.causes.model import Causes
from runcompare.comparison.look import Look
from runcompare.comparison.model import (
    ConfigChange,
    Corrected,
    Finding,
    IsoCost,
    KeyFamily,
    MetricCurve,
    Note,
    NotRun,
    Pairing,
    PriceOfGain,
    PriceOfKnowing,
    Recommendation,
    Role,
    Row,
    SampleEvidence,
    StageComparison,
)
from runcompare.comparison.searches import Search
from runcompare.comparison.trainer import Trainer
from runcompare.records.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMA_VERSION", "Comparison", "MadeChoice", "Options", "RunBrief", "Side"]


SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class RunBrief:
    """One run of a side, for listings and footnotes."""

    id: str
    name: str
    seed: int | str | None
    state: str
    source: str
    location: str
    started_at: float | None  # Unix seconds
    lost_records: int = 0
    rebuilt_rows: int = 0
    logs: tuple[str, ...] = ()  # all that the run was read from, the main one first; empty where it is one
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """A group of runs as it was asked for. `config` is what its runs share, `trainer` how more of them are trained,
    None where no log tells; `unread` says of runs that it lacks why they could not be read."""

    role: Role
    label: str
    reference: str
    runs: tuple[RunBrief, ...]
    hardware: str
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trainer: Trainer | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How the comparison was made; `alpha` is the level of this look, see `Look`. `gpu_price` and `cpu_price` are USD
    per device-hour, None for the price book; `min_effect` is as it was stated, None where it was not. `asked` are the
    options that were given, by their names in `compare`, for commands that repeat them; what came from settings is not
    among them."""

    metric: str
    min_effect: str | None
    alpha: float
    value: str = "final"
    gpu_price: float | None = None
    cpu_price: float | None = None
    noise_cv: float | None = None
    forced: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeChoice:
    """Something that was chosen for the user: what, how, who says so, and the flag that changes it."""

    what: str  # "metric", "direction", "scale", "value", "grouping", "noise", "pairing"
    chosen: str
    why: str
    flag: str


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Shown):
    """Candidate against baseline. `verdict` and `worth` are the words of the design; `worth` is None where the
    verdict leaves nothing to weigh. `quality` is the primary metric's row; `metrics` are the other ones."""

    version: str
    options: Options
    candidate: Side
    baseline: Side
    verdict: str
    worth: str | None
    incomparable: tuple[Note, ...]
    quality: Row
    metrics: tuple[Row, ...]
    cost: tuple[Row, ...]
    config: tuple[ConfigChange, ...]
    stages: tuple[StageComparison, ...]
    findings: tuple[Finding, ...]
    price_of_gain: PriceOfGain | None  # of a better and more expensive candidate
    iso_cost: IsoCost | None
    knowing: tuple[PriceOfKnowing, ...]
    recommendations: tuple[Recommendation, ...]
    corrected: Corrected | None
    warnings: tuple[Note, ...] = ()
    choices: tuple[MadeChoice, ...] = ()
    left_out: tuple[Note, ...] = ()  # runs that are no result, by run id
    curve: MetricCurve | None = None  # the primary metric over the training, where it was logged more than once
    families: tuple[KeyFamily, ...] = ()  # layers' losses and grad norms, too many for tables
    searches: tuple[Search, ...] = ()  # that the sides were picked from, or may have been
    pairing: Pairing | None = None  # None with one run on a side
    samples: SampleEvidence | None = None
    look: Look | None = None  # by the ledger of looks; None without one
    not_run: tuple[NotRun, ...] = ()  # checks that lacked something logged
    account: Account = field(default_factory=Account)
    causes: Causes | None = None  # what was changed, and what each change is known to do
    schema: int = SCHEMA_VERSION

    def to_frame(self) -> "pd.DataFrame":
        """One row a quantity as pandas: the primary metric, other metrics, cost, and each stage's rows.

        Raises MissingExtra without pandas.
        """
        from runcompare.comparison.frame import to_frame

        stages = [row for stage in self.stages for row in stage.rows]
        return to_frame([self.quality, *self.metrics, *self.cost, *stages])
