"""What a certificate holds as data: the request, the groups by their runs, and the digest of what was read of a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl

from runcompare.comparison.request import Request
from runcompare.errors import DataError
from runcompare.metrics.min_effect import parse_min_effect
from runcompare.metrics.override import Override
from runcompare.metrics.value import parse_rule
from runcompare.records.history import History
from runcompare.records.run import Group, Grouping, Run, Searched
from runcompare.store.codec import HISTORY, RUN, SYSTEM, decode_rows, decode_run, encode_rows, encode_run, marked

__all__ = [
    "decode_group",
    "decode_request",
    "encode_group",
    "encode_request",
    "run_digest",
    "run_files",
    "run_of_files",
]

_PLAIN = ("metric", "alpha", "gpu_price", "cpu_price", "noise_cv", "noise_library", "pair_by", "force")


def encode_request(request: Request) -> dict[str, Any]:
    """The request as JSON data; the groups of its history stand elsewhere."""
    return {
        **{name: getattr(request, name) for name in _PLAIN},
        "primary": asdict(request.primary),
        "overrides": {key: asdict(over) for key, over in request.overrides.items()},
        "value": str(request.value),
        "min_effect": None if request.min_effect is None else str(request.min_effect),
        "prices": dict(request.prices),
        "guardrails": {key: None if margin is None else str(margin) for key, margin in request.guardrails.items()},
        "ignore": list(request.ignore),
        "asked": json.loads(json.dumps(marked(request.asked))),
    }


def decode_request(stored: Mapping[str, Any], history: Sequence[Group]) -> Request:
    """The request of `encode_request`. Raises DataError for data that is none."""
    try:
        margins = {key: None if m is None else parse_min_effect(m) for key, m in stored["guardrails"].items()}
        return Request(
            **{name: stored[name] for name in _PLAIN},
            primary=Override(**stored["primary"]),
            overrides={key: Override(**over) for key, over in stored["overrides"].items()},
            value=parse_rule(stored["value"]),
            min_effect=None if stored["min_effect"] is None else parse_min_effect(stored["min_effect"]),
            prices=stored["prices"],
            history=tuple(history),
            guardrails=margins,
            ignore=tuple(stored["ignore"]),
            asked=_as_given(stored["asked"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"The certificate's options can't be read: {error}.") from None


def _as_given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(given) if isinstance(given, list) else given for name, given in asked.items()}


def encode_group(group: Group, places: Mapping[str, str]) -> dict[str, Any]:
    """A group as JSON data, its runs by their folders in the bundle."""
    return {
        "label": group.label,
        "reference": group.reference,
        "notes": list(group.notes),
        "grouping": str(group.grouping),
        "searched": [asdict(one) for one in group.searched],
        "runs": [places[run_digest(run)] for run in group.runs],
    }


def decode_group(stored: Mapping[str, Any], runs: Mapping[str, Run]) -> Group:
    """The group of `encode_group`. Raises DataError for data that is none."""
    try:
        return Group(
            label=stored["label"],
            reference=stored["reference"],
            runs=tuple(runs[place] for place in stored["runs"]),
            notes=tuple(stored["notes"]),
            grouping=Grouping(stored["grouping"]),
            searched=tuple(Searched(**one) for one in stored["searched"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"A group of the certificate can't be read: {error}.") from None


def run_files(run: Run) -> dict[str, bytes]:
    """The files of a run, as the store writes them."""
    return {RUN: encode_run(run), HISTORY: encode_rows(run.history), SYSTEM: encode_rows(run.system)}


def run_of_files(files: Mapping[str, bytes]) -> Run:
    """The run of `run_files`. Raises UnreadableRun for what is none, DataError for one that is missing."""
    if missing := {RUN, HISTORY, SYSTEM} - files.keys():
        raise DataError(f"A run of the certificate lacks {', '.join(sorted(missing))}.")
    history, system = (History(decode_rows(files[name])) for name in (HISTORY, SYSTEM))
    return replace(decode_run(files[RUN]), history=history, system=system)


def run_digest(run: Run) -> str:
    """SHA-256 of what was read of a run: its fields as JSON with sorted keys, then each column by name, with its type,
    where it has no value, and its values: numbers as 64-bit little endian, the rest as JSON."""
    found = sha256(json.dumps(json.loads(encode_run(run)), sort_keys=True, separators=(",", ":")).encode())
    for part in (run.history.frame, run.system.frame):
        for name in sorted(part.columns):
            column = part[name]
            found.update(f"\n{json.dumps(name)} {column.dtype} {len(column)}\n".encode())
            found.update(np.packbits(column.is_null().to_numpy()).tobytes())
            found.update(_values(column))
    return found.hexdigest()


def _values(column: pl.Series) -> bytes:
    if column.dtype.is_float():
        return column.cast(pl.Float64).fill_null(0.0).to_numpy().astype("<f8").tobytes()
    if column.dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32):
        return column.cast(pl.Int64).fill_null(0).to_numpy().astype("<i8").tobytes()
    return json.dumps([marked(value) for value in column.to_list()], default=str).encode()
