"""One side of an experiment: its runs, and how more seeds of it are trained."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from runcompare.costs import PriceBook, ledger
from runcompare.errors import ConfigError, UsageError
from runcompare.lab.jobs import Job, Template, command_template, train_template
from runcompare.metrics.value import value
from runcompare.records.run import Group, Run

__all__ = ["Arm", "Result", "arm_from_config", "arm_from_group", "is_record", "write_yaml"]


LONGEST = 200  # bytes of a folder's name: systems take 255


@dataclass(frozen=True, slots=True)
class Result:
    """One seed's outcome: the final value of `metric`, and wall time in s and cost in USD where they are known."""

    run_id: str
    seed: int | None
    metric: str
    value: float
    seconds: float | None
    money: float | None


@dataclass(slots=True)
class Arm:
    """One side of an experiment.

    Attributes:
        label: What the side is called.
        folder: Where its new runs go, each seed in a folder of its own.
        template: How a seed is trained; None for an arm that can't be trained further.
        runs: In the order in which they came, which planned looks depend on.
    """

    label: str
    folder: Path
    template: Template | None
    runs: list[Run] = field(default_factory=list)

    @property
    def group(self) -> Group:
        """The arm's runs as a group."""
        return Group(self.label, self.label, tuple(self.runs))

    def jobs(self, n: int) -> list[Job]:
        """Jobs for the seeds that the arm lacks for `n` runs: the smallest numbers not used yet.

        Raises UsageError if the arm lacks seeds and nothing is known of how to train it.
        """
        lacking = n - len(self.runs)
        if lacking <= 0:
            return []
        if self.template is None:
            hint = 'Say how, with --command "python train.py --seed {seed} --out {out}".'
            raise UsageError(
                f"How to train '{self.label}' is not known: its configuration is not our engine's.", hint=hint
            )
        used = {_seed(run) for run in self.runs}
        seeds = [s for s in range(n + len(used)) if s not in used][:lacking]
        return [Job(s, self.folder / f"s{s}", self.template(s, self.folder / f"s{s}")) for s in seeds]

    def result(self, run: Run, metric: str, book: PriceBook) -> Result:
        """A run's outcome. Raises UsageError if it did not log the metric."""
        final = value(run, metric).mid
        if final is None:
            raise UsageError(f"Run {run.id} of '{self.label}' did not log '{metric}'.", hint="Name one with --metric.")
        total = ledger(run, book).total
        return Result(run.id, _seed(run), metric, final, total.wall.mid, total.money.mid)

    def results(self, metric: str, book: PriceBook) -> list[Result]:
        """The outcomes of all runs, in their order. Raises UsageError if one did not log the metric."""
        return [self.result(run, metric, book) for run in self.runs]


def _seed(run: Run) -> int | None:
    return run.seed if isinstance(run.seed, int) else None


def is_record(path: Path) -> bool:
    """Whether a YAML file is a run written down by hand, not a configuration."""
    return bool(re.search(r"^runcompare\s*:", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))


def arm_from_config(config: Path, out: Path, *, command: str | None, wandb: bool) -> Arm:
    """An arm of new runs of a configuration file.

    Args:
        config: The file.
        out: Folder of all new runs.
        command: The command that trains a seed, with {seed} and {out}; None trains with our engine.
        wandb: Whether our engine logs to W&B too.

    Raises:
        ConfigError: Our engine would refuse the configuration.
        UsageError: The command can't be run.
    """
    if command is not None:
        return Arm(config.stem, out / config.stem, command_template(command))
    from runcompare.engine.config.read import load_config

    label = load_config(config).name
    return Arm(label, out / folder_name(label), train_template(config.resolve(), label, wandb=wandb))


def arm_from_group(group: Group, out: Path, *, command: str | None, wandb: bool) -> Arm:
    """An arm that continues from existing runs.

    Args:
        group: The runs, which are replicates.
        out: Folder of all new runs.
        command: The command that trains a seed, with {seed} and {out}; None trains the configuration that the runs
            logged with our engine, if it is one of the engine's.
        wandb: Whether our engine logs to W&B too.

    Raises:
        UsageError: The command can't be run.
    """
    label = group.runs[0].info.group or group.label
    folder = out / folder_name(label)
    if command is not None:
        template: Template | None = command_template(command)
    else:
        template = _logged_template(group.runs[0], label, folder, wandb=wandb)
    return Arm(label, folder, template, sorted(group.runs, key=lambda run: (run.info.started_at or 0.0, run.id)))


def folder_name(label: str) -> str:
    """A group's name as the name of one folder: what a run's log says leads nowhere else."""
    name = re.sub(r"[/\\\0]", "_", label).lstrip(".") or "_"
    if len(name.encode(errors="replace")) <= LONGEST:
        return name
    return f"{name[: LONGEST // 4]}-{sha256(name.encode(errors='replace')).hexdigest()[:10]}"


def _logged_template(run: Run, label: str, folder: Path, *, wandb: bool) -> Template | None:
    """How our engine trains a run's configuration again, or None if it is not one of the engine's."""
    from runcompare.engine.config.read import parse_logged_config, to_dict

    try:
        config = parse_logged_config(run.config)
    except ConfigError:
        return None
    path = folder / "config.yaml"
    write_yaml(to_dict(config), path)
    return train_template(path.resolve(), label, wandb=wandb)


def write_yaml(config: Mapping[str, Any], path: Path) -> None:
    from ruamel.yaml import YAML

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(dict(config), file)
