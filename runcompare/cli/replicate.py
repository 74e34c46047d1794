"""`runcompare replicate` and `runcompare plan`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runcompare.cli.completion import complete_metric, reference_argument
from runcompare.cli.options import (
    EFFECT,
    FRACTION,
    format_option,
    metric_options,
    noise_library_option,
    pair_option,
    price_options,
    runs_option,
)
from runcompare.cli.printing import as_json, emit, message, messages
from runcompare.reporting.escape import printable

if TYPE_CHECKING:
    from runcompare.lab.arms import Arm, Result
    from runcompare.lab.replicate import Conditions

__all__ = ["plan", "replicate"]


@click.command()
@reference_argument("target", metavar="CONFIG_OR_RUN")
@click.option("--seeds", type=click.IntRange(min=1), help="Train until this many runs exist, finished ones included.")
@click.option(
    "--until-decided", is_flag=True, help="Train both sides, look at 3, 5, 8, 12 and 20 seeds, stop when decided."
)
@click.option("--against", metavar="CONFIG_OR_RUN", help="The baseline, for --until-decided.")
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), help="Most USD that the new runs may cost.")
@click.option("--command", help='Another trainer: "python train.py --seed {seed} --out {out}".')
@click.option("--against-command", help="The same for the baseline's side.  [default: --command]")
@click.option(
    "--metric",
    shell_complete=complete_metric,
    help="The result to judge by, as the runs log it.  [default: the most telling one]",
)
@click.option("--min-effect", type=EFFECT, help="Smallest effect worth acting on: 2%, 0.5pt, 0.01 or 1sd.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("runs"), show_default=True)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Seeds side by side, a thread each."
)
@price_options
@click.option("--wandb/--no-wandb", default=False, show_default=True, help="Log the new runs to W&B too.")
@click.option(
    "--looks",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Count the looks of --until-decided in FILE, as reports do.  [default: looks.jsonl in --out]",
)
@runs_option
def replicate(
    target: str,
    seeds: int | None,
    until_decided: bool,
    against: str | None,
    budget: float | None,
    command: str | None,
    against_command: str | None,
    metric: str | None,
    min_effect: str | None,
    out: Path,
    jobs: int,
    wandb: bool,
    looks: Path | None,
    runs: tuple[Path, ...] | None,
    **prices: Any,
) -> None:
    """Train more seeds of CONFIG_OR_RUN.

    A seed that has finished never runs twice, also after a kill: type the same command again and it goes on. One line a
    run (side, id, seed, result, metric) goes to stdout.

    \b
    Examples:
      runcompare replicate examples/short.yaml --seeds 3
      runcompare replicate short --seeds 4 --jobs 2 --runs runs
      runcompare replicate new.yaml --until-decided --against old.yaml --budget 20 --gpu-price 2.1
      runcompare replicate new.yaml --seeds 3 --command "python train.py --seed {seed} --out {out}"
    """
    from runcompare.errors import UsageError
    from runcompare.lab import replicate as lab
    from runcompare.lab.jobs import locked
    from runcompare.store.looks import FileOfLooks

    if (seeds is None) == (not until_decided):
        raise UsageError(
            "Say how many seeds.", hint="Give either --seeds N or --until-decided --against CONFIG_OR_RUN."
        )
    if until_decided and against is None:
        raise UsageError("--until-decided needs a baseline.", hint="Name it with --against CONFIG_OR_RUN.")
    conditions = replace(
        _conditions(metric, jobs, budget, min_effect, **prices), ledger=FileOfLooks(looks or out / "looks.jsonl")
    )
    where = _Workplace(out, wandb, runs)
    with locked(out):
        arm = _arm(target, command, where)
        if seeds is not None:
            lab.extend(arm, seeds, conditions, _print_result)
            return
        other = _arm(str(against), against_command or command, where)
        end = lab.until_decided(arm, other, conditions, _print_result)
    n = " and ".join(map(str, end.seeds))
    spent = f"The new runs cost ${end.spent:.4g}." if end.spent is not None else ""
    message(f"{end.ended} after {n} seeds: {end.decision.verdict} on {end.metric} ({end.decision.method}).", spent)


def _conditions(
    metric: str | None, jobs: int, budget: float | None, min_effect: str | None, **prices: Any
) -> "Conditions":
    from runcompare import api, settings
    from runcompare.lab.replicate import Conditions
    from runcompare.metrics.min_effect import parse_min_effect

    chosen = settings.load()
    book = api.price_book(**prices)
    effect = min_effect or chosen.min_effect
    margin = None if effect is None else parse_min_effect(effect)
    return Conditions(metric, book, jobs, budget, margin, chosen.alpha)


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where new runs go, and where old ones are looked for."""

    out: Path
    wandb: bool
    runs: tuple[Path, ...] | None


def _arm(word: str, command: str | None, where: _Workplace) -> "Arm":
    """What `word` names as one side of the experiment: a configuration file, or runs that have been made."""
    from runcompare import api
    from runcompare.errors import UsageError
    from runcompare.lab.arms import arm_from_config, arm_from_group
    from runcompare.lab.configs import config_file
    from runcompare.records.run import origin

    if (path := config_file(word)) is not None:
        return arm_from_config(path, where.out, command=command, wandb=where.wandb)
    group = api.load(word, runs=where.runs)
    if any(origin(run) != run.id for run in group.runs):
        raise UsageError(f"'{word}' is a part of a run, which can't be trained alone.", hint="Name the whole run.")
    return arm_from_group(group, where.out, command=command, wandb=where.wandb)


def _print_result(arm: "Arm", result: "Result") -> None:
    """One line a run on stdout: side, id, seed, result, metric, between tabs."""
    seed = "" if result.seed is None else result.seed
    fields = (arm.label, result.run_id, seed, f"{result.value:.6g}", result.metric)
    emit("\t".join(printable(field) for field in fields) + "\n")


@click.command()
@reference_argument("candidate")
@reference_argument("baseline")
@metric_options
@click.option("--power", type=FRACTION, default=0.8, show_default=True, help="Chance to see an effect that is there.")
@click.option(
    "--budget", type=click.FloatRange(min=0, min_open=True), help="USD at hand: which effect could it resolve?"
)
@click.option("--noise-cv", type=FRACTION, help="State the seed-to-seed noise by hand, relative to the metric.")
@click.option("--noise-from", multiple=True, metavar="REF", help="Take the noise from these replicated groups.")
@noise_library_option
@pair_option
@price_options
@format_option("table", "json")
@runs_option
def plan(candidate: str, baseline: str, format_: str, **options: Any) -> None:
    """What would it cost to know? Seeds a side, device-hours and money for a range of effects.

    \b
    Examples:
      runcompare plan hjnqclgk baseline32
      runcompare plan hjnqclgk baseline32 --min-effect 2% --budget 20 --format json
    """
    from runcompare import api
    from runcompare.reporting.plan import plan_text

    found = api.plan(candidate, baseline, **options)
    messages(found.warnings)
    emit(as_json(found) if format_ == "json" else plan_text(found))
