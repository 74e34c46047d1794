"""From what names runs to a group: a reference, runs at hand, what a tracker calls a run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare import settings as settings_file
from runcompare.errors import UnreadableRun, UsageError
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.references.places import Places

__all__ = [
    "Folders",
    "Reference",
    "are_only_files",
    "as_keys",
    "is_at_hand",
    "keys_of",
    "load_group",
    "places_of",
    "roots_of",
    "varying_keys",
]


Reference = str | Path | Run | Group | Sequence[Run]


Folders = str | Path | Sequence[str | Path] | None


def is_at_hand(reference: Reference) -> bool:
    return not isinstance(reference, str | Path)


def are_only_files(references: Sequence[Reference], runs: Folders) -> bool:
    """Whether two files were named, so that nothing else is read: no folder is searched for a history."""
    from runcompare.references.places import existing

    if runs is not None or not all(isinstance(ref, str | Path) for ref in references):
        return False
    paths = [existing(str(ref)) for ref in references]
    return all(path is not None and path.is_file() for path in paths)


def as_keys(replicate_key: str | Sequence[str]) -> tuple[str, ...]:
    return (replicate_key,) if isinstance(replicate_key, str) else tuple(replicate_key)


def varying_keys(replicate_key: str | Sequence[str], pair_by: str | None) -> tuple[str, ...]:
    """The settings in which replicates may differ: what they are paired by is one."""
    return (*as_keys(replicate_key), *([pair_by] if pair_by not in (None, "seed", "none") else []))


def roots_of(runs: Folders) -> tuple[Path, ...]:
    if runs is None:
        return settings_file.load().runs
    return (Path(runs),) if isinstance(runs, str | Path) else tuple(Path(r) for r in runs)


def places_of(runs: Folders) -> "Places":
    from runcompare.references.places import Places

    _use_pattern()
    return Places(roots_of(runs), settings_file.load().store)


def _use_pattern() -> None:
    """Text logs are read by the settings' pattern."""
    from runcompare.sources.pattern.pattern import use_setting

    use_setting(lambda: settings_file.load().pattern)


def load_group(
    reference: Reference, places: "Places | None", replicate_keys: Sequence[str], task_key: str | None = None
) -> Group:
    """As `load`; the places list their folders once for all references of a call."""
    if isinstance(reference, Group):
        return reference
    if isinstance(reference, Run):
        return Group(reference.name, reference.id, (reference,))
    if isinstance(reference, list | tuple):
        return _together(reference, replicate_keys)
    from runcompare.references.live import is_live, place_of
    from runcompare.references.resolve import resolve

    _use_pattern()
    if is_live(reference):
        from runcompare.references.places import Places

        place = place_of(reference)
        found = Places(tuple(map(Path, place.roots)) or roots_of(None))
        try:
            return resolve(place.reference, places=found, replicate_keys=replicate_keys)
        except UnreadableRun as error:
            hint = "A run that has just begun may not be on the disk yet: try again in some seconds."
            raise UnreadableRun(error.message, hint=hint) from None
    aliases = settings_file.load().aliases
    return resolve(str(reference), aliases=aliases, places=places, replicate_keys=replicate_keys, task_key=task_key)


def _together(runs: Sequence[Run], replicate_keys: Sequence[str] = ()) -> Group:
    """Runs at hand as one group, under their group's name if that is one."""
    found = tuple(runs)
    if not found or not all(isinstance(run, Run) for run in found):
        raise UsageError("A list of runs holds at least one run, and nothing else.", hint="Name runs one by one.")
    if len({run.id for run in found}) < len(found):
        raise UsageError("Two runs of the list have the same id.", hint="Give each its own: from_frame(..., id=...).")
    groups = {run.info.group for run in found}
    label = groups.pop() if len(groups) == 1 else None
    from runcompare.references.replicates import grouping
    from runcompare.references.trainings import one_each

    each = one_each(found)
    known = grouping(each.runs, replicate_keys)
    reference = ", ".join(run.id for run in found)
    return Group(label or found[0].name, reference, each.runs, (*each.notes, *known.notes), known.kind)


def keys_of(run: Run) -> set[str]:
    """What identifies the training that a run is, or was cut from, and each of its logs."""
    from runcompare.records.run import origin
    from runcompare.sources.registry import training_keys

    return training_keys(replace(run.info, id=origin(run)))
