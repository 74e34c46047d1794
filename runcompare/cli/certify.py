"""`runcompare certify` and `runcompare verify-report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runcompare.cli.completion import reference_argument
from runcompare.cli.options import decision_options, format_option, metric_options, runs_option
from runcompare.cli.outputs import OutputFile
from runcompare.cli.printing import as_json, emit, for_terminal, message
from runcompare.cli.reading import reading_shown
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.certificates.verify import Verification

__all__ = ["certify", "verify_report"]


@click.command()
@reference_argument("candidate")
@reference_argument("baseline")
@click.option(
    "-o",
    "--output",
    type=OutputFile(or_folder=True),
    default=Path("certificate.zip"),
    show_default=True,
    help="A .zip file, or a new folder.",
)
@metric_options
@decision_options
@runs_option
def certify(candidate: str, baseline: str, output: Path, **options: Any) -> None:
    """Write a certificate of CANDIDATE against BASELINE: the runs, their digests, versions, options and the verdict.

    Everything that decided is in it, without secrets, so that `verify-report` decides it again anywhere, and sees every
    changed byte. The certificate's digest goes to stdout: keep it elsewhere, for who can change the file can make
    another one. Runs stand in it whole, with their settings and the paths that they were read from.

    \b
    Examples:
      runcompare certify hjnqclgk baseline32 -o certificate.zip
      runcompare certify v3 baseline32 --metric eval/nrmse --alpha 1% -o certificate.zip
    """
    from runcompare import api

    with reading_shown():
        made = api.certify(candidate, baseline, output=output, **options)
    message(f"wrote {output}: {made.comparison.verdict}, {len(made.files)} files")
    emit(f"{made.digest}\n")


@click.command("verify-report")
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--digest", metavar="HEX", help="The digest that the certificate must have.")
@format_option("text", "json")
def verify_report(bundle: Path, digest: str | None, format_: str) -> int:
    """Is the certificate BUNDLE as it was written, and do its runs decide what it says? Nothing else is read.

    Exit codes: 0 it holds; 1 a byte was changed, or the runs decide otherwise; 3 it is no certificate.

    \b
    Examples:
      runcompare verify-report certificate.zip
    """
    from runcompare import api

    found = api.verify_report(bundle, digest=digest)
    emit(as_json({**_plain(found), "holds": found.holds}) if format_ == "json" else for_terminal(_text(found)))
    return 0 if found.holds else 1


def _plain(found: "Verification") -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}


def _text(found: "Verification") -> str:
    """The outcome in a line, then what is wrong, then what is only told."""
    decision = found.decision or {}
    said = f"{clean(decision.get('candidate'))} against {clean(decision.get('baseline'))}: {decision.get('verdict')}"
    if found.changes:
        lines = [f"{clean(change.file)}: {clean(change.what)}" for change in found.changes]
        return "\n".join(["The certificate does not hold: it is not as it was written.", *_indented(lines)])
    if found.apart:
        again = (found.again or {}).get("verdict")
        lines = [f"{clean(where)} differs" for where in found.apart]
        head = f"The certificate does not hold: its runs decide otherwise ({said}; here: {again})."
        return "\n".join([head, *_indented([*lines, *found.drift])])
    head = f"The certificate holds: {said}, decided again from its own runs."
    return "\n".join([head, *_indented([f"digest {found.digest}", *map(clean, found.drift)])])


def _indented(lines: list[str]) -> list[str]:
    return [*(f"  {line}" for line in lines), ""]
