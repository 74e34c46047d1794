"""How are runs kept? As immutable files, written by many processes at once.

    STORE/format.json                     {"format": 1}
    STORE/runs/<hash of the id>/<time in ns>-<hash of the content>/
        manifest.json                     id, when it was put, sha256 and size of each file, its source's fingerprint
        run.json                          everything but the rows
        history.parquet, system.parquet   the rows, zstd
    STORE/index/<time>-<hash>.parquet     what listings read; a cache that can be deleted (index.py)

STORE is a folder or any URL that fsspec opens (place.py). A version of a run is there whole or not at all, and no
lock is taken. The version with the latest time counts; putting what it holds again adds nothing.
"""

import json
import os
import shlex
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runcompare.errors import DataError, RunNotFound, UnreadableRun, UsageError
from runcompare.records.reading import being_read
from runcompare.records.redact import are_secrets_shown
from runcompare.records.run import Run, RunInfo, origin
from runcompare.store.codec import HISTORY, RUN, SYSTEM, encode_rows, encode_run, page_checksums
from runcompare.store.damage import clear_damage, damaged, find_damage, note_damage
from runcompare.store.folder import FolderPlace
from runcompare.store.index import Outline, current, gone_texts, infos_of, outlines_of, write_index
from runcompare.store.manifest import (
    FORMAT,
    FORMAT_TEXT,
    check_files,
    content_of,
    encode_manifest,
    home_of,
    manifest_of,
    read_version,
)
from runcompare.store.place import FORMAT_FILE, MANIFEST, RUNS, Place, Version, is_url

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FORMAT", "Listed", "Store", "at_absolute", "keep_whole", "place_of"]

_STALE_S = 24 * 3600.0


class Store:
    """Runs below a folder or URL. Opening it writes nothing; the first `put` makes the folder.

    Raises DataError if it was written by a newer format or can't be asked, UsageError for a URL that names no file
    system, MissingExtra for a URL without fsspec.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.place = place_of(root)
        self.root = self.place.root
        self._format_is_damaged = False
        self._has_format = self._check_format()

    def put(self, run: Run, fingerprint: str | None = None) -> Path | str:
        """Keep a run as its newest version; one that is the same as the newest is not kept again.

        Args:
            run: The whole run.
            fingerprint: What its source looked like, so that the next pull knows whether it has changed.

        Returns:
            The version's folder or URL.

        Raises:
            DataError: If the store can't be written.
            UsageError: Within `secrets_shown`: what is kept holds none.
        """
        if are_secrets_shown():
            raise UsageError("The store keeps no secrets, and they are shown here.", hint="Leave one of the two out.")
        run = replace(run, info=run.info.shown())
        files = {RUN: encode_run(run), HISTORY: encode_rows(run.history), SYSTEM: encode_rows(run.system)}
        sums = {name: sha256(body).hexdigest() for name, body in files.items()}
        home, content = home_of(run.id), content_of(sums)
        manifest = {
            "format": FORMAT,
            "id": run.id,
            "put_at": time.time(),
            "fingerprint": fingerprint,
            "page_checksums": page_checksums(run.history.frame) and page_checksums(run.system.frame),
            "files": {name: {"sha256": sums[name], "bytes": len(body)} for name, body in files.items()},
        }
        with self._access("written"):
            self._write_format()
            newest = self._newest(home)
            kept = self._kept(home, newest, content)
            if newest is None or kept is None or fingerprint not in (None, kept.get("fingerprint")):
                before, newest = newest, f"{_after(newest):020d}-{content}"
                self.place.write_version(home, newest, {**files, MANIFEST: encode_manifest(manifest)})
                if kept is not None and before is not None:  # the same, but for when its source was looked at
                    self.remove([Version(home, before)])
        return self.place.address(RUNS, home, newest)

    def get(self, run_id: str) -> Run:
        """The newest version of a run, its files checked against the manifest.

        Raises RunNotFound, UnreadableRun if a file is damaged, DataError if the store can't be read.
        """
        being_read(run_id)
        home = home_of(run_id)
        newest = self._newest(home)
        while newest is not None:
            try:
                return read_version(self.place, home, newest)
            except UnreadableRun:
                before, newest = newest, self._newest(home)
                if newest == before:
                    raise  # else another process has put a newer one and removed this one meanwhile
        raise RunNotFound(
            f"The store {self.root} holds no run {run_id}.",
            hint=f"List what it holds: runcompare runs --kept --store {shlex.quote(str(self.root))}",
        )

    def infos(self) -> list[RunInfo]:
        """The runs, by start and id; damaged ones are left out (see `listed`). Raises DataError."""
        return list(self.listed().infos)

    def outlines(self, newest: int | None = None) -> list[Outline]:
        """Everything but the rows of every run, or of the `newest`, by start and id, without opening each.

        Raises DataError.
        """
        return self.listed().outlines(newest)

    def listed(self) -> "Listed":
        """The runs, and why some can't be listed. Raises DataError."""
        with self._access("read"):
            found = current(self.place)
            own = [f"{self.place.address(FORMAT_FILE)} is damaged."] if self._format_is_damaged else []
            return Listed(found.lines, (*own, *sorted(found.problems.values()), *gone_texts(self.place, found)))

    def write_index(self, *, forget: bool = False) -> None:
        """Write what listings read, if much has been put since it was last written; no other listing writes it.

        An index that can't be written is done without. With `forget`, runs that are gone are not missed any more.
        """
        with self._access("read"):
            write_index(self.place, forget=forget)

    def verify(self) -> list[str]:
        """A line for each file that is not as it was written, and for each run that is gone; empty if all is well.

        Notes which versions are damaged in the store, if it can be written, so that the next pull reads them again.
        Raises DataError.
        """
        with self._access("read"):
            found = find_damage(self.place)
            note_damage(self.place, found)
        return [one.text for one in found]

    def damaged(self) -> set[Version]:
        """The versions that `verify` found to be damaged. Raises DataError."""
        with self._access("read"):
            return damaged(self.place)

    def mend(self) -> None:
        """Remove damaged versions of which there is a newer, intact one, and write the store's own files again if they
        are damaged. Raises DataError."""
        with self._access("written"):
            clear_damage(self.place)
            if not self._has_format and self.place.all_versions():
                self._write_format()
        self.write_index()

    def sweep(self, older_than_s: float = _STALE_S) -> int:
        """Remove what killed writers left behind more than `older_than_s` ago; returns how many folders."""
        return self.remove(self.leftovers(older_than_s))

    def leftovers(self, older_than_s: float = _STALE_S) -> list[Version]:
        """What killed writers left behind more than `older_than_s` ago, for `remove`."""
        with self._access("read"):
            return self.place.leftovers(older_than_s)

    def superseded(self, keep: int) -> list[Version]:
        """What `remove` may take: the versions older than the `keep` newest of each run, if one of those is intact."""
        with self._access("read"):
            versions = {home: found for home, found in self.place.all_versions().items() if len(found) > keep}
            intact = {home: some for home, some in versions.items() if any(self._intact(home, v) for v in some[-keep:])}
            return [Version(home, version) for home, some in intact.items() for version in some[:-keep]]

    def remove(self, versions: Iterable[Version]) -> int:
        """Remove versions or leftovers; returns how many. What another process removes meanwhile is no error."""
        removed = 0
        with self._access("written"):
            for home, version in versions:
                with suppress(FileNotFoundError):
                    self.place.remove_version(home, version)
                    removed += 1
        return removed

    def _newest(self, home: str) -> str | None:
        with self._access("read"):
            return max(self.place.versions(home), default=None)

    def _intact(self, home: str, version: str) -> bool:
        try:
            return bool(read_version(self.place, home, version))
        except UnreadableRun:
            return False

    def _kept(self, home: str, version: str | None, content: str) -> dict[str, Any] | None:
        """The manifest of a version that holds the content and is intact."""
        if version is None or not version.endswith(f"-{content}"):
            return None
        try:
            check_files(self.place, home, version)
            return manifest_of(self.place, home, version)
        except UnreadableRun:
            return None

    def _check_format(self) -> bool:
        """Whether the store says its format; one that can't be understood is as none: each version says its own."""
        where = self.place.address(FORMAT_FILE)
        try:
            written = json.loads(self.place.read(FORMAT_FILE))["format"]
        except FileNotFoundError:
            return False
        except OSError as error:
            raise DataError(f"{where} can't be read: {error.strerror}.", hint="Check the store's address.") from None
        except (ValueError, KeyError, TypeError):
            self._format_is_damaged = True
            return False
        if written != FORMAT:
            raise DataError(
                f"The store {self.root} has format {written}; this runcompare knows {FORMAT}.",
                hint="Update runcompare.",
            )
        return True

    def _write_format(self) -> None:
        if not self._has_format:
            self.place.write(FORMAT_TEXT, FORMAT_FILE)
            self._has_format, self._format_is_damaged = True, False

    @contextmanager
    def _access(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"The store {self.root} can't be {what}: {error.strerror}.",
                hint="Check space and rights." if what == "written" else "Check its address and rights.",
            ) from None


class Listed(NamedTuple):
    """The store's runs as its index has them, and why some can't be listed."""

    lines: "pl.DataFrame"
    problems: tuple[str, ...]

    @property
    def infos(self) -> list[RunInfo]:
        """The runs, by start and id."""
        return infos_of(self.lines)

    def outlines(self, newest: int | None = None) -> list[Outline]:
        """Everything but the rows of every run, or of the `newest`, by start and id."""
        return outlines_of(self.lines, newest)


def _after(newest: str | None) -> int:
    """Now in ns, or just after `newest` if the clock of its writer was ahead."""
    stamp = (newest or "").partition("-")[0]
    return max(time.time_ns(), int(stamp) + 1 if stamp.isdigit() else 0)


def keep_whole(runs: Iterable[Run], root: str | os.PathLike[str]) -> None:
    """Put runs into the store at `root`, without those that were cut: part of a run is not the run.

    Raises DataError if the store can't be written.
    """
    store = Store(root)
    for run in runs:
        if origin(run) == run.id:
            store.put(at_absolute(run))
    store.write_index()


def at_absolute(run: Run) -> Run:
    """The run with the absolute path of its files: a report of `runs/a` keeps what a pull of `/home/me/runs/a` has."""
    logs = tuple(replace(log, location=_absolute(log.location)) for log in run.info.logs)
    return replace(run, info=replace(run.info, location=_absolute(run.info.location), logs=logs))


def _absolute(location: str) -> str:
    """A path, or `PATH#ID`, of a file that is there; a server's location stays as it is."""
    path, mark, part = location.rpartition("#")
    for at, rest in ((location, ""), (path, mark + part)):
        if at and os.path.exists(at):  # noqa: PTH110
            return os.path.abspath(at) + rest  # noqa: PTH100
    return location


def place_of(root: str | os.PathLike[str]) -> Place:
    """The place that `root` names. A `file://` URL is a folder. Raises UsageError, or MissingExtra without fsspec."""
    if not is_url(root):
        return FolderPlace(Path(root))
    text = str(root)
    if text.startswith("file://"):
        return FolderPlace(Path(text.removeprefix("file://")))
    from runcompare.store.object_store import ObjectPlace

    return ObjectPlace(text)
