"""How a comparison is asked for, and how the sides and options of one are told as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runcompare.comparison.causes.find import FoundAblation
from runcompare.comparison.comparison import Options, RunBrief, Side
from runcompare.comparison.look import Look, LookBook
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Note
from runcompare.comparison.rows import Policy
from runcompare.comparison.rules.records import hardware_words
from runcompare.comparison.trainer import trainer_of
from runcompare.metrics.metric import Meanings, Metric
from runcompare.metrics.min_effect import MinEffect
from runcompare.metrics.override import Override
from runcompare.metrics.value import FINAL, ValueRule, value
from runcompare.records.redact import redact
from runcompare.records.run import Group

__all__ = ["Request", "directed", "options_of", "reading_notes", "side_of", "values_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """How two groups are to be compared.

    `primary` is what the user says of the primary metric, `overrides` of metrics by key; `value` is which value stands
    for a run. Prices are USD per device-hour; `history` are replicated groups of the project, for the noise;
    with `noise_library` one run a side and no history are judged by other people's. `guardrails` are metrics that must
    not get worse, each with its margin; `pair_by` is what runs of both sides share ("seed", a setting, or "none"), None
    to find out. `asked` are the options as they were given, by name; `ablations` are records found beside the runs,
    `ignore` settings that are no cause; `searched` is out of how many the sides were picked and `look` which look it is
    in the ledger `looks`, which `build` finds out. `tried` are runs of the corrected config, None to look for them
    among the project's groups.
    """

    metric: str | None = None
    primary: Override = field(default_factory=Override)
    overrides: Mapping[str, Override] = field(default_factory=dict)
    value: ValueRule = FINAL
    min_effect: MinEffect | None = None
    alpha: float = 0.05
    gpu_price: float | None = None
    cpu_price: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    noise_cv: float | None = None
    noise_library: bool = True
    history: Sequence[Group] = ()
    guardrails: Mapping[str, MinEffect | None] = field(default_factory=dict)
    pair_by: str | None = None
    force: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)
    ablations: Sequence[FoundAblation] = ()
    ignore: Sequence[str] = ()
    searched: int = 1
    looks: LookBook | None = None
    look: Look | None = None
    tried: Group | None = None

    @property
    def policy(self) -> Policy:
        """How rows are decided."""
        return Policy(self.min_effect, self.alpha, self.searched)


def directed(rule: ValueRule, metric: Metric, meanings: Meanings) -> ValueRule:
    """The rule with the direction of the metric that picks the best step."""
    if rule.kind == "best":
        return replace(rule, direction=metric.direction)
    if rule.kind == "best-by":
        return replace(rule, direction=meanings.metric(rule.key).direction)
    return rule


def values_of(group: Group, metric: Metric, rule: ValueRule) -> list[float]:
    """The metric's value in each run that has one."""
    return [m for run in group.runs if (m := value(run, metric.key, rule).mid) is not None]


def side_of(side: MeasuredSide) -> Side:
    """A group and its runs, for listings."""
    group = side.group
    briefs = tuple(
        RunBrief(
            id=run.id,
            name=run.name,
            seed=run.seed,
            state=run.info.state,
            source=run.info.source,
            location=info.location,
            started_at=run.info.started_at,
            lost_records=run.lost.records,
            rebuilt_rows=run.lost.rebuilt_rows,
            logs=tuple(log.location for log in info.logs),
            warnings=run.warnings,
        )
        for run in group.runs
        for info in [run.info.shown()]
    )
    hardware = sorted({words for run in group.runs if (words := hardware_words(run))})
    trainer = trainer_of(group.runs)
    label, reference = redact(group.label), redact(group.reference)
    told = group.notes, trainer, group.unread
    return Side(side.role, label, reference, briefs, ", ".join(hardware), side.config, *told)


def options_of(metric: Metric, request: Request) -> Options:
    """The options that were in force."""
    return Options(
        metric=metric.key,
        min_effect=None if request.min_effect is None else str(request.min_effect),
        alpha=request.alpha,
        value=str(request.value),
        gpu_price=request.gpu_price,
        cpu_price=request.cpu_price,
        noise_cv=request.noise_cv,
        forced=request.force,
        asked=request.asked,
    )


def reading_notes(*sides: MeasuredSide) -> tuple[Note, ...]:
    """What went wrong while reading and costing, each once."""
    runs = [run for side in sides for run in side.runs]
    reading = [Note("run", f"{run.id}: {text}") for run in runs for text in run.run.warnings]
    costing = [Note("cost", f"{run.id}: {text}") for run in runs for text in run.ledger.notes]
    return tuple(dict.fromkeys([*reading, *costing]))
