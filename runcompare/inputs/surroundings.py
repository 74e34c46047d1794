"""What else is read or written beside the sides: other runs, the history, ablations, the store, the ledger of looks."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare import settings as settings_file
from runcompare.errors import RuncompareError, RunNotFound, UsageError
from runcompare.inputs.groups import Reference, keys_of, load_group
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.comparison.causes.find import FoundAblation
    from runcompare.records.looks import PlaceOfLooks
    from runcompare.references.places import Places

__all__ = ["Found", "found_ablations", "history_of", "keep_runs", "ledger_of", "readable_runs"]


@dataclass(frozen=True, slots=True)
class Found:
    """Runs, and what was met with while they were looked for."""

    runs: tuple[Run, ...]
    warnings: tuple[str, ...] = ()


def readable_runs(roots: Sequence[Path]) -> Found:
    """Every run below the folders that can be read. Raises RunNotFound if there is none."""
    from runcompare.sources import list_runs, read_run

    found: list[Run] = []
    unread: list[str] = []
    for info in list_runs(roots).runs:
        try:
            found.append(read_run(info))
        except RuncompareError as error:
            unread.append(error.message)
    if not found:
        raise RunNotFound("There are no runs to go by.", hint="Say where yours are with --runs FOLDER.")
    return Found(tuple(found), tuple(unread))


def history_of(
    sides: Sequence[Group], noise_from: Sequence[Reference], places: "Places", keys: Sequence[str], *, is_searched: bool
) -> list[Group]:
    """The groups that tell of the noise: those that were named, else, where folders are searched, the other replicated
    ones beside these runs and in the store."""
    from runcompare.references.replicates import replicated_groups

    if noise_from or not is_searched:
        return [load_group(reference, places, keys) for reference in noise_from]
    taken = {key for group in sides for run in group.runs for key in keys_of(run)}
    return replicated_groups(places, taken, sides[0].runs[0].info.project, replicate_keys=keys)


def found_ablations(roots: Sequence[Path]) -> "tuple[FoundAblation, ...]":
    """The records of ablations that lie in the folders, or in a folder of theirs; those that can't be read are passed
    over, as files that are no runs are."""
    from runcompare.comparison.causes.ablation import RECORD_NAME, ablation_of
    from runcompare.comparison.causes.find import FoundAblation
    from runcompare.sources.kit.json_file import read_object

    patterns = (RECORD_NAME, f"*/{RECORD_NAME}", f"runs/*/{RECORD_NAME}")
    paths = dict.fromkeys(path for root in roots for pattern in patterns for path in sorted(root.glob(pattern)))
    found = []
    for path in paths:
        with suppress(RuncompareError, OSError):
            found.append(FoundAblation(ablation_of(read_object(path), str(path)), str(path)))
    return tuple(found)


def keep_runs(sides: Sequence[Group]) -> None:
    """Puts the runs into the store."""
    from runcompare.store.store import keep_whole

    keep_whole(tuple(run for group in sides for run in group.runs), settings_file.load().store)


def ledger_of(looks: str | Path | None, *, keep: bool, looked: bool) -> "PlaceOfLooks | None":
    """The ledger that was asked for. Raises UsageError for looks that are in none."""
    from runcompare.store.looks import FileOfLooks, LooksOfStore

    if looks is not None:
        return FileOfLooks(Path(looks))
    if looked and not keep:
        raise UsageError("--looked says of a ledger that a look is missing in it.", hint="Name it with --looks FILE.")
    return LooksOfStore(settings_file.load().store) if keep else None
