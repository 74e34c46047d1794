"""Candidate against baseline, and the conditions that it must not meet."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcompare import settings as settings_file
from runcompare.inputs.groups import Folders, Reference, as_keys
from runcompare.inputs.request import asked_options, request_of
from runcompare.inputs.sides import gathered
from runcompare.inputs.surroundings import keep_runs, ledger_of

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison
    from runcompare.comparison.gate import Gate

__all__ = ["compare", "gate"]


def compare(
    candidate: Reference,
    baseline: Reference,
    *,
    runs: Folders = None,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    min_effect: str | float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    noise_library: bool | None = None,
    guardrails: Sequence[str] = (),
    replicate_key: str | Sequence[str] = (),
    pair_by: str | None = None,
    force: bool = False,
    ignore: str | Sequence[str] = (),
    keep: bool = False,
    looks: str | Path | None = None,
    looked: bool = False,
    tried: Reference | None = None,
) -> "Comparison":
    """Compare two groups of runs. Options left out come from the settings.

    Args:
        candidate, baseline: Runs as `load` takes them.
        runs: Folders to look in; those of the settings by default.
        metric: The metric to judge by, as the runs log it; the most telling one by default.
        direction: Whether low ("min") or high ("max") is better; what the runs or the metric's name say by default.
        scale: How differences are measured: as ratios ("log"), as odds of a share ("logit") or as they are ("linear").
        value: What stands for a run: "final", "best", "best-by:KEY", "mean-last:10%" or "auc".
        min_effect: The smallest effect worth acting on: "2%" of the baseline's level, "0.5pt" of a share, a number in
            the metric's units, or "1sd" of its noise. Without one nothing is called equivalent.
        alpha: The error rate of the verdict, between 0 and 1.
        gpu_price, cpu_price: USD per hour of an accelerator and of a CPU thread.
        noise_cv: The seed-to-seed standard deviation relative to the metric, stated by hand.
        noise_from: Replicated groups to take the noise from; by default every group of replicates beside these runs
            and in the store.
        noise_library: Whether one run a side without any history may be judged by other people's runs of its kind,
            which calls nothing more than likely; True by default.
        guardrails: Metrics that must not get worse, as KEY[:min|:max][:MARGIN], such as "latency", "acc:max:0.5pt" or
            "latency:min:2%". One that gets worse (by more than its margin) vetoes the candidate; one with a margin
            must be shown to hold within it.
        replicate_key: Settings besides the seed in which replicates may differ, such as `fold`.
        pair_by: What runs of both sides share: "seed", or a setting such as `fold`, in which replicates may then
            differ; the verdict is that of the pairs. By default seeds make pairs where both sides have the same ones
            and the logs show the same data, batch size and model, and the pairs decide where earlier pairs show that
            they help. "none" for no pairs.
        force: Go on where the sides are not comparable.
        ignore: Settings, sections such as `logging`, or patterns that differ and are no cause; names, paths and the
            like are none anyway.
        keep: Put the runs into the store, for later comparisons to learn the noise from, and the look into its ledger,
            so that a later one with more runs counts as a further look. Nothing is written but for that and `looks`.
        looks: A file that keeps count of the looks at these two sides, in place of the store's ledger: looks are
            planned, and share the error rate.
        looked: There was a look before that is not in the ledger, and has taken the error rate.
        tried: Runs of the corrected config, held against its forecast; by default the group of replicates beside these
            runs that was told the same.

    Raises:
        UsageError: If the sides share runs or no metric, or for an option out of its range; for looks that were made at
            another error rate.
        DataError: With `keep` or `looks`, for a store or a file that can't be written, or holds no looks.
        RuncompareError: The errors of `load`.
    """
    from runcompare.comparison.build import build
    from runcompare.comparison.look import LookBook
    from runcompare.comparison.looks import is_spent

    request = request_of(
        runs=runs,
        metric=metric,
        direction=direction,
        scale=scale,
        value=value,
        min_effect=min_effect,
        alpha=alpha,
        gpu_price=gpu_price,
        cpu_price=cpu_price,
        noise_cv=noise_cv,
        noise_from=noise_from,
        noise_library=noise_library,
        guardrails=guardrails,
        pair_by=pair_by,
        force=force,
        ignore=as_keys(ignore),
    )
    request = replace(request, asked={**request.asked, **asked_options(looks=looks, keep=keep)})
    found = gathered(
        (candidate, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key, tried=tried
    )
    (new, old), request = found
    if keep:
        keep_runs((new, old))
    ledger = ledger_of(looks, keep=keep, looked=looked)
    if ledger is None:
        return build(new, old, request)
    book = LookBook(ledger.read(), ledger.name, planned=looks is not None or looked, unrecorded=looked)
    comparison = build(new, old, replace(request, looks=book))
    if (look := comparison.look) is not None and is_spent(look, comparison.verdict, comparison.quality):
        ledger.add(replace(look.entry, at=time.time(), verdict=comparison.verdict))
    return comparison


def gate(
    candidate: Reference, baseline: Reference, *, fail_on: str | Sequence[str] | None = None, **options: Any
) -> "Gate":
    """Compare two groups of runs, and say which conditions the candidate meets that it must not.

    Args:
        candidate, baseline: Runs as `load` takes them.
        fail_on: What fails the gate, such as "worse,guardrail,cost>1.5x", or several such texts: "worse",
            "likely-worse", "guardrail", "dominated", "inconclusive", "cant-tell", and limits on "cost", "time",
            "device-hours", "money" and "energy". By default what the settings say as `gate`, else "worse", and
            "guardrail" where guardrails are named.
        options: Those of `compare`.

    Returns:
        Each condition with its evidence; `outcome` is "pass", "fail" or, where one could not be judged, "unknown".

    Raises:
        UsageError: For a condition that is none, and as `compare`.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.comparison.gate import judge, parse_conditions

    usual = "worse,guardrail" if options.get("guardrails") else "worse"
    conditions = parse_conditions(fail_on or settings_file.load().gate or usual)
    return judge(compare(candidate, baseline, **options), conditions)
