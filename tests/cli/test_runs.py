"""`runcompare runs`: the listing on stdout, everything else on stderr, exit codes."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from commands import call

from runcompare import Recorder

ODD_NAME = "[red]x[/red]\x1b[2J\x07\nnext"


def test_the_table(folder: Path, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "runs", "--runs", folder)
    assert (code, err) == (0, "")
    head, first, second = out.decode().splitlines()
    assert head.split() == ["id", "name", "group", "seed", "state", "started", "source", "location"]
    assert first.split()[:5] == ["run00000", "run00000", "base", "0", "finished"]
    assert second.endswith(str(folder / "r1" / "record.jsonl"))


def test_csv_and_json(folder: Path, capsysbinary) -> None:
    _, out, _ = call(capsysbinary, "runs", "--runs", folder, "--format", "csv")
    assert [row["seed"] for row in csv.DictReader(io.StringIO(out.decode()))] == ["0", "1"]
    _, out, _ = call(capsysbinary, "runs", "--runs", folder, "--format", "json")
    assert [run["id"] for run in json.loads(out)] == ["run00000", "run00001"]


def test_no_runs(tmp_path: Path, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "runs", "--runs", tmp_path)
    assert (code, out) == (3, b"")
    assert str(tmp_path) in err
    assert "runcompare runs FOLDER" in err


def test_names_do_not_reach_the_terminal_raw(tmp_path: Path, capsysbinary) -> None:
    with Recorder(tmp_path / "a", id="aaaaaaaa", name=ODD_NAME, config={"lr": 1}):
        pass
    with Recorder(tmp_path / "b", id="bbbbbbbb", name=ODD_NAME, config={"lr": 2}):
        pass
    _, out, _ = call(capsysbinary, "runs", "--runs", tmp_path)
    assert len(out.splitlines()) == 3
    assert b"[red]x[/red]" in out
    code, _, err = call(capsysbinary, "export", ODD_NAME, "--runs", tmp_path)
    assert code == 2
    assert "not replicates" in err
    for text in (out.decode(), err):
        assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    command: list[Any] = [sys.executable, "-m", "runcompare", "runs", "--runs", folder]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.wait()
