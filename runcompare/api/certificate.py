"""A comparison that can be decided again from one file."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.inputs.groups import Folders, Reference
from runcompare.inputs.request import request_of
from runcompare.inputs.sides import gathered

if TYPE_CHECKING:
    from runcompare.certificates.certify import Certificate
    from runcompare.certificates.verify import Verification

__all__ = ["certify", "verify_report"]


def certify(
    candidate: Reference,
    baseline: Reference,
    *,
    output: str | Path | None = None,
    runs: Folders = None,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    **options: Any,
) -> "Certificate":
    """A certificate of candidate against baseline: all that decided, so that `verify_report` decides it again.

    Args:
        candidate, baseline: Runs as `load` takes them.
        output: A .zip file, which may be there, or else a folder, which may not.
        runs, noise_from, replicate_key: Those of `compare`.
        options: The others of `compare`, but for `keep`, `looks`, `looked` and `tried`.

    Returns:
        Its files, its digest, and the comparison.

    Raises:
        DataError: If the file or folder can't be written, or the folder is not empty.
        UsageError: While secrets are shown, and as `compare`.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.certificates.certify import certify as certified
    from runcompare.certificates.certify import write_certificate

    request = request_of(runs=runs, noise_from=noise_from, **options)
    found = gathered((candidate, baseline), request, runs=runs, noise_from=noise_from, replicate_key=replicate_key)
    new, old = found.groups
    made = certified(new, old, found.request, at=time.time())
    if output is not None:
        write_certificate(made, Path(output))
    return made


def verify_report(bundle: str | Path, *, digest: str | None = None) -> "Verification":
    """Is a certificate as it was written, and do its runs decide what it says? Nothing but the certificate is read.

    Args:
        bundle: The zip file or the folder.
        digest: The digest that the certificate must have.

    Raises:
        DataError: If there is no certificate there, or it can't be read.
    """
    from runcompare.certificates.verify import verify

    return verify(Path(bundle), digest=digest)
