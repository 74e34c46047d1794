"""Nothing of ours fails a training, changes its exit code, or holds it up."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hooked import LOG, environment, log_of, record, train, until

from runcompare.records.recorder import decode_line

KILLS = int(os.environ.get("RUNCOMPARE_KILLS", "4"))
HEAVY = {"torch", "wandb", "pandas", "matplotlib", "scipy", "polars", "mlflow", "numpy", "lightning", "transformers"}
TRAINING = """
import os, sys, tempfile, time
import runcompare.hooks
{sabotage}
started = time.monotonic()
hook = runcompare.hooks.after_run({place}, baseline="base"{options})
hook.end()
print("trained", time.monotonic() - started < 5)
sys.exit(7)
"""
SABOTAGE = {
    "no interpreter": ("sys.executable = '/nonexistent/python'", "'runs/new'", ""),
    "no folder for temporary files": ("tempfile.tempdir = '/nonexistent'", "'runs/new'", ""),
    "no memory": (
        "import subprocess, runcompare.hooks.start\nsubprocess.Popen = lambda *a, **k: 1 / 0",
        "'runs/new'",
        "",
    ),
    "stderr closed": ("sys.stderr.close()", "'runs/new'", ""),
    "no stderr": ("sys.stderr = None", "'runs/new'", ""),
    "an option that is no data": ("", "'runs/new'", ", noise_from=[object()]"),
    "a place that can't be made": ("open('file', 'w').close()", "'file/x'", ""),
    "no run": ("", "None", ""),
    "another object": ("", "42", ""),
    "a URL": ("", "'https://example.org/x'", ""),
    "an odd form": ("", "'runs/new'", ", out='report.docx'"),
    "working folder gone": ("os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')", "'runs/new'", ""),
    "children are not waited for": ("import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "'runs/new'", ""),
    "no handles left": ("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))", "'runs/new'", ""),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_whatever_is_wrong_the_training_ends_as_it_would(what: str, tmp_path: Path) -> None:
    sabotage, place, options = SABOTAGE[what]
    done = train(TRAINING.format(sabotage=sabotage, place=place, options=options), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (7, "trained True\n"), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (0 if "stderr" in what else 1), done.stderr


def test_the_training_goes_on_where_the_other_process_is_killed(tmp_path: Path) -> None:
    kill = """
import signal
for pid in os.listdir("/proc"):
    try:
        if pid.isdigit() and b"RUNCOMPARE_HOOK" in open(f"/proc/{pid}/environ", "rb").read():
            if os.getcwd() == os.readlink(f"/proc/{pid}/cwd"):
                os.kill(int(pid), signal.SIGKILL)
                print("killed")
    except OSError:
        pass
"""
    text = TRAINING.format(sabotage="", place="'runs/new'", options="")
    done = train(text.replace("hook.end()", f"time.sleep(0.3){kill}\nhook.end()"), cwd=tmp_path)
    assert done.returncode == 7
    assert "killed" in done.stdout


LOOP = """
import sys, time
import runcompare
from runcompare.hooks import report_on_exit
with runcompare.Recorder("runs/new", name="new", config={"lr": 0.5}) as record, report_on_exit(record, baseline="base"):
    for step in range(300):
        record.log({"val/loss": 0.5 / (step + 1)}, step=step)
        time.sleep(0.01)
"""


def test_a_training_killed_at_any_moment_leaves_what_it_logged_and_gets_its_report(tmp_path: Path) -> None:
    draw = random.Random(3)
    folders = [tmp_path / str(number) for number in range(KILLS)]
    for folder in folders:
        record(folder / "runs" / "base")
        with subprocess.Popen(
            [sys.executable, "-c", LOOP],
            cwd=folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(draw.uniform(0, 2))
            process.send_signal(draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
            assert process.wait(60) < 0
    for folder in folders:
        new = folder / "runs" / "new"
        lines = (new / "record.jsonl").read_bytes().splitlines() if (new / "record.jsonl").exists() else []
        rows = [entry["step"] for line in lines if (entry := decode_line(line)) and entry["type"] == "row"]
        assert rows == list(range(len(rows)))
        if (new / LOG).exists() and (new / LOG).stat().st_size:  # killed after the hook had begun
            log = log_of(new)
            assert "fault" not in log
            assert ("wrote " in log and "was interrupted before its end" in log) or not rows, log


def test_no_module_hides_a_function() -> None:
    names = "after_run, report_on_exit, watch"
    code = (
        f"from runcompare.hooks import {names}; from runcompare.hooks import {names}; print(*map(callable, ({names})))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "True True True\n"


def test_importing_the_hooks_and_waiting_loads_nothing_heavy() -> None:
    modules = "runcompare.hooks, runcompare.hooks.start, runcompare.hooks.on_exit, runcompare.hooks.worker"
    code = f"import sys, {modules}; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY


def test_a_training_pays_less_than_a_second(tmp_path: Path) -> None:
    call = "import time; from runcompare.hooks import after_run\n"
    call += (
        "t = time.monotonic(); hook = after_run('runs/new', baseline='base'); hook.end(); print(time.monotonic() - t)"
    )
    paid = [float(train(call, cwd=tmp_path).stdout) for _ in range(3)]
    assert min(paid) < 1.0


def test_no_folder_for_messages_is_left(tmp_path: Path) -> None:
    record(tmp_path / "runs" / "base")
    record(tmp_path / "runs" / "new", 0.5)
    (tmp_path / "tmp").mkdir()
    call = "from runcompare.hooks import after_run; after_run('runs/new', baseline='base')"
    train(call, cwd=tmp_path, TMPDIR=str(tmp_path / "tmp"))
    log_of(tmp_path / "runs" / "new")
    until(lambda: not list((tmp_path / "tmp").glob("runcompare-hook-*")), "a folder is left")


def test_a_settings_file_or_a_run_names_no_command(tmp_path: Path) -> None:
    """Modules in the training's folder are not imported by the process that stands apart."""
    record(tmp_path / "runs" / "base")
    record(tmp_path / "runs" / "new", 0.5)
    for name in ("polars", "matplotlib", "msgspec", "runcompare_plugin"):
        (tmp_path / f"{name}.py").write_text("open('planted', 'w').close()\n")
    call = "import sys; sys.path.remove(''); from runcompare.hooks import after_run\n"
    call += "after_run('runs/new', baseline='base')"
    assert train(call, cwd=tmp_path).returncode == 0
    assert "wrote " in log_of(tmp_path / "runs" / "new")
    assert not (tmp_path / "planted").exists()
