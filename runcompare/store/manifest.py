"""Is a version as it was written? Its manifest has the checksum of each file and its own, its name that of them all.

A manifest from before it had a checksum of its own is known by its fields, and its id by its folder.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.history import History
from runcompare.records.run import Run
from runcompare.store.codec import HISTORY, RUN, SYSTEM, decode_rows, decode_run
from runcompare.store.place import MANIFEST, RUNS, Place

__all__ = [
    "FORMAT",
    "FORMAT_TEXT",
    "check_files",
    "checked",
    "content_of",
    "encode_manifest",
    "home_of",
    "manifest_of",
    "read_version",
]

FORMAT = 1
FORMAT_TEXT = json.dumps({"format": FORMAT}).encode()
_SUM = "sum"
_UNSIGNED = frozenset({"format", "id", "put_at", "fingerprint", "page_checksums", "files"})
_AGAIN = "Read the run again from its source: runcompare pull"


def home_of(run_id: str) -> str:
    """The folder of a run's versions, below `runs`: no id can name a place outside."""
    return sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def content_of(sums: Mapping[str, str]) -> str:
    """One name for what files hold, from the SHA-256 of each."""
    return sha256("".join(sums[name] for name in sorted(sums)).encode()).hexdigest()[:32]


def encode_manifest(fields: Mapping[str, Any]) -> bytes:
    """A manifest's JSON with the checksum of all its fields."""
    return json.dumps({**fields, _SUM: sha256(_text(fields)).hexdigest()}, indent=1).encode()


def _text(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, indent=1).encode()


def manifest_of(place: Place, home: str, version: str) -> dict[str, Any]:
    """A version's manifest: `format`, `id`, `put_at`, `fingerprint`, and `files` with size and SHA-256 of each.

    Raises UnreadableRun if it is not as it was written, or if a newer runcompare wrote it.
    """
    where = place.address(RUNS, home, version, MANIFEST)
    try:
        body = place.read(RUNS, home, version, MANIFEST)
        found = json.loads(body)
        sums = {str(name): str(file["sha256"]) for name, file in found["files"].items()}
        written, whole = int(found["format"]), _is_whole(found, body, home)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableRun(f"{where} is damaged.", hint=_AGAIN) from None
    if written > FORMAT and whole:
        raise UnreadableRun(f"{where} has format {written}, this runcompare knows {FORMAT}.", hint="Update runcompare.")
    if not whole or not version.endswith(f"-{content_of(sums)}"):
        raise UnreadableRun(f"{where} is damaged: it is not that of its folder.", hint=_AGAIN)
    return dict(found)


def _is_whole(found: Mapping[str, Any], body: bytes, home: str) -> bool:
    """Whether a manifest is as it was written, to the last sign."""
    if _SUM in found:
        return encode_manifest({key: value for key, value in found.items() if key != _SUM}) == body
    return _UNSIGNED.issuperset(found) and home_of(str(found["id"])) == home


def checked(place: Place, home: str, version: str, name: str, *, manifest: Mapping[str, Any]) -> bytes:
    """The content of a version's file. Raises UnreadableRun if its checksum is not that of `manifest`."""
    where = place.address(RUNS, home, version, name)
    try:
        body = place.read(RUNS, home, version, name)
    except OSError as error:
        raise UnreadableRun(f"{where} can't be read: {error.strerror}.", hint=_AGAIN) from None
    if sha256(body).hexdigest() != manifest["files"].get(name, {}).get("sha256"):
        raise UnreadableRun(f"{where} of run {manifest.get('id')} is damaged: its checksum is wrong.", hint=_AGAIN)
    return body


def check_files(place: Place, home: str, version: str) -> None:
    """Raises UnreadableRun unless all files of a version are as they were written."""
    manifest = manifest_of(place, home, version)
    for name in manifest["files"]:
        checked(place, home, version, name, manifest=manifest)


def read_version(place: Place, home: str, version: str) -> Run:
    """A run, its files checked. Raises UnreadableRun if any of them is damaged."""
    manifest = manifest_of(place, home, version)
    run = decode_run(checked(place, home, version, RUN, manifest=manifest))
    if home_of(run.id) != home:
        raise UnreadableRun(f"{place.address(RUNS, home, version)} holds run {run.id}, which belongs elsewhere.")
    history, system = (
        History(decode_rows(checked(place, home, version, name, manifest=manifest))) for name in (HISTORY, SYSTEM)
    )
    return replace(run, history=replace(run.history, frame=history.frame), system=system)
