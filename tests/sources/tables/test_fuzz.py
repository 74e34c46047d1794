"""Damaged tables: what comes out was in the file, and nothing but our errors is raised.

`RUNCOMPARE_FUZZ=10000` tries that many of each kind.
"""

import gzip
import io
import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from runcompare.errors import RuncompareError
from runcompare.records.as_json import run_document
from runcompare.records.export import csv_bytes, parquet_bytes
from runcompare.records.run import Group, Run
from runcompare.sources.tables.source import TableFiles

MUTANTS = int(os.environ.get("RUNCOMPARE_FUZZ", "60"))
ROWS = [
    {
        "step": i,
        "loss": math.exp(-i / 7),
        "acc": math.sin(i) if i % 3 else None,
        "note": 'a,"b"\nc' if i % 11 == 0 else None,
        "big": 2**53 + i,
        "odd": math.nan if i % 5 == 0 else 1.5,
    }
    for i in range(60)
]
FRAME = pl.DataFrame(ROWS)


def parquet(**more: object) -> bytes:
    out = io.BytesIO()
    FRAME.write_parquet(out, **more)  # type: ignore[arg-type]
    return out.getvalue()


def zstd() -> bytes:
    out = io.BytesIO()
    FRAME.write_csv(out, compression="zstd", check_extension=False)
    return out.getvalue()


LONG = "step,metric,value\n" + "".join(f"{i},{key},{i * 0.3}\n" for i in range(40) for key in ("loss", "acc"))
RUNS = "run,seed,step,loss\n" + "".join(f"r{i % 3},{i % 3},{i // 3},{i * 0.3}\n" for i in range(60))
WHOLE: dict[str, bytes] = {
    "wide.csv": FRAME.write_csv().encode(),
    "wide.tsv": FRAME.write_csv(separator="\t").encode(),
    "long.csv": LONG.encode(),
    "runs.csv": RUNS.encode(),
    "rows.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in ROWS),
    "rows.json": json.dumps(ROWS).encode(),
    "rows.csv.gz": gzip.compress(FRAME.write_csv().encode()),
    "rows.csv.zst": zstd(),
    "packed.parquet": parquet(),
    "plain.parquet": parquet(compression="uncompressed", row_group_size=20),
}
ODD = (b"\xff\xff\xff\xff", b'"\n"\n', b",,,,", b"\r\n\r\n", b"\\ud8", b"NaN,", b"1e999", b"{[{[", b"\xef\xbb\xbf")


def flipped(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 3, 30))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def zeroed(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.randrange(1, 200))
    data[at:end] = bytes(end - at)


def deleted(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.randrange(1, 100)]


def inserted(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.choice((*ODD, rng.randbytes(rng.randrange(1, 60))))


def repeated(data: bytearray, rng: random.Random) -> None:
    at, of = rng.randrange(len(data)), rng.randrange(len(data))
    data[at:at] = data[of : of + rng.randrange(1, 400)]


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


MUTATIONS: list[Callable[[bytearray, random.Random], None]] = [flipped, zeroed, deleted, inserted, repeated, cut]


def read_all(path: Path) -> list[Run]:
    return [TableFiles().read(info.location) for info in list(TableFiles().scan_named(path))[:5]]


@pytest.mark.parametrize("name", WHOLE)
def test_any_damage_is_survived(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(name)
    path = tmp_path / name
    read, refused = 0, list[str]()
    for i in range(MUTANTS):
        data = bytearray(WHOLE[name])
        rng.choice(MUTATIONS)(data, rng)
        path.write_bytes(data)
        os.utime(path, ns=(i, i))  # readers may remember a file that has not changed
        try:
            for run in read_all(path):
                json.dumps(run_document(run), allow_nan=False).encode()
                csv_bytes(Group("a", "a", (run,)))
                parquet_bytes(Group("a", "a", (run,)))
                read += 1
        except RuncompareError as error:
            refused.append(str(error))
        assert path.read_bytes() == data
    assert read > MUTANTS // 10
    assert all(name in error for error in refused)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "runs.csv", "rows.csv.gz"])
def test_rows_of_a_file_that_was_cut_are_the_first_ones(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    path = tmp_path / name
    path.write_bytes(WHOLE[name])
    whole = {run.id: run_document(run)["history"] for run in read_all(path)}
    for i in range(MUTANTS):
        path.write_bytes(WHOLE[name][: rng.randrange(len(WHOLE[name]))])
        os.utime(path, ns=(i, i))
        try:
            found = read_all(path)
        except RuncompareError:
            continue
        for run in found:
            rows = run_document(run)["history"]
            stated = any("no line break" in warning for warning in run.warnings)
            kept = rows[:-1] if stated else rows  # of the very last, the last number may be cut
            assert kept == whole[run.id][: len(kept)]


@pytest.mark.parametrize("name", ["rows.jsonl", "long.csv", "runs.csv"])
def test_every_line_is_had_or_counted(tmp_path: Path, name: str) -> None:
    """Lines that are overwritten with zero bytes are lost, one each, and all the others are there."""
    rng = random.Random(name)
    lines = WHOLE[name].split(b"\n")[:-1]
    path = tmp_path / name
    for i in range(MUTANTS):
        gone = set(rng.sample(range(1, len(lines)), rng.randrange(1, 8)))
        path.write_bytes(b"".join((bytes(len(x)) if n in gone else x) + b"\n" for n, x in enumerate(lines)))
        os.utime(path, ns=(i, i))
        runs = read_all(path)
        assert {run.lost.records for run in runs} == {len(gone)}
        assert {run.lost.bytes for run in runs} == {sum(len(lines[n]) for n in gone)}
        values = sum(
            run.history.frame[key].count() for run in runs for key in ("loss", "acc") if key in run.history.keys
        )
        whole = [n for n in range(len(lines)) if n not in gone]
        assert values == sum(counted(lines[n], name) for n in whole)


def counted(line: bytes, name: str) -> int:
    """Values of loss and acc in a line."""
    if name == "rows.jsonl":
        return sum(json.loads(line)[key] is not None for key in ("loss", "acc"))
    return int(not line.startswith((b"step", b"run")))
