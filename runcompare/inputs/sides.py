"""The sides of a comparison: each read, under labels of their own, no training on two of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from runcompare import settings as settings_file
from runcompare.errors import UsageError
from runcompare.inputs.groups import (
    Folders,
    Reference,
    are_only_files,
    keys_of,
    load_group,
    places_of,
    roots_of,
    varying_keys,
)
from runcompare.inputs.surroundings import found_ablations, history_of
from runcompare.records.run import Group

if TYPE_CHECKING:
    from runcompare.comparison.request import Request
    from runcompare.references.places import Places

__all__ = ["Gathered", "gathered", "labelled", "told_apart", "unshared", "with_troubles"]


class Gathered(NamedTuple):
    """The sides of a comparison, the baseline last, and the request with the project's history and ablations."""

    groups: tuple[Group, ...]
    request: "Request"


def gathered(
    references: Sequence[Reference],
    request: "Request",
    *,
    runs: Folders,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    tried: Reference | None = None,
) -> Gathered:
    """What is to be compared, read: each reference as a group, the last one the baseline, and what tells of the noise.

    Raises UsageError if a training is on two sides, and the errors of `load_group`.
    """
    from runcompare.references.searches import with_search

    places, keys = places_of(runs), varying_keys(replicate_key, request.pair_by)
    loaded = [load_group(reference, places, keys) for reference in references]
    apart = told_apart(*loaded) if len(loaded) == 2 else labelled(unshared(loaded))
    first, *others = (with_search(side, places, keys) for side in apart)
    only_files = are_only_files(references, runs)
    history = history_of((first, *others), noise_from, places, keys, is_searched=not only_files)
    first = with_troubles(first, places, told=others[-1].notes)
    ablations = () if only_files else found_ablations(roots_of(runs))
    request = replace(request, history=history, ablations=ablations)
    if tried is not None:
        request = replace(request, tried=load_group(tried, places, keys))
    return Gathered((first, *others), request)


def told_apart(new: Group, old: Group) -> "_Sides":
    """The two sides, under different labels. Raises UsageError if a training is on both."""
    cuts = [{(key, run.metadata.get("cut")) for run in group.runs for key in keys_of(run)} for group in (new, old)]
    if cuts[0] & cuts[1]:
        raise UsageError(
            f"'{new.reference}' and '{old.reference}' share runs.", hint="Name two different groups or runs."
        )
    if new.label != old.label:
        return _Sides(new, old)
    from runcompare.references.labels import distinct_labels

    labels = distinct_labels(new, old)
    return _Sides(replace(new, label=labels[0]), replace(old, label=labels[1]))


class _Sides(NamedTuple):
    new: Group
    old: Group


def unshared(groups: Sequence[Group]) -> Sequence[Group]:
    """The groups. Raises UsageError if a training is in two of them."""
    seen: dict[Any, Group] = {}
    for group in groups:
        for key in {(key, run.metadata.get("cut")) for run in group.runs for key in keys_of(run)}:
            if (other := seen.setdefault(key, group)) is not group:
                said = f"'{other.reference}' and '{group.reference}' share runs."
                raise UsageError(said, hint="Name each group once.")
    return groups


def labelled(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups under labels of their own: those that share one are called by their reference, then numbered."""
    labels = Counter(group.label for group in groups)
    named = [group.label if labels[group.label] == 1 else group.reference or group.label for group in groups]
    counts = Counter(named)
    return tuple(
        replace(group, label=name if counts[name] == 1 else f"{name} ({number})")
        for number, (group, name) in enumerate(zip(groups, named, strict=True), start=1)
    )


def with_troubles(group: Group, places: "Places | None", told: Sequence[str] = ()) -> Group:
    """What of the store could not be read is told, whether a side or the history would have had it, and which settings
    of the project were not used."""
    known, troubles = {*group.notes, *told}, (places.troubles if places else ())
    new = (text for text in (*settings_file.load().ignored, *troubles) if text not in known)
    return replace(group, notes=(*group.notes, *new))
