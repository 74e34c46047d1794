"""The durable record, read back: whole, damaged, resumed, killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import wblog
from recorded_runs import read, record

from runcompare import Recorder
from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.run import Hardware, Lost


def test_everything_comes_back(tmp_path: Path) -> None:
    hardware = {"accelerator": "H100", "accelerator_count": 2, "cpu": "c", "cpu_count": 4, "world_size": 2}
    run = read(record(tmp_path, hardware=hardware, git={"commit": "abc"}))
    assert (run.name, run.info.group, run.info.project, run.info.tags, run.seed) == ("one", "g", "p", ("a",), 3)
    assert run.info.state == "finished"
    assert run.config == {"seed": 3, "lr": 0.1}
    assert run.history.frame.columns == ["_step", "_timestamp", "loss", "epoch"]
    assert run.history.frame["loss"].to_list() == [1 / i for i in range(1, 6)]
    assert run.history.frame["epoch"].to_list() == [0, 1, 2, 3, 4]
    assert repr(run.summary) == "{'eval/nrmse': nan, 'word': 'x'}"
    assert run.samples == {"eval/nrmse": (0.1, float("inf"))}
    assert run.sample_keys == {}
    assert run.hardware == Hardware("H100", 2, "c", 4, 2)
    assert run.metadata == {"git_commit": "abc"}
    (span,) = run.stages
    assert span.name == "operator"
    assert span.ended_at is not None
    assert span.ended_at >= span.started_at
    assert run.lost == Lost()
    assert run.warnings == ()


def test_what_samples_are_called_comes_back(tmp_path: Path) -> None:
    with Recorder(tmp_path, name="one") as recorder:
        recorder.samples("eval/error", [0.2, 0.1], keys=["b", 7])
    assert read(tmp_path).sample_keys == {"eval/error": ("b", "7")}


def test_odd_values_come_back(tmp_path: Path) -> None:
    values = [{"x": 2**70, "s": "\ud800", "l": [1], "n": None}, {"x": -(2**63), "s": "a", "m": 1}, {"m": "word"}]
    with Recorder(tmp_path) as log:
        for row in values:
            log.log(row)
    frame = read(tmp_path).history.frame
    assert frame["x"].to_list() == [2**70, -(2**63), None]
    assert json.loads(frame["s#json"][0]) == "\ud800"
    assert frame["m"].to_list() == [None, 1, None]
    assert frame["m#json"].to_list() == [None, None, '"word"']
    assert frame["l#json"].to_list() == ["[1]", None, None]


def test_damaged_lines_are_counted_and_the_rest_read(tmp_path: Path) -> None:
    path = record(tmp_path) / "record.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    row = next(i for i, line in enumerate(lines) if b'"row"' in line)
    broken = lines[row].replace(b"loss", b"lass")
    path.write_bytes(b"".join([*lines[:row], broken, *lines[row + 1 :]]))
    run = read(path)
    assert run.lost == Lost(1, len(broken))
    assert run.history.frame["_step"].to_list() == [1, 2, 3, 4]
    assert any("1 entries" in w for w in run.warnings)


def test_without_its_first_entry_a_record_is_named_after_its_folder(tmp_path: Path) -> None:
    path = record(tmp_path / "try7") / "record.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    run = read(path)
    assert run.id == "try7"
    assert len(run.history) == 5
    assert any("lost its first entry" in w for w in run.warnings)


def test_with_a_wandb_log_beside_it_says_more(tmp_path: Path) -> None:
    path = record(tmp_path) / "record.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    log = tmp_path / "wandb/offline-run-20260101_000000-run1/run-run1.wandb"
    log.parent.mkdir(parents=True)
    log.write_bytes(wblog.framed(wblog.simple_log([{"x": 1}])))
    with pytest.raises(UnreadableRun, match="W&B log beside"):
        read(path)


KILLED = """
import sys, time
from runcompare import Recorder
log = Recorder(sys.argv[1], id="killed")
for i in range(10**9):
    log.log({"i": i}, step=i)
    print(i, flush=True)
"""


def test_a_kill_loses_nothing_that_was_logged(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(200):
        writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    stated = writer.communicate()[0].split()
    time.sleep(0.25)
    run = read(tmp_path)
    assert len(run.history) >= 200 + len(stated)
    assert run.info.state == "interrupted"
    assert run.lost.records <= 1
    assert any("no end" in w for w in run.warnings)


def test_a_record_that_is_open_is_running(tmp_path: Path) -> None:
    with Recorder(tmp_path) as log:
        log.log({"x": 1})
        time.sleep(0.25)
        assert read(tmp_path).info.state == "running"


@pytest.mark.parametrize("body", [b"", b"\n\n", b"{}", b'{"a": 1}\n', bytes(5_000), b"00000000 {}\n"])
def test_foreign_files_are_unreadable(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(body)
    with pytest.raises(UnreadableRun, match=r"record\.jsonl"):
        read(path)


def test_fuzz(tmp_path: Path) -> None:
    path = record(tmp_path, rows=40) / "record.jsonl"
    whole, rng = path.read_bytes(), random.Random(3)
    full = {r["_step"]: r for r in read(path).history.frame.to_dicts()}
    for _ in range(int(os.environ.get("RUNCOMPARE_FUZZ", "300"))):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.3 else data)
        try:
            run = read(path)
        except RuncompareError:
            continue
        assert all(row == full[row["_step"]] for row in run.history.frame.to_dicts())
