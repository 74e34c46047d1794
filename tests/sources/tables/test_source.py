"""CSV, JSON lines, JSON and Parquet files as runs."""

import gzip
import io
import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from table_files import logged, one

from runcompare.errors import RunNotFound, UnreadableRun
from runcompare.records.as_json import rows_of
from runcompare.records.run import Lost
from runcompare.references.resolve import resolve

ROWS: list[dict[str, Any]] = [
    {"step": 0, "loss": 1.0, "eval/acc": None, "note": 'start, then "go"', "id": 2**53 + 1},
    {"step": 5, "loss": float("nan"), "eval/acc": 0.1, "note": None, "id": 2**62 + 3},
    {"step": 10, "loss": float("inf"), "eval/acc": None, "note": "naïve 😀", "id": -(2**63)},
    {"step": 15, "loss": -0.1, "eval/acc": 1 / 3, "note": "ü", "id": 0},
]


def worded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def word(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return value

    return [{k: word(v) for k, v in row.items() if v is not None} for row in rows]


def packed(kind: str) -> bytes:
    frame = pl.DataFrame(ROWS)
    out = io.BytesIO()
    if kind.endswith(".zst"):
        frame.write_csv(out, compression="zstd", check_extension=False)
        return out.getvalue()
    if kind == "parquet":
        frame.write_parquet(out)
        return out.getvalue()
    lines = [json.dumps({k: v for k, v in row.items() if v is not None}) for row in ROWS]
    columns = {key: [row[key] for row in ROWS] for key in ROWS[0]}
    separator = {"tsv": "\t", "semicolon.csv": ";"}.get(kind, ",")
    texts = {
        "jsonl": "\n".join(lines),
        "ndjson.gz": "\r\n".join([*lines, ""]),
        "json": json.dumps(ROWS, indent=1),
        "columns.json": json.dumps(columns),
        "nested.json": json.dumps({"name": "x", "history": ROWS}),
    }
    text = texts.get(kind) or frame.write_csv(separator=separator)
    if kind == "crlf.csv":
        text = "\ufeff" + text.replace("\n", "\r\n")
    data = text.encode("utf-16" if kind == "utf16.csv" else "utf-8")
    return gzip.compress(data) if kind.endswith(".gz") else data


KINDS = ["csv", "tsv", "semicolon.csv", "crlf.csv", "utf16.csv", "csv.gz", "csv.zst", "jsonl", "ndjson.gz", "json"]


KINDS += ["columns.json", "nested.json", "parquet"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_every_value(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"try1.{kind}"
    path.write_bytes(packed(kind))
    run = one(path)
    assert logged(run) == worded(ROWS)
    assert run.history.frame["_step"].to_list() == [0, 5, 10, 15]
    assert run.summary == {"step": 15, "loss": -0.1, "eval/acc": 1 / 3, "note": "ü", "id": 0}
    assert (run.lost, run.warnings) == (Lost(), ())
    assert path.read_bytes() == packed(kind)


@pytest.mark.parametrize("format_", ["csv", "parquet", "jsonl"])
def test_our_own_exports_read_back(tmp_path: Path, format_: str) -> None:
    from runcompare.cli.export import _EXPORTS
    from runcompare.records.run import Group

    (tmp_path / "a.jsonl").write_text('{"_step":1,"x":1.5,"l":[1,{"a":null}],"t":"w"}\n{"_step":2,"x":"odd","t":"v"}\n')
    run = one(tmp_path / "a.jsonl")
    (tmp_path / f"again.{format_}").write_bytes(_EXPORTS[format_](Group("a", "a", (run,))))
    again = one(tmp_path / f"again.{format_}")
    assert list(rows_of(again.history)) == list(rows_of(run.history))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.csv", b"\0" * 5000),
        ("a.csv", b"1,2\n3,4\n"),
        ("a.csv", b"step,loss\n"),
        ("a.jsonl", b"nothing\nhere\n"),
        ("a.json", b"[1, 2, 3]"),
        ("a.parquet", b"PAR1" + b"\0" * 100),
        ("a.parquet", b"\x89PNG\r\n"),
        ("a.csv.gz", b"\x1f\x8b" + b"\0" * 100),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 100),
    ],
)
def test_a_foreign_file_is_an_error_of_ours(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises((UnreadableRun, RunNotFound), match=name):
        resolve(str(path), roots=[])
