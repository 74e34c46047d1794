"""The local lake: runs kept as immutable files, written by many processes at once.

    STORE/format.json                     {"format": 1}
    STORE/runs/<hash of the id>/<time in ns>-<hash of the content>/
        manifest.json                     id, when it was put, sha256 and size of each file
        run.json                          everything but the rows
        history.parquet, system.parquet   the rows, zstd

A version of a run is written into a folder of another name, forced onto the disk, then renamed: it is there whole or
not at all, and no lock is taken. The version with the latest time counts; putting what it holds again adds nothing.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from runcompare.errors import DataError, RunNotFound, UnreadableRun
from runcompare.records.files import sync_folder, write_whole
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.records.stored import decode_rows, decode_run, encode_rows, encode_run

__all__ = ["FORMAT", "Store"]

FORMAT = 1
MANIFEST, RUN, HISTORY, SYSTEM = "manifest.json", "run.json", "history.parquet", "system.parquet"
_UNFINISHED = ".tmp-"
_STALE_S = 24 * 3600.0


class Store:
    """A folder of runs. Opening it writes nothing; the first `put` makes the folder.

    Raises DataError if the folder was written by a newer format.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self._runs = self.root / "runs"
        _check_format(self.root / "format.json")

    def put(self, run: Run) -> Path:
        """Keep a run; returns its folder. Putting the same run twice keeps it once. Raises DataError."""
        files = {RUN: encode_run(run), HISTORY: encode_rows(run.history), SYSTEM: encode_rows(run.system)}
        sums = {name: sha256(body).hexdigest() for name, body in files.items()}
        content = sha256("".join(sums[name] for name in sorted(sums)).encode()).hexdigest()[:32]
        home = self._home(run.id)
        newest = self._newest(home)
        if newest is not None and newest.name.endswith(f"-{content}"):
            return newest
        target = home / f"{time.time_ns():020d}-{content}"
        described = {name: {"sha256": sums[name], "bytes": len(body)} for name, body in files.items()}
        manifest = {"format": FORMAT, "id": run.id, "put_at": time.time(), "files": described}
        try:
            _write_version(target, {**files, MANIFEST: json.dumps(manifest, indent=1).encode()})
            if not (self.root / "format.json").exists():
                write_whole(self.root / "format.json", json.dumps({"format": FORMAT}).encode())
        except OSError as error:
            raise DataError(
                f"The store {self.root} can't be written: {error.strerror}.", hint="Check space and rights."
            ) from None
        return target

    def get(self, run_id: str) -> Run:
        """The newest version of a run, its files checked against the manifest.

        Raises RunNotFound, or UnreadableRun if a file is damaged.
        """
        version = self._newest(self._home(run_id))
        if version is None:
            raise RunNotFound(f"The store {self.root} holds no run {run_id}.", hint="List what it holds.")
        return _read_version(version)

    def infos(self) -> list[RunInfo]:
        """The runs, by start and id; damaged ones are left out (see `verify`)."""
        found = []
        for version in self._versions():
            try:
                found.append(decode_run(_checked(version, RUN, _manifest(version))).info)
            except UnreadableRun:
                continue
        return sorted(found, key=lambda r: (r.started_at is None, r.started_at or 0.0, r.id))

    def verify(self) -> list[str]:
        """What is damaged, one line each; empty if every file is as it was written."""
        problems = []
        for version in self._versions():
            try:
                _read_version(version)
            except UnreadableRun as error:
                problems.append(error.message)
        return problems

    def sweep(self, older_than_s: float = _STALE_S) -> int:
        """Remove what killed writers left behind more than `older_than_s` ago; returns how many folders."""
        limit = time.time() - older_than_s
        stale = [p for p in self._runs.glob(f"*/{_UNFINISHED}*") if p.stat().st_mtime < limit]
        for path in stale:
            shutil.rmtree(path, ignore_errors=True)
        return len(stale)

    def _home(self, run_id: str) -> Path:
        return self._runs / sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _versions(self) -> Iterator[Path]:
        homes = sorted(self._runs.iterdir()) if self._runs.is_dir() else []
        yield from (version for home in homes if (version := self._newest(home)) is not None)

    @staticmethod
    def _newest(home: Path) -> Path | None:
        names = [p.name for p in home.iterdir() if not p.name.startswith(_UNFINISHED)] if home.is_dir() else []
        return home / max(names) if names else None


def _check_format(path: Path) -> None:
    try:
        written = json.loads(path.read_bytes())["format"]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"{path} is damaged.", hint='It should read {"format": 1}.') from None
    if written != FORMAT:
        raise DataError(
            f"The store {path.parent} has format {written}; this runcompare knows {FORMAT}.", hint="Update runcompare."
        )


def _write_version(target: Path, files: dict[str, bytes]) -> None:
    beside = target.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    beside.mkdir(parents=True)
    try:
        for name, body in files.items():
            with (beside / name).open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(beside)
        beside.rename(target)
        sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _manifest(version: Path) -> dict[str, Any]:
    try:
        found = json.loads((version / MANIFEST).read_bytes())
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("files"), dict):
        raise UnreadableRun(f"{version / MANIFEST} is damaged.", hint="Put the run again from its source.")
    return found


def _checked(version: Path, name: str, manifest: dict[str, Any]) -> bytes:
    """A file's content. Raises UnreadableRun if it is not what was written."""
    try:
        body = (version / name).read_bytes()
    except OSError as error:
        raise UnreadableRun(f"{version / name} can't be read: {error.strerror}.") from None
    stated = manifest["files"].get(name)
    if not isinstance(stated, dict) or sha256(body).hexdigest() != stated.get("sha256"):
        raise UnreadableRun(
            f"{version / name} of run {manifest.get('id')} is damaged: its checksum is wrong.",
            hint="Put the run again from its source.",
        )
    return body


def _read_version(version: Path) -> Run:
    manifest = _manifest(version)
    run = decode_run(_checked(version, RUN, manifest))
    history, system = (decode_rows(_checked(version, name, manifest)) for name in (HISTORY, SYSTEM))
    return replace(run, history=History(history), system=History(system))
