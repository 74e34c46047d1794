import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare.errors import UsageError
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
    with locked(tmp_path), pytest.raises(UsageError, match="Another replicate"), locked(tmp_path):
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
