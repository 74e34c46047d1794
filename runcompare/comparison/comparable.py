"""Whether two sides answer the same question at all: same data, same test set, same metric, same precision."""

import re
from collections.abc import Mapping
from typing import Any

from runcompare.comparison.model import Note
from runcompare.metrics.metric import Metric
from runcompare.records.config import flatten
from runcompare.records.run import Group

__all__ = ["changed_losses", "incomparable"]

# Settings that define the test rather than the method. Paths may differ between machines and are left out:
# the fingerprint of the test set speaks for the file.
DATA = re.compile(
    r"^(data|dataset|test_data|test_set)(\.|$)|^eval\.(steps|horizon|split|metric|n_test|test_size|dataset)$"
)
PRECISION = re.compile(r"(^|\.)(precision|dtype|eval_precision)$")
WHERE = re.compile(r"(^|[._])(path|file|dir|root|folder|cache|workers|num_workers|name_on_disk)$|(^|\.)seed$")
TRAINING_SHARE = re.compile(r"(^|[._])(n_?train|train_(size|trajectories)|n_?val|val_(size|trajectories))$")
FINGERPRINT = re.compile(r"(^|[./_])(fingerprint|sha256|test_sha256|test_fingerprint|checksum)$")


# settings that say what is minimised: values of losses on both sides of such a change are of two kinds
LOSS = re.compile(
    r"(^|[._/])(loss|losses|criterion|objective|loss_?(fn|func|function|type|name|kind|fct))([._/](name|type|_target_|kind|fn))?$"
    r"|(^|[._/])(label_smoothing|focal_(gamma|alpha)|huber_delta|(loss|aux|kl|reg|entropy)_?(weight|coef|coeff|scale)s?)$"
)


def changed_losses(candidate: Group, baseline: Group) -> tuple[str, ...]:
    """The settings by which the loss function itself differs between the sides, as "path: new against old"."""
    new, old = _agreed(candidate), _agreed(baseline)
    paths = sorted(path for path in {*new} | {*old} if LOSS.search(path.lower()) and new.get(path) != old.get(path))
    return tuple(f"{path} is {new.get(path)} against {old.get(path)}" for path in paths)


def incomparable(candidate: Group, baseline: Group, metric: Metric) -> tuple[Note, ...]:
    """Reasons why a difference between the sides says nothing about the methods; empty if none is known."""
    return (
        *_different_data(_agreed(candidate), _agreed(baseline)),
        *_different_samples(candidate, baseline, metric),
        *_different_units(candidate, baseline, metric),
        *_different_loss(candidate, baseline, metric),
    )


def _agreed(group: Group) -> dict[str, Any]:
    run = group.runs[0]
    prints = {key.replace("/", "."): value for key, value in run.summary.items() if FINGERPRINT.search(key)}
    return {**dict(flatten(run.config)), **prints}


def _different_data(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Note]:
    notes = []
    for path in sorted({*new} & {*old}):
        if new[path] == old[path] or not (DATA.search(path) or FINGERPRINT.search(path) or PRECISION.search(path)):
            continue
        if FINGERPRINT.search(path):
            notes.append(Note("test-set", f"The data differ: {path} is {new[path]} against {old[path]}."))
        elif PRECISION.search(path):
            notes.append(Note("precision", f"The precision differs: {path} is {new[path]} against {old[path]}."))
        elif not WHERE.search(path) and not TRAINING_SHARE.search(path):
            notes.append(Note("data", f"The data differ: {path} is {new[path]} against {old[path]}."))
    return notes


def _different_samples(candidate: Group, baseline: Group, metric: Metric) -> list[Note]:
    sizes = [{len(s) for run in group.runs if (s := run.samples.get(metric.key))} for group in (candidate, baseline)]
    if all(sizes) and sizes[0] != sizes[1] and not _have_nothing_in_common(candidate, baseline, metric.key):
        new, old = (" and ".join(map(str, sorted(s))) for s in sizes)
        return [Note("test-set", f"{metric.key} was measured on {new} test samples against {old}.")]
    return []


def _have_nothing_in_common(candidate: Group, baseline: Group, key: str) -> bool:
    """Whether each side names its samples, and none is the other's: episodes of a simulation are no test set."""
    sides = (candidate, baseline)
    if not all(run.sample_keys.get(key) for group in sides for run in group.runs):
        return False
    new, old = ({name for run in group.runs for name in run.sample_keys[key]} for group in sides)
    return not new & old


def _different_units(candidate: Group, baseline: Group, metric: Metric) -> list[Note]:
    units = [
        {run.figures[metric.key].unit for run in g.runs if metric.key in run.figures} for g in (candidate, baseline)
    ]
    if all(units) and units[0] != units[1]:
        return [Note("metric", f"{metric.key} has the unit {units[0]} against {units[1]}.")]
    return []


def _different_loss(candidate: Group, baseline: Group, metric: Metric) -> list[Note]:
    if metric.kind != "loss":
        return []
    return [
        Note("loss", f"{metric.key} is a loss, and the loss function differs: {change}.")
        for change in changed_losses(candidate, baseline)
    ]
