"""`runcompare train CONFIG`."""

import os
import re
import shlex
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runcompare.cli.printing import emit, message
from runcompare.errors import MissingExtra, UsageError
from runcompare.hooks.on_exit import report_on_exit
from runcompare.records.recorder import RECORD_NAME, end_state, new_run_id

if TYPE_CHECKING:
    from runcompare.records.run import RunInfo

__all__ = ["train"]


@click.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), help="Seed of weights, batches and noise.  [default: the config's]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting, e.g. ttc.candidates=16.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Run folder.  [default: runs/NAME-sSEED-ID]"
)
@click.option("--id", "run_id", help="The run's id.  [default: eight random characters]")
@click.option("--name", help="Name of the configuration.  [default: the config's, or its file's]")
@click.option("--group", help="Group of runs that differ by seed only.  [default: the name]")
@click.option(
    "--baseline",
    metavar="REF",
    help="Report on the run against this one once it has ended.  [default: the config's 'baseline']",
)
@click.option("--no-wandb", is_flag=True, help="Keep the durable record only.")
@click.option("--no-checkpoints", is_flag=True, help="Keep no weights; such a run can't be resumed.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with --out's run, or the newest unfinished one of its name in runs/.",
)
def train(
    config: Path,
    seed: int | None,
    settings: tuple[str, ...],
    out: Path | None,
    run_id: str | None,
    name: str | None,
    group: str | None,
    baseline: str | None,
    no_wandb: bool,
    no_checkpoints: bool,
    resume: bool,
) -> None:
    """Train CONFIG, a YAML file, through all stages, evaluate it and log the run.

    The run folder gets a durable record (record.jsonl), the errors of every test trajectory (per_trajectory.csv),
    checkpoints, and a W&B offline run, or an online one if you have logged in to W&B. The folder's path goes to stdout.

    A killed run goes on with --resume from its last epoch, and ends with the same weights and rows, to the bit. With
    nothing to resume, --resume starts; a run that has ended is left alone.

    With a baseline a report is written beside the run once it has ended, also if it is killed: runcompare-report.md and
    .html, with a log of their own.

    \b
    Examples:
      runcompare train examples/short.yaml --seed 7
      runcompare train examples/short.yaml --set ttc.candidates=8 --set stages.operator.epochs=15 --name wider
      runcompare train examples/short.yaml --out runs/mine --resume
      runcompare train examples/short.yaml --seed 8 --baseline runs/mine
      torchrun --nproc-per-node 2 -m runcompare train examples/short.yaml
    """
    from runcompare.engine.config.read import load_config, parse_override, stated_baseline

    overrides = dict(map(parse_override, settings))
    overrides |= {k: v for k, v in {"seed": seed, "name": name, "group": group}.items() if v is not None}
    checked = load_config(config, overrides)
    baseline = baseline or stated_baseline(config)
    if run_id is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", run_id):  # it becomes part of file names
        raise UsageError(f"The id {run_id!r} can't be used.", hint="Give 1 to 64 letters, digits, - and _.")
    stem = f"{checked.name}-s{checked.seed}"
    if resume and out is None:
        out = _unfinished(Path("runs"), stem)
    run_id = run_id or new_run_id()
    folder = out or Path("runs") / f"{stem}-{run_id}"
    if (folder / RECORD_NAME).exists() and os.environ.get("RANK", "0") == "0":
        if not resume:
            hint = "Give another --out, or --resume to go on with it; nothing is overwritten."
            raise UsageError(f"{folder} already holds a run.", hint=hint)
        if end_state(folder / RECORD_NAME) == "finished":
            message(f"{folder} has ended; there is nothing to resume.")
            emit(f"{folder}\n")
            return
    try:
        from runcompare.engine import pipeline
    except ImportError as error:
        raise MissingExtra(error.name or "torch", "engine") from None
    with report_on_exit(folder, baseline=baseline) if baseline else nullcontext():
        done, summary = pipeline.train(
            checked, folder, run_id=run_id, use_wandb=not no_wandb, checkpoints=not no_checkpoints
        )
    if not done:  # one of several processes, and not the one that logs
        return
    group = checked.group or checked.name
    message(
        f"run {done} of group {group} ended with nRMSE {summary['eval/nrmse']:.4f}.",
        next_command(folder, baseline),
    )
    emit(f"{folder}\n")


def next_command(folder: Path, baseline: str | None) -> str:
    """What to type next, as it can be typed: a report against the baseline, else against the newest finished run of
    another group beside this one, else what the run cost."""
    other = baseline or _beside(folder)
    if other is None:
        return f"What it cost: runcompare cost {_quoted(folder)}"
    return f"Compare it: runcompare report {_quoted(folder)} {_quoted(other)}"


def _quoted(word: str | Path) -> str:
    """A relative path with a stroke in it, which is read as a path, and never as an option."""
    text = str(word) if not isinstance(word, Path) or word.parent != Path() else f"./{word}"
    return shlex.quote(text)


def _beside(folder: Path) -> Path | None:
    """The newest finished run of another group in the same folder of runs."""
    from runcompare.errors import RuncompareError
    from runcompare.sources.recorder.source import RecorderFiles

    found: dict[Path, RunInfo] = {}
    for path in folder.parent.glob(f"*/{RECORD_NAME}"):
        with suppress(RuncompareError, OSError):
            (found[path.parent],) = RecorderFiles().scan(path)
    own = found[folder].group if folder in found else None
    others = {place: info for place, info in found.items() if info.group != own and info.state == "finished"}
    return max(others, key=lambda place: others[place].started_at or 0.0) if others else None


def _unfinished(runs: Path, stem: str) -> Path | None:
    """The run folder of that name that was begun last and has not ended."""
    records = [path for path in runs.glob(f"{stem}-*/{RECORD_NAME}") if end_state(path) != "finished"]
    return max(records, key=lambda path: path.stat().st_mtime).parent if records else None
