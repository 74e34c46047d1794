"""Run an ablation: all arms' seeds side by side, on this machine, Ray or Slurm; then what each factor did.

Arms lie in folders named by their settings, so that a run that has finished is found again and never made twice, by
this ablation or a later one with other factors. The record is written after each run.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runcompare.comparison.causes.ablation import RECORD_NAME, Ablation, ArmRecord, ArmRun
from runcompare.comparison.config_changes import shared_config
from runcompare.comparison.rules.records import hardware_words
from runcompare.costs import PriceBook, ledger
from runcompare.errors import ConfigError, RuncompareError, UsageError, did_you_mean
from runcompare.lab.ablate_plan import AblationPlan, PlannedArm, Side
from runcompare.lab.ablate_trainers import CommandTrainer, EngineTrainer, Trainer
from runcompare.lab.jobs import Job, Outcome, finished, left_run
from runcompare.metrics.metric import Meanings
from runcompare.metrics.primary import choose_metric
from runcompare.metrics.value import value
from runcompare.records.as_json import json_text, plain
from runcompare.records.atomic import write_whole
from runcompare.records.config import essentials
from runcompare.records.redact import redact
from runcompare.records.run import Group, Run
from runcompare.version import __version__

__all__ = ["Done", "Failure", "record_text", "run_ablation", "side_of_config", "side_of_group", "trainer_of"]

MOST_NAMED = 12  # metrics in a message
Executor = Callable[[Sequence[Job], Callable[[Outcome], None]], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """A run without a result, and why."""

    arm: str
    seed: int
    why: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Done:
    """The record, where it lies, the runs that failed, and those that did not."""

    record: Ablation
    path: Path
    failures: tuple[Failure, ...]
    runs: tuple[Run, ...]


def side_of_config(path: Path, *, command: str | None) -> Side:
    """A side from a YAML file: our engine's configuration with its defaults, or any settings if there is a command.

    Raises ConfigError if it can't be read, or our engine would refuse it.
    """
    from runcompare.lab.configs import full_config

    if command is not None:
        return Side(str(redact(path.stem)), dict(essentials(full_config(path, fill=False).settings)))
    from runcompare.engine.config.read import load_config, to_dict

    config = load_config(path)
    return Side(config.name, dict(essentials(to_dict(config))))


def side_of_group(group: Group, *, command: str | None) -> Side:
    """A side from runs: what they share of their settings.

    Raises UsageError if there is no command and the settings are not our engine's, or if they were not logged.
    """
    label = group.runs[0].info.group or group.label
    if command is None:
        from runcompare.engine.config.read import parse_logged_config, to_dict

        try:
            return Side(label, dict(essentials(to_dict(parse_logged_config(group.runs[0].config)))))
        except ConfigError:
            hint = 'Say how, with --command "python train.py {overrides} --seed {seed} --out {out}".'
            raise UsageError(
                f"How to train '{label}' is not known: its configuration is not our engine's.", hint=hint
            ) from None
    config = shared_config([run.config for run in group.runs])
    if not config:
        raise UsageError(f"'{label}' logged no settings to switch.", hint="Give its configuration as a YAML file.")
    return Side(label, config)


def trainer_of(command: str | None, *, wandb: bool = False) -> Trainer:
    """The trainer that a command is, our engine without one. Raises UsageError if it can't be run."""
    return EngineTrainer(wandb) if command is None else CommandTrainer(command)


def run_ablation(
    plan: AblationPlan,
    trainer: Trainer,
    out: Path,
    execute: Executor,
    *,
    book: PriceBook,
    metric: str | None = None,
    report: Callable[[PlannedArm, int, ArmRun | Failure], None] = lambda arm, seed, end: None,
    keep: bool = True,
) -> Done:
    """Run what is missing and write the record.

    A run that fails does not stop the others; it is tried again when the ablation is run again.

    Args:
        plan: What to run.
        trainer: What trains an arm.
        out: The folder of the runs and of the record.
        execute: Runs jobs and hands over each outcome as it comes.
        book: Prices of devices.
        metric: The result to judge by; the most telling one of the two sides by default.
        report: Called with each run that ends.
        keep: Whether to write the record.

    Returns:
        The record with all runs that have a result.

    Raises:
        UsageError: The runs share no metric that looks like a result, or the one named was not logged by any.
    """
    results = _Results(plan, out, book, metric)
    results.find_finished()
    jobs = _ordered(_Task(arm, job) for arm in plan.arms for job in arm.jobs(trainer))
    homes = {task.job.folder: task.arm for task in jobs}

    def on_done(outcome: Outcome) -> None:
        arm = homes[outcome.folder]
        report(arm, outcome.seed, results.add(arm, outcome))
        if keep:
            results.write()

    execute([task.job for task in jobs], on_done)
    if keep:
        results.write()
    results.check_metric()
    return Done(results.record(), out / RECORD_NAME, tuple(results.failures), tuple(results.runs.values()))


class _Task(NamedTuple):
    arm: PlannedArm
    job: Job


def _ordered(tasks: Iterable[_Task]) -> list[_Task]:
    """One run of each arm first, so that a look is possible early; then the longest, so that workers end together."""
    return sorted(tasks, key=lambda task: (task.job.seed > 0, -(task.arm.seconds.mid or 0.0), task.job.seed))


class _Results:
    """The runs of an ablation as they come."""

    def __init__(self, plan: AblationPlan, out: Path, book: PriceBook, metric: str | None) -> None:
        self.plan, self.out, self.book, self.metric = plan, out, book, metric
        self.runs: dict[tuple[str, int], Run] = {}
        self.failures: list[Failure] = []
        self.reused: set[str] = set()

    def find_finished(self) -> None:
        """Read the runs that are there; one that can't be read is a failure."""
        for arm in self.plan.arms:
            for seed in arm.finished:
                self._read(arm, seed)
            self.runs.update({(arm.name, int(run.seed or 0)): run for run in arm.reused})
            self.reused.update(run.id for run in arm.reused)

    def add(self, arm: PlannedArm, outcome: Outcome) -> ArmRun | Failure:
        """Take the run that a job left, or note its failure."""
        if outcome.code != 0:
            log = outcome.folder / "log.txt"
            why = f"its command ended with code {outcome.code}; its output is in {log}"
            return self._fail(arm, outcome.seed, why)
        return self._read(arm, outcome.seed)

    def _read(self, arm: PlannedArm, seed: int) -> ArmRun | Failure:
        folder = arm.folder / f"s{seed}"
        try:
            self.runs[arm.name, seed] = run = left_run(folder)
        except RuncompareError as error:
            again = f" Remove {folder} to have it made again." if finished(folder, seed) else ""
            return self._fail(arm, seed, f"{error.message} {error.hint}{again}".strip())
        return self._entry(run, seed)

    def _fail(self, arm: PlannedArm, seed: int, why: str) -> Failure:
        self.failures.append(Failure(arm.name, seed, why, arm.folder / f"s{seed}"))
        return self.failures[-1]

    def _entry(self, run: Run, seed: int) -> ArmRun:
        total = ledger(run, self.book).total
        key = self.metric or self._chosen()
        final = value(run, key).mid if key else None
        return ArmRun(
            seed,
            run.id,
            final,
            total.wall.mid,
            total.device_hours.mid,
            total.money.mid,
            machine=hardware_words(run),
            reused=run.id in self.reused,
        )

    def _chosen(self) -> str | None:
        """The metric that a comparison of the two sides would take, once both are there."""
        groups = [self._group(arm) for arm in (self.plan.arms[-1], self.plan.arms[0])]
        candidate, baseline = groups
        if candidate is None or baseline is None:
            return None
        with suppress(UsageError):
            self.metric = choose_metric(candidate, baseline, Meanings.of([*candidate.runs, *baseline.runs])).metric.key
        return self.metric

    def _group(self, arm: PlannedArm) -> Group | None:
        runs = tuple(self.runs[arm.name, seed] for seed in self._seeds(arm))
        return Group(arm.name, arm.name, runs) if runs else None

    def _seeds(self, arm: PlannedArm) -> list[int]:
        return sorted(seed for name, seed in self.runs if name == arm.name)

    def check_metric(self) -> None:
        """Raises UsageError if runs are there and none has logged the metric that was named."""
        runs = list(self.runs.values())
        if self.metric is None or not runs or any(value(run, self.metric).mid is not None for run in runs):
            return
        logged = sorted({key for run in runs for key in (*run.summary, *run.history.keys)})
        hint = did_you_mean(self.metric, logged) or f"They logged: {', '.join(logged[:MOST_NAMED]) or 'nothing'}."
        raise UsageError(f"No run of the ablation logged '{self.metric}'. The runs are kept.", hint=hint)

    def record(self) -> Ablation:
        """All that is known by now."""
        key = self.metric or self._chosen() or ""
        return Ablation(
            candidate=self.plan.candidate,
            baseline=self.plan.baseline,
            metric=key,
            design=self.plan.design,
            seeds=self.plan.seeds,
            factors=self.plan.factors,
            arms=tuple(self._arm(arm) for arm in self.plan.arms),
            left_alone=self.plan.left_alone,
            version=__version__,
        )

    def _arm(self, arm: PlannedArm) -> ArmRecord:
        entries = tuple(self._entry(self.runs[arm.name, seed], seed) for seed in self._seeds(arm))
        failed = tuple(sorted({failure.seed for failure in self.failures if failure.arm == arm.name}))
        return ArmRecord(arm.name, arm.on, entries, failed)

    def write(self) -> None:
        """Write the record, whole or not at all, without secrets."""
        self.out.mkdir(parents=True, exist_ok=True)
        write_whole(self.out / RECORD_NAME, record_text(self.record()), only_writer=True)


def record_text(record: Ablation) -> str:
    """A record as it is written, without secrets."""
    return json_text(redact(plain(record)))
