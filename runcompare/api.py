"""What a notebook imports: load runs, compare them, render the report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcompare import settings as settings_file
from runcompare.errors import UsageError
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison

__all__ = ["Reference", "compare", "load", "report"]

Reference = str | Path | Run | Group | Sequence[Run]


def load(reference: Reference, *, runs: str | Path | Sequence[str | Path] | None = None) -> Group:
    """The runs that a reference names.

    `reference` is an id, a name, a group, an alias, `tag:`, `name:GLOB`, `config:KEY=VALUE`, a path, or runs already at
    hand (a run, a group, or a list of runs that differ by seed only); `@latest`, `@best:METRIC`, `@step=N` or
    `@stage=NAME` may follow. `runs` are the folders to look in, by default those of the settings; what is in none of
    them is looked for in the store. Raises RunNotFound, AmbiguousReference, UnreadableRun, and UsageError for a
    reference that is none.
    """
    if isinstance(reference, Group):
        return reference
    if isinstance(reference, Run):
        return Group(reference.name, reference.id, (reference,))
    if isinstance(reference, list | tuple):
        return _together(reference)
    from runcompare.references.resolve import resolve

    chosen = settings_file.load()
    return resolve(str(reference), roots=_roots(runs), aliases=chosen.aliases, store=chosen.store)


def compare(
    candidate: Reference,
    baseline: Reference,
    *,
    runs: str | Path | Sequence[str | Path] | None = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    min_effect: float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    guardrails: Sequence[str] = (),
    force: bool = False,
    keep: bool = False,
) -> "Comparison":
    """Compare two groups of runs.

    `min_effect` is the smallest relative effect worth acting on, `alpha` the error rate, prices are USD per
    device-hour, `noise_cv` states the relative seed-to-seed noise by hand, `noise_from` names replicated groups to
    take it from (default: every group of replicates beside these runs and in the store). `guardrails` are metrics
    that must not get worse: one that does vetoes the candidate. `force` goes on where the sides are not comparable.
    Nothing is written, unless `keep`: it puts the runs into the store, for later comparisons to learn the noise from.
    Options left out come from the settings. Raises the errors of `load`, UsageError, and DataError for a store that
    can't be written.
    """
    from runcompare.comparison.build import Request, build

    chosen = settings_file.load()
    request = Request(
        metric=metric or chosen.metric,
        direction=direction,
        min_effect=_fraction("min_effect", min_effect, chosen.min_effect),
        alpha=_fraction("alpha", alpha, chosen.alpha),
        gpu_price=_positive("gpu_price", gpu_price) or chosen.gpu_price,
        cpu_price=_positive("cpu_price", cpu_price) or chosen.cpu_price,
        prices=chosen.prices,
        noise_cv=_positive("noise_cv", noise_cv),
        guardrails=tuple(guardrails),
        force=force,
    )
    new, old = load(candidate, runs=runs), load(baseline, runs=runs)
    if {run.id for run in new.runs} & {run.id for run in old.runs}:
        raise UsageError(
            f"'{new.reference}' and '{old.reference}' share runs.", hint="Name two different groups or runs."
        )
    history = [load(ref, runs=runs) for ref in noise_from]
    if not history:
        from runcompare.records.run import origin
        from runcompare.references.replicates import replicated_groups

        taken = {origin(run) for group in (new, old) for run in group.runs}
        history = replicated_groups(_roots(runs), chosen.store, taken, new.runs[0].info.project)
    if keep:
        from runcompare.store.store import keep_whole

        keep_whole((*new.runs, *old.runs), chosen.store)
    return build(new, old, replace(request, history=history))


def report(
    candidate: Reference,
    baseline: Reference,
    *,
    format: Literal["md", "json", "html"] = "md",
    output: str | Path | None = None,
    plots: str | Path | None = None,
    corrected: str | Path | None = None,
    **options: Any,
) -> str:
    """Compare and render; `options` are those of `compare`.

    Returns the document, and writes it to `output` if given: whole or not at all. Pictures go to folder `plots`, by
    default `NAME_plots` beside `output`; without either there are none. `corrected` is a file for the corrected config,
    whole, as YAML. Raises DataError if a file can't be written, or if there is no corrected config to write.
    """
    from runcompare.reporting.write import write_corrected, write_report

    comparison = compare(candidate, baseline, **options)
    if corrected is not None:
        write_corrected(comparison, Path(corrected))
    return write_report(comparison, format=format, output=output, plots=plots)


def _together(runs: Sequence[Run]) -> Group:
    """Runs at hand as one group, under their group's name if that is one."""
    found = tuple(runs)
    if not found or not all(isinstance(run, Run) for run in found):
        raise UsageError("A list of runs holds at least one run, and nothing else.", hint="Name runs one by one.")
    if len({run.id for run in found}) < len(found):
        raise UsageError("Two runs of the list have the same id.", hint="Give each its own: from_frame(..., id=...).")
    groups = {run.info.group for run in found}
    label = groups.pop() if len(groups) == 1 else None
    return Group(label or found[0].name, ", ".join(run.id for run in found), found)


def _roots(runs: str | Path | Sequence[str | Path] | None) -> tuple[Path, ...]:
    if runs is None:
        return settings_file.load().runs
    return (Path(runs),) if isinstance(runs, str | Path) else tuple(Path(r) for r in runs)


def _positive(name: str, number: float | None) -> float | None:
    if number is not None and not 0 < number < float("inf"):
        raise UsageError(
            f"{name} must be above 0, got {number:g}.", hint="Give a price or a noise as a positive number."
        )
    return number


def _fraction(name: str, number: float | None, default: float) -> float:
    if number is None:
        return default
    if not 0 < number < 1:
        raise UsageError(
            f"{name} must lie between 0 and 1, got {number:g}.", hint="2 % is 0.02 (or '2%' on the command line)."
        )
    return number
