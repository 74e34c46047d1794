"""`runcompare ablate`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import format_option, price_options, runs_option
from runcompare.cli.outputs import OUTPUT_FILE, OutputFile
from runcompare.cli.printing import as_json, emit, message, messages

if TYPE_CHECKING:
    from runcompare.lab.ablate import Done
    from runcompare.lab.ablate_plan import AblationPlan, PlannedArm, Side

__all__ = ["ablate"]

PLAN_COLUMNS = ("Arm", "Runs to make", "Time a run", "Money a run")
MOST_NAMED = 12
DESIGNS = ("auto", "one-out", "one-in", "out-and-in", "factorial", "fractional")


def _picture(output: Path) -> list[Path]:
    """Where the picture of a document goes."""
    return [output.with_suffix(".png")]


@click.command()
@reference_argument("candidate", metavar="CANDIDATE")
@reference_argument("baseline", metavar="BASELINE")
@click.option("--metric", help="The result to judge by, as the runs log it.  [default: the most telling one]")
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), help="Most USD that the missing runs may cost.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each arm.")
@click.option(
    "--factors",
    default="auto",
    show_default=True,
    metavar="auto|KEYS",
    help='What is switched: by kind of setting, or as said: "lr,model.width+model.depth,data".',
)
@click.option("--ignore", multiple=True, metavar="KEY", help="A setting, section or pattern that plays no part.")
@click.option(
    "--design",
    type=click.Choice(DESIGNS),
    default="auto",
    show_default=True,
    help="Which combinations are run; auto is all of them up to four factors, then a fraction.",
)
@click.option("--plan-only", is_flag=True, help="Say what would be run and what it costs, and run nothing.")
@click.option("--as-is", is_flag=True, help="Run nothing: say what the runs that are there show.")
@click.option(
    "--reuse/--no-reuse", default=True, show_default=True, help="Count runs in the folders that have an arm's settings."
)
@click.option("--command", help='Another trainer: "python train.py {overrides} --seed {seed} --out {out}".')
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the runs.  [default: runs/ablation-CANDIDATE-BASELINE]",
)
@click.option(
    "--record",
    type=OUTPUT_FILE,
    help="Write the record to FILE too; reports find one called ablation.json in a folder of runs.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Runs side by side, a thread each."
)
@click.option("--ray", is_flag=True, help="Run on Ray's workers, which share this folder.")
@click.option("--slurm", is_flag=True, help="Run as jobs of Slurm, on machines that share this folder.")
@click.option(
    "--slurm-option", multiple=True, metavar="KEY=VALUE", help="For submitit: slurm_partition=gpu, timeout_min=600."
)
@price_options
@click.option("-o", "--output", type=OutputFile(_picture), help="Write to FILE, its picture beside it.")
@format_option("terminal", "md", "json")
@runs_option
def ablate(candidate: str, baseline: str, format_: str, output: Path | None, **options: Any) -> None:
    """Which of the changes between CANDIDATE and BASELINE made the difference, and which ones cost the money?

    Runs combinations of the changes, and shares the whole difference in quality, time and money out among them. A run
    that has finished never runs twice: type the same command again and it goes on.

    CANDIDATE and BASELINE are YAML configurations, or runs that logged theirs. Another trainer's --command gets the
    settings as {overrides} (key=value ...), {flags} (--key=value ...) or {config} (a YAML file).

    \b
    Examples:
      runcompare ablate hjnqclgk baseline32 --plan-only
      runcompare ablate hjnqclgk baseline32 --factors "tokens,epochs,rollout+ttc" --budget 2 --plan-only
      runcompare ablate examples/hjnqclgk.yaml examples/baseline32.yaml --jobs 2 -o causes.md
      runcompare ablate new.yaml old.yaml --command "python train.py --seed {seed} --out {out} {overrides}"
    """
    if output is not None and format_ == "terminal":
        format_ = "md"
    asked = _Asked(candidate, baseline, {**options, "output": output})
    plan = asked.plan()
    messages(plan.notes)
    if options["as_is"]:
        asked.show(plan.as_is(), format_, output)
        return
    if options["plan_only"]:
        _write(_plan_document(plan, format_, options["jobs"]), output)
        return
    asked.run(plan, format_, output)


class _Asked:
    """One call of the command."""

    def __init__(self, candidate: str, baseline: str, options: dict[str, Any]) -> None:
        from runcompare import api
        from runcompare.lab.ablate import trainer_of

        _check_outputs((candidate, baseline), options["output"], options["record"])
        self.options, self.command, self.runs = options, options["command"], options["runs"]
        self.trainer = trainer_of(self.command)
        self.candidate, self.baseline = self._side(candidate), self._side(baseline)
        self.out = (options["out"] or Path("runs") / _folder(self.candidate.label, self.baseline.label)).resolve()
        self.book = api.price_book(gpu_price=options["gpu_price"], cpu_price=options["cpu_price"])

    def _side(self, word: str) -> "Side":
        from runcompare import api
        from runcompare.lab.ablate import side_of_config, side_of_group
        from runcompare.lab.configs import config_file

        if (path := config_file(word)) is not None:
            return side_of_config(path, command=self.command)
        return side_of_group(api.load(word, runs=self.runs), command=self.command)

    def plan(self) -> "AblationPlan":
        from runcompare.errors import RunNotFound
        from runcompare.inputs.groups import roots_of
        from runcompare.inputs.surroundings import readable_runs
        from runcompare.lab.ablate_plan import Ask, plan_ablation

        o = self.options
        ask = Ask(o["factors"], o["design"], o["seeds"], o["budget"], o["ignore"], o["reuse"])
        try:
            measured = readable_runs([*roots_of(self.runs), *([self.out] if self.out.exists() else [])]).runs
        except RunNotFound:
            measured = ()
        sides = self.candidate, self.baseline
        return plan_ablation(sides[0], sides[1], self.trainer, self.out, ask=ask, measured=measured, book=self.book)

    def run(self, plan: "AblationPlan", format_: str, output: Path | None) -> None:
        from runcompare.lab.ablate import run_ablation
        from runcompare.lab.jobs import locked

        counter = iter(range(1, plan.missing + 1))

        def report(arm: "PlannedArm", seed: int, end: Any) -> None:
            message(_progress(arm, seed, end, f"{next(counter)} of {plan.missing}"))

        with locked(self.out):
            done = run_ablation(
                plan,
                self.trainer,
                self.out,
                self._executor(),
                book=self.book,
                metric=self.options["metric"],
                report=report,
            )
        message(f"The record is {done.path}; reports of these two sides find it there.")
        self._end(done, format_, output)

    def show(self, plan: "AblationPlan", format_: str, output: Path | None) -> None:
        """What the runs that are there say; nothing is run, and the record stays as it is."""
        from runcompare.lab.ablate import run_ablation

        done = run_ablation(
            plan,
            self.trainer,
            self.out,
            lambda jobs, on_done: None,
            book=self.book,
            metric=self.options["metric"],
            keep=False,
        )
        self._end(done, format_, output)

    def _end(self, done: "Done", format_: str, output: Path | None) -> None:
        from runcompare.errors import DataError
        from runcompare.lab.ablate import record_text

        if self.options["record"] is not None:
            _write(record_text(done.record), self.options["record"])
        if (document := _result_document(done, format_, output)) is not None:
            _write(document, output)
        if done.failures:
            first = done.failures[0]
            raise DataError(
                f"{len(done.failures)} runs have no result; the first: {first.arm}, seed {first.seed}: {first.why}",
                hint="The others are kept. Mend it and type the same command again: only what is missing is run.",
            )

    def _executor(self) -> Any:
        from runcompare.errors import UsageError
        from runcompare.lab import ablate_workers as workers

        o = self.options
        if o["ray"] and o["slurm"]:
            raise UsageError("--ray and --slurm exclude each other.", hint="Give one of them.")
        if o["ray"]:
            return workers.on_ray
        if o["slurm"]:
            return partial(workers.on_slurm, logs=self.out / "slurm", options=_slurm_options(o["slurm_option"]))
        return partial(workers.side_by_side, workers=o["jobs"])


def _check_outputs(inputs: tuple[str, str], output: Path | None, record: Path | None) -> None:
    """Before anything is run. Raises UsageError for a file that is an input, the other output or the picture."""
    from runcompare.errors import UsageError

    taken = {Path(word).resolve(): f"{word} is the file of a side" for word in inputs}
    for path in (output, record):
        if path is None:
            continue
        if path.resolve() in taken:
            raise UsageError(f"{taken[path.resolve()]}, and would be overwritten.", hint="Choose another file.")
        taken[path.resolve()] = f"{path} is the document's"
    if output is not None and output.suffix == ".png":
        raise UsageError(f"{output} is the name of a picture.", hint="Give a .md file: its picture goes beside it.")


def _slurm_options(words: tuple[str, ...]) -> dict[str, Any]:
    from runcompare.errors import UsageError

    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise UsageError(f"'{word}' is no option of submitit.", hint="Write KEY=VALUE, such as timeout_min=600.")
        found[key] = int(value) if value.isdigit() else value
    return found


def _folder(candidate: str, baseline: str) -> str:
    from runcompare.lab.arms import folder_name

    return folder_name(f"ablation-{candidate}-{baseline}")


def _progress(arm: "PlannedArm", seed: int, end: Any, where: str) -> str:
    from runcompare.comparison.causes.ablation import ArmRun
    from runcompare.reporting.numbers import duration, number

    head = f"{where}: {arm.name}, seed {seed}"
    if not isinstance(end, ArmRun):
        return f"{head} failed: {end.why}"
    return f"{head}: {number(end.value)}, {duration(end.seconds)}"


def _plan_document(plan: "AblationPlan", format_: str, jobs: int) -> str:
    """What will be run and what it costs."""
    from runcompare.reporting.escape import clean, text
    from runcompare.reporting.page import table
    from runcompare.reporting.tables import text_table

    if format_ == "json":
        return as_json(_plan_data(plan))
    safe = text if format_ == "md" else clean
    rows = [[safe(cell) for cell in row] for row in _plan_rows(plan)]
    head = [safe(line) for line in _plan_lines(plan, jobs)]
    if format_ == "md":
        return "\n\n".join(head) + "\n\n" + "\n".join(table(PLAN_COLUMNS, iter(rows)))
    return "\n".join(head) + "\n\n" + text_table(PLAN_COLUMNS, rows)


def _plan_data(plan: "AblationPlan") -> dict[str, Any]:
    arms = [
        {
            "name": arm.name,
            "on": arm.on,
            "settings": arm.settings.switched,
            "folder": arm.folder.name,
            "finished": arm.finished,
            "reused": [run.id for run in arm.reused],
            "missing": arm.missing,
            "seconds": arm.seconds,
            "money": arm.money,
        }
        for arm in plan.arms
    ]
    told = ("candidate", "baseline", "factors", "design", "seeds", "left_alone", "method", "notes")
    known = {name: getattr(plan, name) for name in (*told, "missing", "seconds", "money")}
    return {**known, "arms": arms}


def _plan_rows(plan: "AblationPlan") -> list[tuple[str, ...]]:
    from runcompare.reporting.words import figure

    return [(arm.name, f"{len(arm.missing)}", figure(arm.seconds), figure(arm.money)) for arm in plan.arms]


def _plan_lines(plan: "AblationPlan", jobs: int) -> list[str]:
    from runcompare.reporting.numbers import duration, money
    from runcompare.reporting.prose import count

    named = ", ".join(f"{factor.name} ({count(len(factor.changes), 'setting')})" for factor in plan.factors)
    time, price = plan.seconds, plan.money
    cost = "What they will cost is not known: no run was measured."
    if time is not None:
        dollars = f" and {money(price)}" if price is not None else ""
        wall = f", about {duration(time / jobs)} with {jobs} side by side" if jobs > 1 else ""
        cost = f"They take {duration(time)} of one thread or device{dollars} in all{wall}, by the {plan.method}."
    return [
        f"{plan.candidate} against {plan.baseline}: {count(len(plan.factors), 'factor')}: {named}.",
        f"Design {plan.design}: {count(len(plan.arms), 'arm')} of {count(plan.seeds, 'seed')}, "
        f"{count(plan.missing, 'run')} not made yet. {cost}",
        *([f"Not switched: {', '.join(plan.left_alone[:MOST_NAMED])}."] if plan.left_alone else []),
    ]


def _result_document(done: "Done", format_: str, output: Path | None) -> "str | None":
    """What the ablation shows; its picture is written beside `output`. None where no metric is known."""
    from runcompare.comparison.causes.experiment import experiment_of
    from runcompare.metrics.metric import Meanings, fit_scale
    from runcompare.reporting import attribution_report as rendered

    if not done.record.metric:
        return None
    values = [run.value for arm in done.record.arms for run in arm.runs if run.value is not None]
    metric = fit_scale(Meanings.of(done.runs).metric(done.record.metric), values)
    report = rendered.AblationReport(done.record, experiment_of(done.record, metric, path=str(done.path)), metric)
    if format_ == "json":
        return rendered.to_json(report)
    if format_ == "terminal":
        return rendered.to_terminal(report)
    picture = None
    if output is not None and rendered.draw(report, *_picture(output)):
        picture = output.with_suffix(".png").name
    return rendered.to_markdown(report, picture)


def _write(document: str, output: Path | None) -> None:
    from runcompare.errors import DataError
    from runcompare.records.atomic import make_folder, write_whole

    if output is None:
        emit(document)
        return
    try:
        make_folder(output.parent)
        write_whole(output, document)
    except OSError as error:
        raise DataError(f"Can't write {output}: {error.strerror}.", hint="Choose another file.") from None
    message(f"wrote {output}")
