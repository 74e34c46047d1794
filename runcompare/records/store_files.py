"""The files of one stored version, checked against its manifest."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.history import History
from runcompare.records.run import Run
from runcompare.records.store_places import MANIFEST, RUNS, Place
from runcompare.store.codec import decode_rows, decode_run

__all__ = ["FORMAT", "HISTORY", "RUN", "SYSTEM", "checked", "content_of", "home_of", "manifest_of", "read_version"]

FORMAT = 1
RUN, HISTORY, SYSTEM = "run.json", "history.parquet", "system.parquet"
_AGAIN = "Read the run again from its source: runcompare pull."


def home_of(run_id: str) -> str:
    """The folder of a run's versions, below `runs`: no id can name a place outside."""
    return sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def content_of(sums: dict[str, str]) -> str:
    """One name for what files hold, from the SHA-256 of each."""
    return sha256("".join(sums[name] for name in sorted(sums)).encode()).hexdigest()[:32]


def manifest_of(place: Place, home: str, version: str) -> dict[str, Any]:
    """Raises UnreadableRun if it is not as it was written, or if a newer runcompare wrote it."""
    where = place.address(RUNS, home, version, MANIFEST)
    try:
        found = json.loads(place.read(RUNS, home, version, MANIFEST))
        sums = {str(name): str(said["sha256"]) for name, said in found["files"].items()}
        written = int(found["format"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise UnreadableRun(f"{where} is damaged.", hint=_AGAIN) from None
    if written > FORMAT:
        raise UnreadableRun(f"{where} has format {written}, this runcompare knows {FORMAT}.", hint="Update runcompare.")
    if not version.endswith(f"-{content_of(sums)}"):
        raise UnreadableRun(f"{where} is damaged: it is not that of its folder.", hint=_AGAIN)
    return dict(found)


def checked(place: Place, home: str, version: str, name: str, manifest: dict[str, Any]) -> bytes:
    """A file's content. Raises UnreadableRun if it is not what was written."""
    where = place.address(RUNS, home, version, name)
    try:
        body = place.read(RUNS, home, version, name)
    except OSError as error:
        raise UnreadableRun(f"{where} can't be read: {error.strerror}.", hint=_AGAIN) from None
    if sha256(body).hexdigest() != manifest["files"].get(name, {}).get("sha256"):
        raise UnreadableRun(f"{where} of run {manifest.get('id')} is damaged: its checksum is wrong.", hint=_AGAIN)
    return body


def read_version(place: Place, home: str, version: str) -> Run:
    """Raises UnreadableRun if any file is damaged."""
    manifest = manifest_of(place, home, version)
    run = decode_run(checked(place, home, version, RUN, manifest))
    if home_of(run.id) != home:
        raise UnreadableRun(f"{place.address(RUNS, home, version)} holds run {run.id}, which belongs elsewhere.")
    history, system = (decode_rows(checked(place, home, version, name, manifest)) for name in (HISTORY, SYSTEM))
    return replace(run, history=History(history), system=History(system))
