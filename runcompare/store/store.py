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
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from runcompare.errors import DataError, RunNotFound, UnreadableRun, UsageError
from runcompare.records.redact import are_secrets_shown
from runcompare.records.run import Run, RunInfo, origin
from runcompare.store.codec import (
    FORMAT,
    HISTORY,
    RUN,
    SYSTEM,
    content_of,
    encode_rows,
    encode_run,
    home_of,
    manifest_of,
    page_checksums,
    read_version,
)
from runcompare.store.folder import FolderPlace
from runcompare.store.index import Outline, current, infos_of, outlines_of, write_index
from runcompare.store.place import MANIFEST, RUNS, Place, Version, is_url

__all__ = ["FORMAT", "Store", "keep_whole", "place_of"]

_FORMAT_FILE = "format.json"
_STALE_S = 24 * 3600.0


class Store:
    """Runs below a folder or URL. Opening it writes nothing; the first `put` makes the folder.

    Raises DataError if it was written by a newer format or can't be asked, UsageError for a URL that names no file
    system, MissingExtra for a URL without fsspec.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.place = place_of(root)
        self.root = self.place.root
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
            newest = self._newest(home)
            if newest is None or not self._holds(home, newest, content, fingerprint):
                newest = f"{_after(newest):020d}-{content}"
                self.place.write_version(home, newest, {**files, MANIFEST: json.dumps(manifest, indent=1).encode()})
                self._write_format()
        return self.place.address(RUNS, home, newest)

    def get(self, run_id: str) -> Run:
        """The newest version of a run, its files checked against the manifest.

        Raises RunNotFound, UnreadableRun if a file is damaged, DataError if the store can't be read.
        """
        home = home_of(run_id)
        newest = self._newest(home)
        while newest is not None:
            try:
                return read_version(self.place, home, newest)
            except UnreadableRun:
                before, newest = newest, self._newest(home)
                if newest == before:
                    raise  # else another process has put a newer one and removed this one meanwhile
        raise RunNotFound(f"The store {self.root} holds no run {run_id}.", hint="List what it holds: runcompare sql.")

    def infos(self) -> list[RunInfo]:
        """The runs, by start and id; damaged ones are left out (see `verify`). Raises DataError."""
        with self._access("read"):
            return infos_of(current(self.place))

    def outlines(self, newest: int | None = None) -> list[Outline]:
        """Everything but the rows of every run, or of the `newest`, by start and id, without opening each.

        Raises DataError.
        """
        with self._access("read"):
            return outlines_of(current(self.place), newest)

    def write_index(self) -> None:
        """Write what listings read, if much has been put since it was last written; no other listing writes it.

        An index that can't be written is done without.
        """
        with self._access("read"):
            write_index(self.place)

    def verify(self) -> list[str]:
        """A line for each version of which something is damaged; empty if every file is as it was written.

        Raises DataError.
        """
        problems = []
        with self._access("read"):
            for home, versions in self.place.all_versions().items():
                for version in versions:
                    try:
                        read_version(self.place, home, version)
                    except UnreadableRun as error:
                        problems.append(error.message)
        return problems

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

    def _holds(self, home: str, version: str, content: str, fingerprint: str | None) -> bool:
        if not version.endswith(f"-{content}"):
            return False
        try:
            return fingerprint in (None, manifest_of(self.place, home, version).get("fingerprint"))
        except UnreadableRun:
            return False

    def _check_format(self) -> bool:
        where = self.place.address(_FORMAT_FILE)
        try:
            written = json.loads(self.place.read(_FORMAT_FILE))["format"]
        except FileNotFoundError:
            return False
        except OSError as error:
            raise DataError(f"{where} can't be read: {error.strerror}.", hint="Check the store's address.") from None
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{where} is damaged.", hint='It should read {"format": 1}.') from None
        if written != FORMAT:
            raise DataError(
                f"The store {self.root} has format {written}; this runcompare knows {FORMAT}.",
                hint="Update runcompare.",
            )
        return True

    def _write_format(self) -> None:
        if not self._has_format:
            self.place.write(json.dumps({"format": FORMAT}).encode(), _FORMAT_FILE)
            self._has_format = True

    @contextmanager
    def _access(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"The store {self.root} can't be {what}: {error.strerror}.",
                hint="Check space and rights." if what == "written" else "Check its address and rights.",
            ) from None


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
            store.put(run)
    store.write_index()


def place_of(root: str | os.PathLike[str]) -> Place:
    """The place that `root` names. A `file://` URL is a folder. Raises UsageError, or MissingExtra without fsspec."""
    if not is_url(root):
        return FolderPlace(Path(root))
    text = str(root)
    if text.startswith("file://"):
        return FolderPlace(Path(text.removeprefix("file://")))
    from runcompare.store.object_store import ObjectPlace

    return ObjectPlace(text)
