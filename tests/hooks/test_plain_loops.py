"""`report_on_exit` and `after_run` around loops of any kind, however they end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hooked import EXAMPLES, LOG, environment, log_of, record, train, until

import runcompare
from runcompare.sources.listing import list_runs

LOOP = """
import os, signal, sys, time
import runcompare
from runcompare.hooks import report_on_exit
how = sys.argv[1]
record = runcompare.Recorder("runs/new", name="new", config={"lr": 0.5, "seed": 0})
with record, report_on_exit("runs/new", baseline="base", metric="val/loss"):
    for step in range(10):
        record.log({"val/loss": 0.5 / (step + 1)}, step=step)
        if step == 6:
            if how == "raise": raise ValueError("mine")
            if how == "exit": sys.exit(3)
            if how == "_exit": os._exit(4)
            if how in ("SIGTERM", "SIGKILL", "SIGINT"): os.kill(os.getpid(), getattr(signal, how))
            time.sleep(0.01)
"""
ENDS = {
    "end": (0, ""),
    "raise": (1, "ended with an error"),
    "exit": (3, "ended with an error"),
    "_exit": (4, "was interrupted before its end"),
    "SIGTERM": (-signal.SIGTERM, "was interrupted before its end"),
    "SIGKILL": (-signal.SIGKILL, "was interrupted before its end"),
    "SIGINT": (-signal.SIGINT, "was interrupted before its end"),
}


@pytest.mark.parametrize("how", ENDS if "RUNCOMPARE_KILLS" in os.environ else ("raise", "_exit", "SIGKILL", "SIGINT"))
def test_however_a_training_ends_its_report_is_written_and_says_so(how: str, tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    code, said = ENDS[how]
    done = train(LOOP, how, cwd=tmp_path)
    assert done.returncode == code
    log = log_of(tmp_path / "runs" / "new")
    assert "wrote " in log
    report = (tmp_path / "runs" / "new" / "runcompare-report.md").read_text()
    assert "new vs base" in report
    assert (tmp_path / "runs" / "new" / "runcompare-report.html").read_text().startswith("<!")
    for text in (report, log):
        assert ("judged by what it had logged" in text) == bool(said)
        assert said in text
    if how == "raise":
        assert "ValueError: mine" in done.stderr
    if how not in ("_exit", "SIGTERM", "SIGKILL"):
        assert "runcompare: the report on this run goes to runs/new/runcompare-report.md" in done.stderr


def test_the_report_lies_beside_the_run_and_makes_no_run_of_itself(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    train(LOOP, "end", cwd=tmp_path)
    log_of(tmp_path / "runs" / "new")
    assert sorted(run.name for run in list_runs([tmp_path]).runs) == ["base", "new"]


@pytest.mark.parametrize(
    ("baseline", "told"),
    [
        (None, 'no baseline is named. To compare the next run with this one, give it baseline="runs/new"'),
        ("prod", "no report yet: no other run is 'prod'. To call this run so, write prod = \"runs/new\""),
        ("tag:prod", "no report yet: no other run is 'tag:prod'. Give a run the tag prod."),
    ],
)
def test_the_first_run_of_a_project_says_how_to_name_a_baseline(baseline, told, tmp_path: Path) -> None:
    words = [] if baseline is None else ["--baseline", baseline]
    # long enough for the other process to look for the baseline, however slow the machine
    slow = (EXAMPLES / "plain_loop.py").read_text().replace("weight = 4.0", "weight = 4.0; import time; time.sleep(8)")
    done = train(slow, "runs/new", *words, cwd=tmp_path)
    assert done.returncode == 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("runcompare: ")]
    assert told in line


def test_an_ambiguous_baseline_is_told(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "a", 1.0, group="base")
    record(tmp_path / "runs" / "b", 2.0, group="base")
    assert train(EXAMPLES / "plain_loop.py", "runs/new", "--baseline", "base", cwd=tmp_path).returncode == 0
    assert "not replicates of one another" in log_of(tmp_path / "runs" / "new")


def test_a_run_is_not_its_own_baseline(tmp_path: Path) -> None:
    for name, level in (("bad", 3.0), ("good", 2.0)):
        record(tmp_path / "runs" / name, level)
    done = train(EXAMPLES / "plain_loop.py", "runs/new", "--baseline", "@best:val/loss", cwd=tmp_path)
    assert done.returncode == 0
    assert "wrote " in log_of(tmp_path / "runs" / "new")
    assert "new vs good" in (tmp_path / "runs" / "new" / "runcompare-report.md").read_text()


def test_a_run_is_judged_with_its_whole_group_where_that_is_asked_for(tmp_path: Path) -> None:
    for seed in range(3):
        record(tmp_path / "runs" / f"base{seed}", 1.0, seed, group="base")
        record(tmp_path / "runs" / f"new{seed}", 0.5, seed, group="new")
    call = "from runcompare.hooks import after_run; after_run('runs/new2', baseline='base', whole_group=True)"
    assert train(call, cwd=tmp_path).returncode == 0
    log_of(tmp_path / "runs" / "new2")
    assert "n = 3 + 3" in (tmp_path / "runs" / "new2" / "runcompare-report.md").read_text()


def test_the_report_goes_where_it_is_asked_for(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    record(tmp_path / "runs" / "new", 0.5)
    call = "from runcompare.hooks import after_run; after_run('runs/new', baseline='base', out='reports/today.md')"
    train(call, cwd=tmp_path)
    until(lambda: (tmp_path / "reports" / "today.md").exists(), "no report")
    until(lambda: "wrote" in (tmp_path / "reports" / "today.log").read_text(), "no end")
    assert sorted(p.name for p in (tmp_path / "runs" / "new").iterdir()) == ["record.jsonl"]


def test_only_the_first_of_several_processes_reports(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    for rank in ("1", "0"):
        done = train(EXAMPLES / "plain_loop.py", f"runs/{rank}", "--baseline", "base", cwd=tmp_path, RANK=rank)
        assert (done.returncode, "runcompare:" in done.stderr) == (0, rank == "0")
        assert (tmp_path / "runs" / rank / LOG).exists() == (rank == "0")
    log_of(tmp_path / "runs" / "0")


def test_a_worker_that_is_forked_says_nothing_of_the_end(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    forked = LOOP.replace("for step", "if os.fork() == 0: sys.exit(0)\n    os.wait()\n    for step")
    done = train(forked, "end", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("runcompare: ") == 1
    assert "finished" in log_of(tmp_path / "runs" / "new")


def test_what_stands_apart_outlives_the_group_and_session_of_the_training(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    long = LOOP.replace("time.sleep(0.01)", "time.sleep(60)")
    with subprocess.Popen(
        [sys.executable, "-c", long, "long"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        rows = tmp_path / "runs" / "new" / "record.jsonl"
        until(lambda: rows.exists() and rows.read_text().count('"row"') >= 7, "the training does not begin")
        until(lambda: "waits for the end" in (tmp_path / "runs" / "new" / LOG).read_text(), "nobody waits")
        os.killpg(process.pid, signal.SIGKILL)
    assert "was interrupted before its end" in log_of(tmp_path / "runs" / "new")


def test_who_stands_apart_holds_no_pipe_of_the_training(tmp_path: Path) -> None:
    """A shell that reads a training's output comes to its end with the training, and not with the report."""
    record(tmp_path / "runs" / "base")
    call = f"{LOOP}\nprint('trained')"
    done = subprocess.run([sys.executable, "-c", call, "end"], cwd=tmp_path, env=environment(), capture_output=True)
    assert done.stdout == b"trained\n"  # communicate() returns once nobody holds the pipe
    assert "wrote" not in (tmp_path / "runs" / "new" / LOG).read_text()
    log_of(tmp_path / "runs" / "new")


def test_waiting_for_the_report_is_for_who_asks_for_it(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    done = train(LOOP.replace('metric="val/loss"', "wait=100"), "end", cwd=tmp_path)
    assert "lower" in done.stderr
    assert (tmp_path / "runs" / "new" / "runcompare-report.md").exists()


def test_options_are_those_of_compare_and_settings_those_of_the_folder(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    (tmp_path / "pyproject.toml").write_text('[tool.runcompare]\naliases = {prod = "base"}\n')
    call = LOOP.replace('baseline="base", metric="val/loss"', 'baseline="prod", min_effect="5%", noise_cv=0.02')
    assert train(call, "end", cwd=tmp_path).returncode == 0
    assert "better" in log_of(tmp_path / "runs" / "new")


def test_a_live_object_is_a_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "runs" / "base")
    with runcompare.Recorder("runs/new", name="new", config={"lr": 0.5}) as live:
        live.log({"val/loss": 0.1}, step=1)
        comparison = runcompare.compare(live, "base")
    assert json.loads(runcompare.report("runs/new", "base", format="json"))["candidate"]["label"] == "new"
    assert comparison.candidate.label == "new"
