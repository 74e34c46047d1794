"""One side of an experiment: how its seeds are trained, and the results that it has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcompare.costs import PriceBook, ledger
from runcompare.errors import UsageError
from runcompare.lab.jobs import Job, Template, command_template, train_template
from runcompare.metrics.final_value import value
from runcompare.records.run import Group, Run

__all__ = ["Arm", "Result", "arm_from_config", "arm_from_group", "is_record"]

# logged beside the configuration, but not part of it
LOGGED_EXTRAS = ("parameters", "hardware", "git")


@dataclass(frozen=True, slots=True)
class Result:
    """One seed's outcome: the metric, wall time in s and USD where they are known."""

    run_id: str
    seed: int | None
    value: float
    seconds: float | None
    money: float | None


@dataclass(slots=True)
class Arm:
    """`results` in the order in which they came, which planned looks depend on; `template` is None for an arm that
    can't be trained further."""

    label: str
    folder: Path
    template: Template | None
    results: list[Result] = field(default_factory=list)

    @property
    def values(self) -> list[float]:
        return [r.value for r in self.results]

    def jobs(self, n: int) -> list[Job]:
        """Jobs for the seeds that the arm lacks for `n` results: the smallest numbers not used yet.

        Raises UsageError if the arm lacks seeds and nothing is known of how to train it.
        """
        lacking = n - len(self.results)
        if lacking <= 0:
            return []
        if self.template is None:
            hint = 'Say how, with --command "python train.py --seed {seed} --out {out}".'
            raise UsageError(
                f"How to train '{self.label}' is not known: its configuration is not our engine's.", hint=hint
            )
        used = {r.seed for r in self.results}
        seeds = [s for s in range(n + len(used)) if s not in used][:lacking]
        return [Job(s, self.folder / f"s{s}", self.template(s, self.folder / f"s{s}")) for s in seeds]

    def add(self, run: Run, metric: str, book: PriceBook) -> Result:
        """Take in a finished run. Raises UsageError if it did not log the metric."""
        figure = value(run, metric)
        if figure.mid is None:
            raise UsageError(f"Run {run.id} of '{self.label}' did not log '{metric}'.", hint="Name one with --metric.")
        total = ledger(run, book).total
        seed = run.seed if isinstance(run.seed, int) else None
        result = Result(run.id, seed, figure.mid, total.wall.mid, total.money.mid)
        self.results.append(result)
        return result


def is_record(path: Path) -> bool:
    """Whether a YAML file is a run written down by hand, not a configuration."""
    return bool(re.search(r"^runcompare\s*:", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))


def arm_from_config(config: Path, out: Path, command: str | None, wandb: bool) -> Arm:
    """An arm of new runs of a configuration file, trained by our engine or by `command`.

    Raises ConfigError, before anything runs, for a configuration that our engine would refuse.
    """
    extra = () if wandb else ("--no-wandb",)
    if command is not None:
        return Arm(config.stem, out / config.stem, command_template(command))
    from runcompare.engine.config.read import load_config

    label = load_config(config).name
    return Arm(label, out / label, train_template(config.resolve(), label, extra))


def arm_from_group(group: Group, out: Path, command: str | None, metric: str, book: PriceBook, wandb: bool) -> Arm:
    """An arm that goes on from runs there are. Our engine's configuration is taken from their log."""
    label = group.runs[0].info.group or group.label
    folder = out / label
    extra = () if wandb else ("--no-wandb",)
    if command is not None:
        template: Template | None = command_template(command)
    else:
        template = _template_of(group.runs[0], label, folder, extra)
    arm = Arm(label, folder, template)
    for run in sorted(group.runs, key=lambda r: (r.info.started_at or 0.0, r.id)):
        arm.add(run, metric, book)
    return arm


def _template_of(run: Run, label: str, folder: Path, extra: tuple[str, ...]) -> Template | None:
    """How our engine trains a run's configuration again, or None if it is not one of ours."""
    from runcompare.engine.config.read import parse_config, to_dict
    from runcompare.errors import ConfigError

    plain = {k: v for k, v in run.config.items() if k not in LOGGED_EXTRAS}
    try:
        config = parse_config(plain, where=f"the logged configuration of run {run.id}")
    except ConfigError:
        return None
    path = folder / "config.yaml"
    _write_yaml(to_dict(config), path)
    return train_template(path.resolve(), label, extra)


def _write_yaml(config: Mapping[str, Any], path: Path) -> None:
    from ruamel.yaml import YAML

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(dict(config), file)
