import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare import Recorder
from runcompare.errors import DataError, UsageError
from runcompare.lab.jobs import (
    Job,
    check_seeds,
    command_template,
    finished,
    left_run,
    locked,
    run_jobs,
    train_template,
)

COUNT = "import pathlib,sys; p=pathlib.Path(sys.argv[1]); p.write_text(p.read_text()+'x' if p.exists() else 'x')"


def jobs(folder: Path, seeds, code="pass", *args):
    return [Job(s, folder / f"s{s}", (sys.executable, "-c", code, *args)) for s in seeds]


def test_each_seed_runs_once_however_often_it_is_asked_for(tmp_path):
    counter = tmp_path / "count"
    for _ in range(3):
        outcomes = run_jobs(jobs(tmp_path, [0, 1], COUNT, str(counter)), 1, lambda o: None)
    assert counter.read_text() == "xx"
    assert [o.seed for o in outcomes] == [0, 1]
    assert all(o.seconds and o.seconds > 0 for o in outcomes)


def test_a_failing_seed_does_not_stop_the_others_and_is_tried_again(tmp_path):
    code = f"import sys,os; sys.exit(3 if not os.path.exists({str(tmp_path / 'ok')!r}) else 0)"
    seen = []
    outcomes = run_jobs([*jobs(tmp_path, [0], code), *jobs(tmp_path, [1])], 2, seen.append)
    assert [o.code for o in outcomes] == [3, 0]
    assert len(seen) == 2
    (tmp_path / "ok").touch()
    assert [o.code for o in run_jobs(jobs(tmp_path, [0], code), 1, seen.append)] == [0]
    assert (tmp_path / ".s0.unfinished1" / "log.txt").exists()


def test_children_get_one_thread(tmp_path):
    run_jobs(jobs(tmp_path, [0], "import os; print(os.environ['OMP_NUM_THREADS'])"), 1, lambda o: None)
    assert (tmp_path / "s0" / "log.txt").read_text() == "1\n"


def test_a_seed_that_outlives_a_killed_replicate_is_waited_for_not_started_twice(tmp_path):
    """Seed 1 runs until the test lets it end, which is after its replicate was killed and another one was started."""
    trainer = (
        "import sys,time,pathlib; root,seed=pathlib.Path(sys.argv[1]),sys.argv[2]\n"
        "open(root/'log','a').write(seed)\n"
        "while seed == '1' and not (root/'go').exists(): time.sleep(0.01)"
    )
    script = (
        "import sys,pathlib; from runcompare.lab.jobs import *; root=pathlib.Path(sys.argv[1])\n"
        f"run_jobs([Job(s, root/f's{{s}}', (sys.executable,'-c',{trainer!r},str(root),str(s))) for s in range(3)],"
        " 1, lambda o: None)"
    )
    first = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    while not (tmp_path / "log").exists() or "1" not in (tmp_path / "log").read_text():
        assert first.poll() is None
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    time.sleep(0.3)
    (tmp_path / "go").touch()
    assert second.wait() == 0
    assert (tmp_path / "log").read_text() == "012"
    assert all(finished(tmp_path / f"s{s}", s) for s in range(3))


def test_what_a_killed_seed_left_is_set_aside_and_the_seed_starts_again(tmp_path):
    (tmp_path / "s0").mkdir()
    (tmp_path / "s0" / "half").touch()
    (outcome,) = run_jobs(jobs(tmp_path, [0]), 1, lambda o: None)
    assert outcome.code == 0
    assert (tmp_path / ".s0.unfinished1" / "half").exists()
    assert not (tmp_path / "s0" / "half").exists()


def test_a_command_that_resumes_goes_on_in_the_folder_of_a_killed_seed(tmp_path):
    (tmp_path / "s0").mkdir()
    (tmp_path / "s0" / "half").write_text("kept")
    resuming = Job(0, tmp_path / "s0", ("cat", str(tmp_path / "s0" / "half"), "--", "--resume"))
    run_jobs([resuming], 1, lambda o: None)
    assert (tmp_path / "s0" / "log.txt").read_text().startswith("kept")
    assert not list(tmp_path.glob(".s0*unfinished*"))


def test_two_replicates_do_not_share_a_folder(tmp_path):
    with locked(tmp_path), pytest.raises(UsageError, match="Another runcompare"), locked(tmp_path):
        pass


def test_command_must_take_the_seed(tmp_path):
    with pytest.raises(UsageError, match=r"\{seed\}"):
        command_template("python train.py")
    assert command_template("env --s {seed} -o {out}/x")(7, Path("f")) == ("env", "--s", "7", "-o", "f/x")


def test_a_command_that_is_not_there_is_one_clear_error():
    with pytest.raises(UsageError, match="no program 'no-such-program'"):
        command_template("no-such-program {seed}")


def test_our_engine_is_called_with_seed_and_folder():
    words = train_template(Path("c.yaml"), "g")(3, Path("out/s3"))
    assert words[1:] == (
        "-m",
        "runcompare",
        "train",
        "c.yaml",
        "--seed",
        "3",
        "--out",
        "out/s3",
        "--name",
        "g",
        "--group",
        "g",
        "--resume",
    )


def test_an_open_quote_in_the_command_is_an_error_of_ours():
    with pytest.raises(UsageError, match=r"can't be split into words \(No closing quotation\)"):
        command_template('python train.py "{seed}')


@pytest.mark.parametrize("value", ["x" * 200_000, "a\0b"])
def test_a_command_that_the_system_does_not_start_stops_no_other(value, tmp_path):
    bad = Job(0, tmp_path / "s0", (sys.executable, "-c", "pass", value))
    outcomes = run_jobs([bad, *jobs(tmp_path, [1])], 1, lambda o: None)
    assert [o.code for o in outcomes] == [127, 0]
    assert "The command can't be started" in (tmp_path / "s0" / "log.txt").read_text()


@pytest.mark.parametrize("everybody", [True, False], ids=["Ctrl-C at a terminal", "a signal to this process only"])
def test_an_interruption_starts_nothing_more_and_leaves_nothing_running(everybody, tmp_path):
    trainer = "import sys,time; open(sys.argv[1],'a').write('x'); time.sleep(60)"
    script = (
        "import sys,pathlib; from runcompare.lab import jobs; jobs.GRACE=0.2; root=pathlib.Path(sys.argv[1])\n"
        f"all=[jobs.Job(s, root/f's{{s}}', (sys.executable,'-c',{trainer!r},str(root/'log'))) for s in range(9)]\n"
        "jobs.run_jobs(all, 2, lambda o: None)"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], start_new_session=True, stderr=subprocess.PIPE
    )
    while not (tmp_path / "log").exists() or (tmp_path / "log").read_text() != "xx":
        assert running.poll() is None
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT) if everybody else os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert (tmp_path / "log").read_text() == "xx"
    assert errors.count(b"Traceback") == 1  # of the script itself, whose command line would catch it
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_seed_that_left_several_runs_has_no_result(tmp_path):
    for name in ("a", "b"):
        with Recorder(tmp_path / "s0" / name, config={"seed": 0}) as record:
            record.log({"loss": 1.0 if name == "a" else 2.0})
    with pytest.raises(DataError, match="holds 2 runs"):
        left_run(tmp_path / "s0")
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "log.txt").touch()
    with pytest.raises(DataError, match="holds no run that can be read"):
        left_run(tmp_path / "s1")


def test_more_seeds_than_anybody_trains_are_an_error():
    with pytest.raises(UsageError, match="too many"):
        check_seeds(10**11)
