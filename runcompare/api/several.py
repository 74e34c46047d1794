"""More than two groups: each against one baseline, or all in order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from runcompare.errors import UsageError
from runcompare.inputs.groups import Folders, Reference, are_only_files, as_keys, places_of
from runcompare.inputs.queries import query_groups
from runcompare.inputs.request import request_of
from runcompare.inputs.sides import gathered
from runcompare.inputs.surroundings import history_of

if TYPE_CHECKING:
    from runcompare.comparison.many import ManyReport
    from runcompare.comparison.ranking import RankReport

__all__ = ["compare_many", "rank"]


def compare_many(
    candidates: Sequence[Reference],
    baseline: Reference,
    *,
    runs: Folders = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    **options: Any,
) -> "ManyReport":
    """Several candidates, each against one baseline, at one error rate for all verdicts together.

    Args:
        candidates: Two or more, each as `load` takes them.
        baseline: What each is compared with.
        runs, noise_from, replicate_key: Those of `compare`.
        options: The others of `compare`, but for `keep`, `looks`, `looked` and `tried`.

    Raises:
        UsageError: For fewer than two candidates, if none can be compared, and as `compare`.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.many import compare_many as compared

    if len(candidates) < 2:
        raise UsageError("Several candidates are two or more.", hint="For one there is runcompare.compare.")
    request = request_of(runs=runs, noise_from=noise_from, **options)
    found = gathered((*candidates, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key)
    *new, old = found.groups
    return compared(new, old, found.request)


def rank(
    *references: Reference,
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
    force: bool = False,
) -> "RankReport":
    """Groups from best to worst, with the ranks that each may have, and what each costs.

    Args:
        references: Queries, whose runs are put into groups of replicates, or runs at hand; all groups in the folders
            without any.
        alpha: The chance that the rank of any group lies outside of its range.
        runs, metric, direction, scale, value, gpu_price, cpu_price: As those of `compare`.
        noise_cv, noise_from, replicate_key, force: Likewise.

    Raises:
        UsageError: If fewer than two groups can be ranked together, if a run is in two of them, or if nobody says which
            way the metric is better.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.ranking import rank as ranked

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
        force=force,
    )
    places, keys = places_of(runs), as_keys(replicate_key)
    found = query_groups(references, places, keys)
    is_searched = bool(references) and not are_only_files(references, runs)
    history = history_of(found.groups, noise_from, places, keys, is_searched=is_searched)
    return ranked(found.groups, replace(request, history=history), found.settings, notes=found.notes)
