"""Real processes: a trainer of two lines, run through the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.stats.sequential import SHARE
from runcompare.store.looks import FileOfLooks

WRITEUP = Path(__file__).parents[2] / "examples" / "writeup" / "hjnqclgk.yaml"
TRAINER = """
import random, sys, runcompare
seed, out, level, spread = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
open(sys.argv[5], "a").write(f"{level}:{seed} ")
value = level * (1 + spread * random.Random(f"{seed}-{level}").gauss(0, 1))
hardware = {"cpu": "Some CPU", "cpu_count": 1}
with runcompare.Recorder(out, config={"level": level, "seed": seed}, hardware=hardware, group=sys.argv[6]) as record:
    record.log({"loss": value})
    record.summary({"test/rmse": value, "val/mae": 2 * value})
"""


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "t.py").write_text(TRAINER)
    for name in ("new", "old"):
        (tmp_path / f"{name}.yaml").write_text("{}")

    def command(level, spread, group):
        return f"{sys.executable} t.py {{seed}} {{out}} {level} {spread} log {group}"

    def call(*words, **env):
        full = [sys.executable, "-m", "runcompare", "replicate", *map(str, words), "--out", "runs"]
        done = subprocess.run(full, cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True)
        assert "Traceback" not in done.stderr
        return done

    call.command, call.folder = command, tmp_path
    return call


def started(lab):
    path = lab.folder / "log"
    return path.read_text().split() if path.exists() else []


def test_seeds_are_added_up_to_the_number_and_never_twice(lab):
    words = ("new.yaml", "--command", lab.command(1.0, 0.1, "new"))
    assert lab(*words, "--seeds", 2).returncode == 0
    done = lab(*words, "--seeds", 4)
    assert sorted(started(lab)) == ["1.0:0", "1.0:1", "1.0:2", "1.0:3"]
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == ["0", "1", "2", "3"]


def test_the_metric_is_that_of_a_comparison_unless_one_is_named(lab):
    words = ("new.yaml", "--seeds", 1, "--command", lab.command(1.0, 0, "new"))
    assert lab(*words).stdout.split("\t")[3:] == ["1", "test/rmse\n"]
    again = ("group:new", "--runs", "runs", "--seeds", 2, "--command", lab.command(1.0, 0, "new"))
    assert lab(*again, "--metric", "val/mae").stdout.split("\t")[3:] == ["2", "val/mae\n"]


def test_a_metric_that_the_runs_lack_is_an_error_before_anything_is_trained(lab):
    lab("new.yaml", "--seeds", 1, "--command", lab.command(1.0, 0, "new"))
    words = ("group:new", "--runs", "runs", "--seeds", 2, "--command", lab.command(1.0, 0, "new"))
    done = lab(*words, "--metric", "val/f1")
    assert done.returncode == 2
    assert "did not log 'val/f1'" in done.stderr
    assert started(lab) == ["1.0:0"]


def test_existing_runs_count_and_their_seeds_are_not_reused(lab):
    lab("new.yaml", "--command", lab.command(1.0, 0.1, "new"), "--seeds", 2)
    lab("group:new", "--runs", "runs", "--command", lab.command(1.0, 0.1, "new"), "--seeds", 3)
    assert sorted(started(lab)) == ["1.0:0", "1.0:1", "1.0:2"]


def test_until_decided_stops_at_the_first_planned_look_that_decides(lab):
    sides = ("--command", lab.command(0.5, 0.02, "new"), "--against-command", lab.command(1.0, 0.02, "old"))
    done = lab("new.yaml", "--until-decided", "--against", "old.yaml", *sides)
    assert "decided after 3 and 3 seeds: better on test/rmse" in done.stderr
    assert len(started(lab)) == 6


def test_its_looks_are_those_of_reports(lab):
    sides = ("--command", lab.command(1.0, 0.3, "new"), "--against-command", lab.command(1.001, 0.3, "old"))
    words = ("new.yaml", "--until-decided", "--against", "old.yaml", *sides, "--budget", "1e-12", "--cpu-price", "1")
    for _ in range(2):  # the same runs looked at again spend nothing
        assert lab(*words).returncode == 0
        looks = FileOfLooks(lab.folder / "runs" / "looks.jsonl").read()
        assert [(look.n, look.share) for look in looks] == [(3, SHARE)]
    report = (sys.executable, "-m", "runcompare", "report", "group:new", "group:old", "--looks", "runs/looks.jsonl")
    done = subprocess.run(report, cwd=lab.folder, capture_output=True, text=True)
    assert "**Look 1 of 5**" in done.stdout, done.stderr
    assert "The same data as before" in done.stdout


def test_a_budget_stops_it_before_the_next_look(lab):
    sides = ("--command", lab.command(1.0, 0.3, "new"), "--against-command", lab.command(1.001, 0.3, "old"))
    done = lab("new.yaml", "--until-decided", "--against", "old.yaml", *sides, "--budget", "1e-12", "--cpu-price", "1")
    assert "budget after 3 and 3 seeds" in done.stderr
    assert done.returncode == 0


def test_a_failing_command_says_where_its_output_is(lab):
    done = lab("new.yaml", "--command", f"{sys.executable} -c 'import sys; sys.exit({{seed}}+4)'", "--seeds", 1)
    assert done.returncode == 3
    assert "ended with code 4" in done.stderr
    assert "log.txt" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["new.yaml"], "Say how many seeds"),
        (["new.yaml", "--until-decided"], "needs a baseline"),
        (["new.yaml", "--seeds", "1", "--command", "true"], "takes no seed"),
        (["nothing-of-that-name", "--seeds", "1"], "nothing-of-that-name"),
        (["new.yaml", "--seeds", "1", "--gpu-price", "0"], "above 0"),
        ([WRITEUP, "--seeds", "3", "--metric", "nrmse"], "Say how, with --command"),
    ],
)
def test_wrong_calls_are_one_clear_line(lab, words, says):
    done = lab(*words)
    assert done.returncode in (2, 3)
    assert says in done.stderr
    assert started(lab) == []
