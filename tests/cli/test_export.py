"""`runcompare export`: the document on stdout or in a file, everything else on stderr, exit codes."""

import csv
import io
import json
import os
import random
from pathlib import Path

import polars as pl
import pytest
from commands import call

NOISE = random.Random(0).randbytes(9_000)


def damage(folder: Path) -> None:
    path = folder / "r0" / "record.jsonl"
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.6"))


def test_export_json(folder: Path, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "export", "run00000", "--runs", folder)
    document = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no strict JSON"))
    assert (code, err) == (0, "")
    assert list(document) == ["run", "history", "system", "lost", "warnings"]
    first, second = document["history"]
    assert {k: v for k, v in first.items() if not k.startswith("_")} == {"loss": 0.5, "bad": "NaN"}
    assert {k: v for k, v in second.items() if not k.startswith("_")} == {
        "loss": "-Infinity",
        "n": 2**60 + 1,
        "word": "NaN",
    }


def test_export_of_a_group(folder: Path, capsysbinary) -> None:
    _, out, _ = call(capsysbinary, "export", "base", "--runs", folder)
    assert [d["run"]["id"] for d in json.loads(out)["runs"]] == ["run00000", "run00001"]
    _, out, _ = call(capsysbinary, "export", "base", "--runs", folder, "--format", "jsonl")
    assert [json.loads(line)["_run"] for line in out.splitlines()] == ["run00000"] * 2 + ["run00001"] * 2
    _, out, _ = call(capsysbinary, "export", "base", "--runs", folder, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out.decode())))
    assert [(r["_run"], r["loss"], r["n"]) for r in rows[:2]] == [
        ("run00000", "0.5", ""),
        ("run00000", "-Infinity", str(2**60 + 1)),
    ]
    _, out, _ = call(capsysbinary, "export", "base", "--runs", folder, "--format", "parquet")
    assert pl.read_parquet(io.BytesIO(out))["n"].to_list() == [None, 2**60 + 1] * 2


def test_export_to_a_file(folder: Path, capsysbinary) -> None:
    target = folder / "out.json"
    code, out, err = call(capsysbinary, "export", folder / "r0", "-o", target)
    assert (code, out) == (0, b"")
    assert "wrote" in err
    assert json.loads(target.read_text())["run"]["id"] == "run00000"
    code, _, err = call(capsysbinary, "export", folder / "r0", "-o", folder / "no" / "such" / "out.json")
    assert code == 3
    assert "Can't write" in err


def test_partly_readable(folder: Path, capsysbinary) -> None:
    damage(folder)
    code, out, err = call(capsysbinary, "export", "run00000", "--runs", folder)
    assert code == 0
    assert json.loads(out)["lost"]["records"] == 1
    assert "damaged" in err
    target = folder / "out.json"
    code, out, err = call(capsysbinary, "export", "run00000", "--runs", folder, "--strict", "-o", target)
    assert (code, out) == (3, b"")
    assert not target.exists()


def test_strict_is_content_with_a_whole_run(folder: Path, capsysbinary) -> None:
    assert call(capsysbinary, "export", "run00001", "--runs", folder, "--strict")[0] == 0


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("x.wandb", b"", 3),
        ("x.wandb", NOISE, 3),
        ("record.jsonl", b"\xff", 3),
        ("x.txt", b"x", 3),
        ("x.yaml", b"runcompare: 1\n", 2),
        ("x.yaml", b"runcompare: 1\n\xff", 2),
    ],
    ids=["empty", "noise", "record", "text", "no id", "no text"],
)
def test_bad_files(tmp_path: Path, capsysbinary, name: str, body: bytes, code: int) -> None:
    (tmp_path / name).write_bytes(body)
    got, out, err = call(capsysbinary, "export", tmp_path / name)
    assert (got, out) == (code, b"")
    assert str(tmp_path / name) in err


def test_a_pipe_does_not_hang(tmp_path: Path, capsysbinary) -> None:
    os.mkfifo(tmp_path / "x.wandb")
    assert call(capsysbinary, "export", tmp_path / "x.wandb")[0] == 3


def test_unknown_runs_and_formats(folder: Path, capsysbinary) -> None:
    code, _, err = call(capsysbinary, "export", "run0000", "--runs", folder)
    assert code == 2
    assert "begins the ids of 2 runs" in err
    code, _, err = call(capsysbinary, "export", "nothing", "--runs", folder)
    assert code == 3
    assert "Looked in" in err
    assert call(capsysbinary, "export", "base", "--format", "xml")[0] == 2
