"""Seeds of a corrected config, trained to see whether it does what was forecast; what ends is kept when others fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runcompare.comparison.model import Corrected
from runcompare.errors import ConfigError, DataError, RuncompareError, UsageError
from runcompare.lab.arms import Arm
from runcompare.lab.jobs import (
    TAKES,
    Outcome,
    Template,
    check_seeds,
    command_template,
    left_run,
    locked,
    run_jobs,
    train_template,
)
from runcompare.records.atomic import write_whole
from runcompare.records.run import Group, Run

__all__ = ["Verified", "check_trainer", "train_corrected"]

WORDS = ("{overrides}", "{flags}")
HOW = 'Say how, with --command "python train.py --config {config} --seed {seed} --out {out}".'


@dataclass(frozen=True, slots=True)
class Verified:
    """The runs that ended, as one group, and what became of the others."""

    group: Group
    failed: tuple[str, ...] = ()


def check_trainer(corrected: Corrected, command: str | None) -> None:
    """Raises UsageError where nothing tells how the corrected config is trained, before anything is written."""
    if command is None:
        from runcompare.engine.config.read import parse_logged_config

        try:
            parse_logged_config(corrected.config)
        except ConfigError:
            text = "How to train the corrected config is not known: it is none of our engine's."
            raise UsageError(text, hint=HOW) from None
        return
    if not any(place in command for place in TAKES):
        hint = "Write {config} where its file goes, or {overrides} for KEY=VALUE words, {flags} for --KEY=VALUE."
        raise UsageError(f"The command does not take the corrected config: {command}", hint=hint)
    if any(place in command for place in WORDS) and any(change.value is None for change in corrected.changes):
        gone = ", ".join(change.path for change in corrected.changes if change.value is None)
        raise UsageError(f"Overrides can't remove a setting: {gone}.", hint="Write {config} where the file goes.")
    command_template(command)


def train_corrected(
    corrected: Corrected,
    config: Path,
    out: Path,
    *,
    seeds: int,
    command: str | None = None,
    jobs: int = 1,
    on_done: Callable[[Outcome], None] = lambda outcome: None,
) -> Verified:
    """Train seeds 0 to `seeds` - 1 of the config; a seed that has ended never runs twice.

    Args:
        corrected: What was corrected.
        config: Its file.
        out: Folder of the new runs, which lie in a folder of the config's name.
        seeds: How many there are to be.
        command: The command that trains a seed, with {config} or {overrides}, {seed} and {out}; None for our engine.
        jobs: How many train side by side.
        on_done: Called with each outcome.

    Raises:
        DataError: If none ended.
        UsageError: Nothing tells how to train it, or another process trains in that folder.
    """
    check_seeds(seeds)
    check_trainer(corrected, command)
    label = config.stem
    with locked(out):
        own = _kept_beside(config, out / label)
        arm = Arm(label, out / label, _template(corrected, own, label, command))
        outcomes = run_jobs(arm.jobs(seeds), jobs, on_done)
    runs, failed = _read(outcomes)
    if not runs:
        raise DataError(f"None of {len(outcomes)} seeds ended: {failed[0]}", hint="The same command goes on.")
    return Verified(Group(label, str(out / label), tuple(runs)), tuple(failed))


def _kept_beside(config: Path, folder: Path) -> Path:
    """A copy of the config in the folder of its runs. Raises UsageError if that holds runs of another config."""
    own = folder / config.name
    text = config.read_text(encoding="utf-8")
    if own.exists() and own.read_text(encoding="utf-8") != text:
        hint = "Give another --out, or move them away: a seed that has ended never runs twice."
        raise UsageError(f"{folder} holds runs of another corrected config.", hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(own, text)
    return own


def _template(corrected: Corrected, config: Path, label: str, command: str | None) -> Template:
    if command is not None:
        return command_template(command, {change.path: change.value for change in corrected.changes}, config)
    from runcompare.engine.config.read import load_config

    load_config(config)  # an error now rather than once a seed
    return train_template(config.resolve(), label, wandb=False)


class _Read(NamedTuple):
    """The runs that ended, and what became of the others."""

    runs: list[Run]
    failed: list[str]


def _read(outcomes: Sequence[Outcome]) -> _Read:
    runs: list[Run] = []
    failed: list[str] = []
    for outcome in outcomes:
        if outcome.code != 0:
            failed.append(f"seed {outcome.seed} ended with code {outcome.code}: see {outcome.folder / 'log.txt'}")
            continue
        try:
            runs.append(left_run(outcome.folder))
        except RuncompareError as error:
            failed.append(f"seed {outcome.seed}: {error.message}")
    return _Read(runs, failed)
