import csv
import math

from runcompare.engine.runlog import PER_TRAJECTORY, RunLog, SilentLog
from runcompare.records.recorder import decode_line

IDENTITY = {"id": "x1", "name": "x-s0", "group": "x", "project": "p"}
CONFIG = {"seed": 0, "hardware": {"cpu": "Some CPU"}, "git": {}}


def entries(folder, kind):
    lines = (folder / "record.jsonl").read_bytes().splitlines()
    return [e for line in lines if (e := decode_line(line))["type"] == kind]


def opened(folder, rows=0):
    return RunLog(folder, IDENTITY, CONFIG, use_wandb=False, rows=rows)


def test_epochs_become_rows_under_their_stages_name_with_one_count_of_steps(tmp_path):
    with opened(tmp_path) as log:
        for stage in ("first", "second"):
            with log.stage(stage):
                log.epoch(stage, {"epoch": 1, "loss": 0.5})
    rows = [(e["step"], e["values"]) for e in entries(tmp_path, "row")]
    assert rows == [
        (0, {"first/epoch": 1, "first/loss": 0.5, "global_step": 0}),
        (1, {"second/epoch": 1, "second/loss": 0.5, "global_step": 1}),
    ]
    spans = [(e["name"], e["event"]) for e in entries(tmp_path, "stage")]
    assert spans == [(s, e) for s in ("first", "second") for e in ("start", "end")]


def test_a_resumed_log_repeats_no_row(tmp_path):
    with opened(tmp_path) as log:
        for epoch in (1, 2):
            log.epoch("s", {"epoch": epoch, "loss": 0.0})
    with opened(tmp_path, rows=1) as log:  # the second epoch's progress was not saved
        for epoch in (2, 3):
            log.epoch("s", {"epoch": epoch, "loss": 0.0})
    assert [(e["step"], e["values"]["s/epoch"]) for e in entries(tmp_path, "row")] == [(0, 1), (1, 2), (2, 3)]


def test_frames_are_counted_from_one(tmp_path):
    with opened(tmp_path) as log:
        log.frames({"eval/a": [0.1, 0.2], "eval/b": [1.0, math.nan]})
    rows = [e["values"] for e in entries(tmp_path, "row")]
    assert [r["eval/frame"] for r in rows] == [1, 2]
    assert [r["eval/a"] for r in rows] == [0.1, 0.2]


def test_errors_of_trajectories_are_in_the_record_and_in_a_table(tmp_path):
    with opened(tmp_path) as log:
        log.per_trajectory({"eval/a": [0.25, 0.5]})
    (samples,) = entries(tmp_path, "samples")
    assert (samples["name"], samples["values"]) == ("eval/a", [0.25, 0.5])
    with (tmp_path / PER_TRAJECTORY).open() as file:
        assert list(csv.reader(file)) == [["trajectory", "eval/a"], ["0", "0.25"], ["1", "0.5"]]


def test_the_log_of_another_process_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    log = SilentLog()
    with log.stage("s"):
        log.epoch("s", {"epoch": 1, "loss": 0.0})
        log.tick("s", 1, 2)
        log.summary({"a": 1.0})
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")
