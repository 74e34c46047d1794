"""Which search do runs come from, and how many configurations has it tried?

Trackers say it of a run: W&B its sweep, Optuna its study. A search is after a metric; who names one of its runs may
have picked it for that. What `@best` picked is known to be picked, and counts in place of that.
"""

from collections.abc import Sequence
from dataclasses import replace

from runcompare.records.run import Group, Run, Searched
from runcompare.references.places import Places
from runcompare.references.replicates import every_run, signature
from runcompare.sources.registry import training_key

__all__ = ["with_search"]

KINDS = ("sweep", "study")  # what the sources call a search in a run's metadata


def with_search(group: Group, places: Places, replicate_keys: Sequence[str] = ()) -> Group:
    """The group with the search that its runs come from, if they come from one and are no pick already.

    Args:
        group: The runs.
        places: Where the other runs of the search are looked for.
        replicate_keys: Settings besides the seed in which replicates may differ.
    """
    names = {name for run in group.runs if (name := _search(run)) is not None}
    if group.searched or len(names) != 1:
        return group
    (name,) = names
    seen = {training_key(run.info) for run in group.runs}
    tried = {signature(run, replicate_keys) for run in (*group.runs, *every_run(places, seen)) if _search(run) == name}
    if len(tried) < 2:
        return group
    return replace(group, searched=(Searched(len(tried), _wanted(group.runs[0]), name),))


def _search(run: Run) -> str | None:
    """The kind and name of a run's search."""
    return next((f"{kind} {run.metadata[kind]}" for kind in KINDS if run.metadata.get(kind)), None)


def _wanted(run: Run) -> str | None:
    """The metric that the search is after, where the tracker says so."""
    stated = {m.key for m in run.declared if m.selects and any(kind in m.source for kind in KINDS)}
    return stated.pop() if len(stated) == 1 else None
