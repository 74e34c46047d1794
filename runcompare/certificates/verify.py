"""Verify a certificate: is every byte as it was written, and do its runs decide as it says?"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from runcompare.certificates.bundle import Change, read_bundle
from runcompare.certificates.contents import decode_group, decode_request, run_digest, run_of_files
from runcompare.certificates.versions import versions
from runcompare.comparison.build import build
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row, main_cost
from runcompare.errors import DataError
from runcompare.records.as_json import builtin, plain
from runcompare.version import __version__

__all__ = ["Verification", "decided_again", "decision_of", "differences", "verify"]

NEAR = 1e-9  # relative: numbers of two machines may differ in their last digits
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of a certificate.

    `changes` are files that are not as they were written; with any of them nothing was decided again. `decision` is
    what the certificate says, `again` what its runs decide here. `apart` are parts of the decision that differ and
    `drift` other figures that do, or versions: those make it no failure where another runcompare made it.
    """

    digest: str
    changes: tuple[Change, ...] = ()
    decision: Mapping[str, Any] | None = None
    again: Mapping[str, Any] | None = None
    apart: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no byte is changed and the decision is the same."""
        return not self.changes and not self.apart


def verify(path: Path, *, digest: str | None = None) -> Verification:
    """Check a certificate, and decide it again from what it holds alone.

    Args:
        path: The zip file or the folder.
        digest: The digest that it must have, as it was told when it was made.

    Raises:
        DataError: If there is no certificate there, or it can't be read.
    """
    bundle = read_bundle(path)
    changes = list(bundle.changes)
    if digest is not None and not changes and bundle.digest != digest.strip().lower():
        changes.append(Change("MANIFEST", f"this is another certificate: its digest is {bundle.digest}"))
    if changes:
        return Verification(bundle.digest, tuple(changes))
    try:
        stored = json.loads(bundle.files["certificate.json"])
        before = json.loads(bundle.files["comparison.json"])
        decision, made = stored["decision"], stored["made"]
        wrong = _wrong_digests(stored["runs"], bundle.files)
        comparison = _rebuilt(stored, bundle.files)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} is no certificate that this runcompare reads: {error!r}.") from None
    if wrong:
        return Verification(bundle.digest, wrong, decision)
    again = json.loads(json.dumps(plain(decision_of(comparison))))
    apart = tuple(differences(decision, again))
    same_code = made.get("runcompare") == __version__
    others = differences(before, plain(msgspec.to_builtins(comparison, enc_hook=builtin)))
    if same_code and not apart:
        apart = tuple(others)
    return Verification(bundle.digest, (), decision, again, apart, (*_drifted(made), *_shown(others, same_code)))


def _wrong_digests(listed: Any, files: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Runs whose data are not those that the certificate names."""
    found = []
    for one in listed:
        if run_digest(run_of_files(_files_of(files, one["files"]))) != one["digest"]:
            found.append(Change(one["files"], f"the data of {one['id']} are not those that were certified"))
    return tuple(found)


def decided_again(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The comparison that the files of a certificate decide, as JSON data."""
    stored = json.loads(files["certificate.json"])
    return json.loads(json.dumps(plain(msgspec.to_builtins(_rebuilt(stored, files), enc_hook=builtin))))  # type: ignore[no-any-return]


def _rebuilt(stored: Mapping[str, Any], files: Mapping[str, bytes]) -> Comparison:
    runs = {one["files"]: run_of_files(_files_of(files, one["files"])) for one in stored["runs"]}
    history = [decode_group(group, runs) for group in stored["history"]]
    sides = [decode_group(stored[name], runs) for name in ("candidate", "baseline")]
    return build(sides[0], sides[1], decode_request(stored["request"], history))


def _files_of(files: Mapping[str, bytes], place: str) -> dict[str, bytes]:
    return {name.removeprefix(f"{place}/"): body for name, body in files.items() if name.startswith(f"{place}/")}


def decision_of(c: Comparison) -> dict[str, Any]:
    """What a comparison decides: the words, and the figures behind them."""
    cost = main_cost(c.cost)
    test = c.quality.test
    return {
        "candidate": c.candidate.label,
        "baseline": c.baseline.label,
        "metric": c.quality.metric.key,
        "direction": c.quality.metric.direction,
        "scale": c.quality.metric.scale,
        "verdict": c.verdict,
        "worth": c.worth,
        "effect": None if test is None else test.effect,
        "low": None if test is None else test.low,
        "high": None if test is None else test.high,
        "p_value": None if test is None else test.p_value,
        "method": "" if test is None else test.method,
        "alpha": c.options.alpha,
        "incomparable": [note.text for note in c.incomparable],
        "guardrails": [_guard(row) for row in c.metrics if row.role == "guardrail"],
        "cost": None if cost is None else {"of": cost.metric.key, "ratio": cost.ratio, "low": cost.ratio_low},
    }


def _guard(row: Row) -> dict[str, Any]:
    word = row.guard.word if row.guard is not None else str(row.assessment)
    return {"metric": row.metric.key, "word": word, "margin": row.guard.margin if row.guard is not None else None}


def differences(stored: Any, found: Any, where: str = "") -> list[str]:
    """Where two JSON documents differ, numbers beyond their last digits; `version` is told elsewhere."""
    return list(_differences(stored, found, where))


def _differences(stored: Any, found: Any, where: str) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(found, dict):
        for key in [*stored, *(k for k in found if k not in stored)]:
            if where == "" and key == "version":
                continue
            if key not in stored or key not in found:
                yield f"{where}.{key}".lstrip(".")
            else:
                yield from _differences(stored[key], found[key], f"{where}.{key}")
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        for i, (one, other) in enumerate(zip(stored, found, strict=True)):
            yield from _differences(one, other, f"{where}[{i}]")
    elif _is_number(stored) and _is_number(found):
        if not math.isclose(stored, found, rel_tol=NEAR, abs_tol=1e-12):
            yield where.lstrip(".")
    elif stored != found:
        yield where.lstrip(".")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _drifted(made: Mapping[str, Any]) -> Iterator[str]:
    """Versions that are not those that made the certificate."""
    here = versions()
    for name, then in made.items():
        if name in here and here[name] != then:
            yield f"made with {name} {then}, verified with {here[name]}"


def _shown(others: list[str], same_code: bool) -> Iterator[str]:
    if others and not same_code:
        more = f" and {len(others) - MOST_SHOWN} more" if len(others) > MOST_SHOWN else ""
        yield f"figures outside of the decision differ: {', '.join(others[:MOST_SHOWN])}{more}"
