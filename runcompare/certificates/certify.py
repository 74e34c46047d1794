"""Make a certificate: the runs, the options and the decision of a comparison, and what made them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from runcompare.certificates.bundle import packed, with_manifest
from runcompare.certificates.contents import encode_group, encode_request, run_digest, run_files
from runcompare.certificates.verify import decided_again, decision_of, differences
from runcompare.certificates.versions import versions
from runcompare.comparison.build import build
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.request import Request
from runcompare.errors import DataError, UsageError
from runcompare.records.as_json import builtin, json_text
from runcompare.records.atomic import write_all_whole, write_whole
from runcompare.records.redact import are_secrets_shown
from runcompare.records.run import Group, Run
from runcompare.sources.kit.assemble import without_secrets

__all__ = ["SCHEMA", "Certificate", "certify", "write_certificate"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's files, with the manifest, its digest, and the comparison that it certifies."""

    files: Mapping[str, bytes]
    digest: str
    comparison: Comparison


def certify(candidate: Group, baseline: Group, request: Request, *, at: float) -> Certificate:
    """A certificate of candidate against baseline, decided again from its own bytes before it is handed over.

    Ablations beside the runs and looks of a ledger are left out: what is certified is decided by the runs alone.

    Args:
        candidate, baseline: The sides.
        request: How they are compared; the groups of its history go into the certificate.
        at: Unix seconds, as they are to stand in it.

    Raises:
        UsageError: While secrets are shown, and as `build`.
        DataError: If the comparison can't be decided again from what would be written.
    """
    if are_secrets_shown():
        raise UsageError("A certificate holds no secrets, and they are shown here.", hint="Leave one of the two out.")
    sides = [_safe(group) for group in (candidate, baseline, *request.history)]
    request = replace(request, history=tuple(sides[2:]), ablations=(), looks=None, look=None, tried=None)
    comparison = build(sides[0], sides[1], request)
    runs = {run_digest(run): run for group in sides for run in group.runs}
    places = {digest: f"runs/{number:05d}" for number, digest in enumerate(runs, start=1)}
    files = {f"{places[digest]}/{name}": body for digest, run in runs.items() for name, body in run_files(run).items()}
    document: dict[str, Any] = {
        "kind": "runcompare certificate",
        "schema": SCHEMA,
        "made": {"at": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}", **versions()},
        "decision": decision_of(comparison),
        "request": encode_request(request),
        "candidate": encode_group(sides[0], places),
        "baseline": encode_group(sides[1], places),
        "history": [encode_group(group, places) for group in sides[2:]],
        "runs": [_listed(runs[digest], digest, place) for digest, place in places.items()],
    }
    files["certificate.json"] = json_text(document).encode()
    files["comparison.json"] = json_text(msgspec.to_builtins(comparison, enc_hook=builtin)).encode()
    whole = with_manifest(files)
    again = decided_again(whole)
    if found := differences(json.loads(files["comparison.json"]), again):
        raise DataError(f"This comparison can't be decided again from its runs: {found[0]} differs.")
    return Certificate(whole, whole["MANIFEST"].decode().splitlines()[-1].split()[0], comparison)


def write_certificate(certificate: Certificate, output: Path) -> None:
    """Write it as a zip file where `output` ends in .zip, else as a new folder: whole, or not at all.

    Raises DataError if it can't be written, or if the folder holds anything.
    """
    try:
        if output.suffix.lower() == ".zip":
            write_whole(output, packed(certificate.files))
        elif output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise DataError(f"{output} is there, and not empty.", hint="Name a new folder, or a .zip file.")
        else:
            write_all_whole({output / name: body for name, body in certificate.files.items()})
    except OSError as error:
        said = f"Can't write {error.filename or output}: {error.strerror}."
        raise DataError(said, hint="Choose another file or folder.") from None


def _safe(group: Group) -> Group:
    """The group without secrets, also where its runs were made in memory."""
    runs = tuple(without_secrets(run) for run in group.runs)
    return replace(group, runs=tuple(replace(run, info=run.info.shown()) for run in runs))


def _listed(run: Run, digest: str, place: str) -> dict[str, Any]:
    return {"id": run.id, "source": run.info.source, "location": run.info.location, "digest": digest, "files": place}
