"""The groups that queries find, to be ranked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from runcompare import settings as settings_file
from runcompare.inputs.groups import Reference, is_at_hand, load_group
from runcompare.inputs.sides import labelled, unshared
from runcompare.records.run import Group

if TYPE_CHECKING:
    from runcompare.references.places import Places

__all__ = ["QueriedGroups", "query_groups"]


class QueriedGroups(NamedTuple):
    """Groups to rank under labels of their own, the settings that tell each from the others, and what was met with."""

    groups: tuple[Group, ...]
    settings: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def query_groups(references: Sequence[Reference], places: "Places", keys: Sequence[str]) -> QueriedGroups:
    """The groups that queries find, all that are in the folders without one.

    One of several references that names replicates is a group as it stands; what it names otherwise is put into groups.
    Raises UsageError if a training is in two groups.
    """
    found: list[Group] = []
    settings: list[Mapping[str, Any]] = []
    notes: list[str] = []
    asked: Sequence[Reference | None] = references or (None,)
    for several in asked:
        part = _queried(several, places, keys, alone=len(references) < 2)
        found += part.groups
        settings += part.settings
        notes += part.notes
    return QueriedGroups(labelled(unshared(found)), tuple(settings), tuple(dict.fromkeys(notes)))


def _queried(reference: Reference | None, places: "Places", keys: Sequence[str], *, alone: bool) -> QueriedGroups:
    from runcompare.errors import AmbiguousReference
    from runcompare.references.groups import found_groups
    from runcompare.references.queries import queried_groups

    if reference is not None and (is_at_hand(reference) or not alone):
        try:
            group = load_group(reference, places, keys)
            return QueriedGroups((group,), ({},), group.notes)
        except AmbiguousReference:
            pass
    if reference is None:
        found = found_groups(places, keys)
    else:
        found = queried_groups(str(reference), places, settings_file.load().aliases, keys)
    each = found.groups
    return QueriedGroups(tuple(one.group for one in each), tuple(one.differs for one in each), found.warnings)
