import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare.errors import DataError, UsageError
from runcompare.lab.jobs import Job, command_template, finished, locked, run_jobs, train_template

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


def test_killed_replicate_goes_on_without_running_a_finished_seed_again(tmp_path):
    script = (
        "import sys,pathlib; from runcompare.lab.jobs import *; root=pathlib.Path(sys.argv[1])\n"
        "code='import pathlib,sys,time; open(sys.argv[1],\"a\").write(sys.argv[2]); time.sleep(.3)'\n"
        "run_jobs([Job(s, root/f's{s}', (sys.executable,'-c',code,str(root/'log'),str(s))) for s in range(4)],"
        " 1, lambda o: None)"
    )
    first = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    while not finished(tmp_path / "s1"):
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    time.sleep(0.5)  # the orphaned child ends
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    log = (tmp_path / "log").read_text()
    assert log.count("0") == log.count("1") == 1
    assert all(finished(tmp_path / f"s{s}") for s in range(4))


def test_a_torn_mark_is_no_mark(tmp_path):
    (tmp_path / "replicate.json").write_text('{"seed": 1, "sec')
    assert finished(tmp_path) is None
    (tmp_path / "replicate.json").write_text(json.dumps({"seed": 1, "seconds": 2.0}))
    assert finished(tmp_path).seconds == 2.0


def test_two_replicates_do_not_share_a_folder(tmp_path):
    with locked(tmp_path), pytest.raises(UsageError, match="Another replicate"), locked(tmp_path):
        pass


def test_command_must_take_the_seed(tmp_path):
    with pytest.raises(UsageError, match=r"\{seed\}"):
        command_template("python train.py")
    assert command_template("a --s {seed} -o {out}/x")(7, Path("f")) == ("a", "--s", "7", "-o", "f/x")


def test_a_command_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="Can't start 'no-such-program'"):
        run_jobs([Job(0, tmp_path / "s0", ("no-such-program",))], 1, lambda o: None)


def test_our_engine_is_called_with_seed_and_folder():
    words = train_template(Path("c.yaml"), "g")(3, Path("out/s3"))
    assert words[1:] == ("-m", "runcompare", "train", "c.yaml", "--seed", "3", "--out", "out/s3", "--group", "g")
