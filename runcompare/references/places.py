"""Where are runs looked for? Below the roots, then in the store; each is listed when it is needed, and once."""

import os
import shlex
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from runcompare.errors import RuncompareError, RunNotFound
from runcompare.records.counted import counted
from runcompare.records.run import Run, RunInfo
from runcompare.sources.base import Listing
from runcompare.sources.listing import Walked, list_runs, walk
from runcompare.sources.registry import read_run, training_keys
from runcompare.store.store import Listed, Store

__all__ = ["Places", "existing", "is_path"]


class Places:
    """The runs below `roots`, and those of the store that are not among them. A store that can't be read is empty.

    One object serves all references of a command and the history: each folder is listed once, when it is needed.
    `troubles` say what of the store could not be listed, once it was. Trainings whose keys are in `without` are in none
    of them: a run that is to be compared with the best of the others is not one of these.
    """

    def __init__(
        self, roots: Sequence[Path], store: Path | str | None = None, *, without: Set[str] = frozenset()
    ) -> None:
        self.roots = tuple(roots)
        self.without = without
        self.store = store
        self.read_local = read_run
        self.troubles: tuple[str, ...] = ()
        self._walked: dict[Path, Walked] = {}

    def at(self, path: Path) -> Walked:
        """The runs of a path that was named, which need not lie below the roots."""
        if path not in self._walked:
            walked = walk([path], within=self.roots)
            self._walked[path] = walked._replace(listing=self._others(walked.listing))
        return self._walked[path]

    @property
    def is_searched(self) -> bool:
        """Whether the roots were listed: not so where all references are paths."""
        return "local" in self.__dict__

    @cached_property
    def local(self) -> Listing:
        """The runs below the roots."""
        return self._others(list_runs(self.roots))

    def _others(self, listing: Listing) -> Listing:
        if not self.without:
            return listing
        return replace(listing, runs=tuple(info for info in listing.runs if not training_keys(info) & self.without))

    @cached_property
    def kept(self) -> tuple[RunInfo, ...]:
        """The store's runs that are not below the roots."""
        if self.store is None:
            return ()
        here = {run.id for run in self.local.runs}
        others = (info for info in self.in_store.infos if info.id not in here) if self.in_store else ()
        return tuple(info for info in others if not training_keys(info) & self.without)

    @cached_property
    def in_store(self) -> Listed | None:
        """All that the store holds; None where there is none, or it can't be read. What is wrong goes to `troubles`."""
        if self.store is None:
            return None
        try:
            found = Store(self.store).listed()
        except (OSError, RuncompareError) as error:
            self.troubles = (error.message if isinstance(error, RuncompareError) else f"{error}.",)
            return None
        self.troubles = tuple(f"Left out, if it belongs here: {problem}" for problem in found.problems)
        return found

    def read_kept(self, info: RunInfo) -> Run:
        """One of `kept`. Raises RunNotFound or UnreadableRun."""
        if self.store is None:
            raise RunNotFound(f"There is no store to read {info.id} from.")
        return Store(self.store).get(info.id)

    @property
    def looked(self) -> str:
        """A sentence for messages: the places that were searched, and how many runs each has."""
        places = ", ".join(str(path) for path in self.local.looked_in) or "no folder"
        text = f"Looked in {places}: {counted(len(self.local.runs), 'run')}"
        trouble = f" ({' '.join(self.troubles)})" if self.store and not self.kept and self.troubles else ""
        return (
            f"{text}, and in the store {self.store}: {counted(len(self.kept), 'run')}{trouble}" if self.store else text
        )

    @property
    def listed_by(self) -> str:
        """The commands that list the runs that `looked` counts."""
        folders = " ".join(shlex.quote(str(root)) for root in self.roots)
        here = f"runcompare runs {folders}" if self.local.runs else ""
        kept = f"runcompare runs --kept --store {shlex.quote(str(self.store))}" if self.kept else ""
        return "; and of the store: ".join(filter(None, (here, kept)))


def is_path(word: str) -> bool:
    """Whether a word is written as a path, or is the name of a file with its ending; another one is looked for among
    the runs first."""
    written = os.sep in word or word in (".", "..") or word.startswith("~")
    if written or Path(word).suffix in (".wandb", ".jsonl", ".yaml", ".yml"):
        return True
    place = existing(word)
    return place is not None and bool(place.suffix) and place.is_file()


def existing(word: str) -> Path | None:
    """The path that a word names, if a file or folder is there."""
    try:
        path = Path(word).expanduser()
        return path if word and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL character, no such user
        return None
