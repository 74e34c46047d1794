"""Which groups of replicates does a query find? A reference whose runs need not be replicates of one another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runcompare.references.groups import FoundGroups, grouped
from runcompare.references.narrowing import read_all
from runcompare.references.places import Places
from runcompare.references.resolve import search
from runcompare.references.trainings import one_each

__all__ = ["queried_groups"]


def queried_groups(
    query: str, places: Places, aliases: Mapping[str, str] | None = None, replicate_keys: Sequence[str] = ()
) -> FoundGroups:
    """The trainings that a query names, as groups of replicates, the largest first.

    Args:
        query: A reference as `resolve` takes it, such as `group:ppo*`, `config:env=Hopper`, a folder, or several with
            commas.
        places: Where runs are looked for.
        aliases: Words that stand for references.
        replicate_keys: Settings besides the seed in which replicates may differ.

    Raises:
        RuncompareError: The errors of `resolve`, but for runs that are no replicates.
    """
    found = search(query.strip(), places, dict(aliases or {}))
    read = read_all(found)
    each = one_each(read.runs)
    listed = places.local.runs if places.is_searched else tuple(run.info for run in each.runs)
    groups = tuple(
        replace(one, group=replace(one.group, searched=found.searched))
        for one in grouped(each.runs, listed, replicate_keys)
    )
    return FoundGroups(groups, (*found.notes, *read.notes, *each.notes))
