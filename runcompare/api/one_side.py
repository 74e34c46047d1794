"""One group by itself: against a claimed number, or for faults."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from runcompare.errors import UsageError
from runcompare.inputs.groups import (
    Folders,
    Reference,
    are_only_files,
    as_keys,
    is_at_hand,
    keys_of,
    load_group,
    places_of,
)
from runcompare.inputs.request import request_of
from runcompare.inputs.sides import with_troubles
from runcompare.inputs.surroundings import history_of, keep_runs

if TYPE_CHECKING:
    from runcompare.comparison.check import Check
    from runcompare.comparison.target import TargetReport

__all__ = ["against_target", "check"]


def against_target(
    reference: Reference,
    target: float,
    *,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    keep: bool = False,
) -> "TargetReport":
    """Is the mean of one group of runs beyond a claimed number? A one-sided, one-sample test.

    Args:
        reference: Runs as `load` takes them.
        target: The number, in the metric's units.
        runs, metric, value, alpha, gpu_price, cpu_price, noise_from, replicate_key, keep: Those of `compare`.
        direction: Whether low ("min") or high ("max") is better. Where nobody says, the test is two-sided, and tells
            whether the mean is above or below.
        scale: "log" for the geometric mean; the mean of the values as they are logged by default.
        noise_cv: The seed-to-seed standard deviation relative to the metric, stated by hand for a single run.

    Raises:
        UsageError: For a target that the metric can't have, or an option out of its range.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.target import judge_target
    from runcompare.references.searches import with_search

    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        noise_cv=noise_cv,
        noise_from=noise_from,
    )
    places, keys = places_of(runs), as_keys(replicate_key)
    group = with_search(load_group(reference, places, keys), places, keys)
    is_searched = not are_only_files((reference,), runs)
    history = history_of((group,), noise_from, places, keys, is_searched=is_searched)
    if keep:
        keep_runs((group,))
    return judge_target(with_troubles(group, places), target, replace(request, history=history))


def check(*references: Reference, runs: Folders = None, history: bool = True) -> "Check":
    """Faults of runs that show without a baseline.

    Args:
        references: Runs or groups, each checked by itself, as `load` takes them.
        runs: Folders to look in; those of the settings by default.
        history: Also hold each against runs of the folders and the store that are like it.

    Raises:
        UsageError: Without any reference.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.check import Check, check_group
    from runcompare.references.replicates import every_run
    from runcompare.version import __version__

    if not references:
        raise UsageError("There is nothing to check.", hint="Name a run or a group. List them: runcompare runs")
    places, request = places_of(runs), request_of(runs=runs)
    found = [load_group(reference, places, ()) for reference in references]
    alone = not history or are_only_files(references, runs) or all(map(is_at_hand, references))
    checked = []
    for group in found:
        taken = {key for run in group.runs for key in keys_of(run)}
        checked.append(check_group(group, () if alone else every_run(places, taken), request))
    return Check(__version__, tuple(checked))
