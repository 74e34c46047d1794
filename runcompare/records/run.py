"""One run, and a group of runs that differ by seed only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from runcompare.records.figure import Figure
from runcompare.records.history import History
from runcompare.records.redact import redact
from runcompare.records.shown import Shown

__all__ = [
    "PICK",
    "Alternative",
    "Attempt",
    "Claim",
    "DeclaredMetric",
    "Group",
    "Grouping",
    "Hardware",
    "Log",
    "Lost",
    "Run",
    "RunInfo",
    "Searched",
    "StageSpan",
    "State",
    "find_seed",
    "origin",
    "time_of_attempts",
]

PICK = "@best"
State = Literal["finished", "running", "interrupted", "failed", "unknown"]
SEED_KEYS = (
    *("seed", "training.seed", "random_seed", "train.seed", "trainer.seed", "experiment.seed", "data.seed"),
    *("random_state", "seed_everything", "manual_seed", "global_seed", "rng_seed"),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One process's share of a run, in Unix seconds; `ended_at` is the last sign of life if it was killed."""

    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class StageSpan:
    """When one attempt worked on a stage, in Unix seconds."""

    name: str
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the run ran on. `accelerator_count` counts the devices that the run used, over all processes."""

    accelerator: str | None = None
    accelerator_count: int = 0
    cpu: str | None = None
    cpu_count: int | None = None
    world_size: int = 1


@dataclass(frozen=True, slots=True)
class Lost:
    """What could not be read, exactly: log records and bytes gone, history rows rebuilt from summaries."""

    records: int = 0
    bytes: int = 0
    rebuilt_rows: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A ratio that somebody stated about a run, so that it can be checked against the figures."""

    text: str
    quantity: str  # a key of `Run.figures`, such as "cost"
    ratio: float
    against: str = "baseline"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A configuration that was proposed, with the figures expected of it, but not run."""

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """One of several logs of a training: an event file beside a CSV, the folder `validation` beside `train`, a rank.

    `part` goes before its keys ("validation"); `why` says how it is known to be of the same training.
    """

    source: str
    location: str
    part: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a listing needs to know of a run, without its history. `logs` are all that it is read from, the main one
    first; empty where it is one."""

    id: str
    name: str
    source: str  # the name of the source that reads it: "wandb", "recorder", "yaml"
    location: str  # where that source finds it again: a path or a URI
    group: str | None = None
    project: str | None = None
    entity: str | None = None
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    state: State = "unknown"
    started_at: float | None = None  # Unix seconds
    seed: int | str | None = None
    logs: tuple[Log, ...] = ()

    def shown(self) -> "RunInfo":
        """The same for people and for what is kept: folders may have secrets in their names, and these go. Nothing is
        found again by such a place."""
        logs = tuple(replace(log, location=redact(log.location)) for log in self.logs)
        return replace(self, location=redact(self.location), logs=logs)


@dataclass(frozen=True, slots=True)
class DeclaredMetric:
    """What a run told its tracker about a metric. `direction` is the tracker's own word ("maximize", "min"); `selects`
    says whether the run was selected or stopped by it; `source` names where it says so."""

    key: str
    direction: str | None = None
    selects: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Everything that is known of one run.

    `config` is nested, as logged. `summary` has flat keys ("eval/nrmse"). `history` holds the logged rows,
    `system` the telemetry rows. `samples` maps a metric to its per-test-sample values, shape (n_samples,), and
    `sample_keys` to what the samples are called, in the same order, where that was logged.
    `metadata` holds circumstances: git commit, program and arguments without secrets, notes.
    `figures` holds what a hand-written record states; keys are "nrmse", "time", "cost" or "STAGE/final_loss".
    """

    info: RunInfo
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    history: History = field(default_factory=History)
    system: History = field(default_factory=History)
    hardware: Hardware = field(default_factory=Hardware)
    attempts: tuple[Attempt, ...] = ()
    runtime_s: float | None = None  # the tracker's own count, over all attempts
    stages: tuple[StageSpan, ...] = ()
    samples: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sample_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lost: Lost = field(default_factory=Lost)
    warnings: tuple[str, ...] = ()
    declared: tuple[DeclaredMetric, ...] = ()

    def __repr__(self) -> str:
        return f"<Run {self.id!r} ({self.info.source}): {len(self.history):,} rows, {self.info.state}>"

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def seed(self) -> int | str | None:
        return self.info.seed


class Grouping(StrEnum):
    """How runs are known to be replicates of one another."""

    SETTINGS = "equal settings but for the seed"
    NAMES = "names that differ by the seed only, their settings unknown"
    USER = "named together by the user, their settings unknown"


@dataclass(frozen=True, slots=True)
class Searched:
    """That runs were picked, or may have been, from `n` runs or configurations for their value of the metric `by`.

    `how` is "@best", or the search in which they were made ("sweep 3f9a1c"), of which nobody says that its best was
    taken. `by` is None where it is not known what a search was after.
    """

    n: int
    by: str | None
    how: str

    @property
    def is_pick(self) -> bool:
        """Whether it is known that the best was taken."""
        return self.how == PICK


@dataclass(frozen=True, slots=True, repr=False)
class Group(Shown):
    """Runs that differ by seed only; a group of one is normal. `notes` are how its reference was read; `grouping` is
    how its runs are known to be replicates; `searched` are the searches that they come from; `unread` says of others
    that are of it why they could not be read."""

    label: str
    reference: str
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    grouping: Grouping = Grouping.SETTINGS
    searched: tuple[Searched, ...] = ()
    unread: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.runs)


def find_seed(config: Mapping[str, Any]) -> int | str | None:
    """The seed that a nested config states, by the usual keys."""
    for path in SEED_KEYS:
        node: Any = config
        for part in path.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        if isinstance(node, int | str):
            return node
    return None


def origin(run: Run) -> str:
    """The id of the run that `run` was cut from, or its own."""
    return str(run.metadata.get("cut_from", run.id))


def time_of_attempts(attempts: Sequence[Attempt]) -> float | None:
    """Seconds from start to end, summed over the attempts; None if there are none.

    One without a sign of life after its start counts as nothing.
    """
    return sum((a.ended_at or a.started_at) - a.started_at for a in attempts) if attempts else None
