"""`runcompare train CONFIG`."""

import re
from pathlib import Path

import rich_click as click

from runcompare.errors import MissingExtra, UsageError
from runcompare.records.recorder import RECORD_NAME, new_run_id

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
@click.option("--no-wandb", is_flag=True, help="Keep the durable record only.")
@click.option("--no-checkpoints", is_flag=True, help="Keep no weights.")
def train(
    config: Path,
    seed: int | None,
    settings: tuple[str, ...],
    out: Path | None,
    run_id: str | None,
    name: str | None,
    group: str | None,
    no_wandb: bool,
    no_checkpoints: bool,
) -> None:
    """Train CONFIG, a YAML file, through all stages, evaluate it and log the run.

    The run folder gets a durable record (record.jsonl), the errors of every test trajectory (per_trajectory.csv),
    checkpoints, and a W&B offline run, or an online one if you have logged in to W&B. The folder's path goes to stdout.

    \b
    Examples:
      runcompare train examples/baseline32.yaml --seed 7
      runcompare train examples/baseline32.yaml --set ttc.candidates=16 --set stages.operator.epochs=25 --name wider
    """
    from runcompare.engine.config import load_config, parse_override

    overrides = dict(map(parse_override, settings))
    overrides |= {k: v for k, v in {"seed": seed, "name": name, "group": group}.items() if v is not None}
    checked = load_config(config, overrides)
    run_id = run_id or new_run_id()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", run_id):  # it becomes part of file names
        raise UsageError(f"The id {run_id!r} can't be used.", hint="Give 1 to 64 letters, digits, - and _.")
    folder = out or Path("runs") / f"{checked.name}-s{checked.seed}-{run_id}"
    if (folder / RECORD_NAME).exists():
        raise UsageError(f"{folder} already holds a run.", hint="Give another --out; nothing is overwritten.")
    try:
        from runcompare.engine import pipeline
    except ImportError as error:
        raise MissingExtra(error.name or "torch", "engine") from None
    done, summary = pipeline.train(
        checked, folder, run_id=run_id, use_wandb=not no_wandb, checkpoints=not no_checkpoints
    )
    group = checked.group or checked.name
    click.echo(f"runcompare: run {done} of group {group} ended with nRMSE {summary['eval/nrmse']:.4f}.", err=True)
    click.echo(f"  Compare it: runcompare report {done} OTHER", err=True)
    click.echo(folder)
