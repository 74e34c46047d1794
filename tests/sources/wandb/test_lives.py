"""What the real client leaves of runs that are resumed, killed, ended without a word, and tell of their metrics."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runcompare.records.run import DeclaredMetric, Run
from runcompare.sources.wandb.source import WandbOffline

pytest.importorskip("wandb")
SCRIPT = """
import os, signal, subprocess, sys, time, wandb

def run(id, **more):
    return wandb.init(project="p", mode="offline", id=id, reinit="finish_previous", **more)

def part(first, last, level):
    r = run("resumed", resume="allow")
    r.define_metric("val/*", summary="min")
    r.define_metric("acc", summary="max,mean")
    for s in range(first, last):
        r.log({"val/loss": level + s, "acc": level - s}, step=s)
    r.finish()

part(0, 15, 1.0)
part(10, 21, 0.0)
killed = '''
import os, signal, time, wandb
r = wandb.init(project="p", mode="offline", id="killed", config={"epochs": 100})
for s in range(30):
    r.log({"loss": s})
time.sleep(1)
os.kill(os.getpid(), signal.SIGKILL)
'''
subprocess.run([sys.executable, "-c", killed])
child = '''
import multiprocessing, wandb
def train():
    r = wandb.init(project="p", mode="offline", id="child", config={"epochs": 3})
    for s in range(3):
        r.log({"loss": s})
    import time; time.sleep(1)
p = multiprocessing.get_context("fork").Process(target=train)
p.start()
p.join()
'''
subprocess.run([sys.executable, "-c", child])
coded = run("terminated")
coded.log({"loss": 1.0})
coded.finish(exit_code=143)
run("without_finish").log({"loss": 1.0})
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lives")
    env = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_")}
    env |= {"WANDB_SILENT": "true", "WANDB_DIR": str(folder), "WANDB_CACHE_DIR": str(folder), "HOME": str(folder)}
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=folder, env=env, check=True, timeout=120)
    for _ in range(50):  # the service ends after the script
        if all((folder / "wandb").glob(f"*/run-{name}.wandb") for name in ("killed", "child", "without_finish")):
            break
        time.sleep(0.1)
    return folder


def read(folder: Path, run_id: str) -> Run:
    log = next(folder.glob(f"wandb/*/run-{run_id}.wandb"))
    (info,) = WandbOffline().scan(log)
    run = WandbOffline().read(info.location)
    assert info.state == run.info.state
    return run


def test_steps_that_a_resumed_run_gives_itself_are_its_own(folder: Path) -> None:
    run = read(folder, "resumed")
    assert run.history.frame["_step"].to_list() == list(range(21))
    assert run.history.frame["val/loss"].to_list() == [1.0 + s for s in range(10)] + [float(s) for s in range(10, 21)]
    assert len(run.attempts) == 2


def test_extremes_are_those_of_all_attempts(folder: Path) -> None:
    run = read(folder, "resumed")
    assert run.summary["val/loss.min"] == 1.0
    assert run.summary["acc.max"] == 1.0
    assert run.summary["acc.mean"] == run.history.frame["acc"].mean()


def test_metrics_are_declared_by_what_the_summary_keeps_of_them(folder: Path) -> None:
    source = "W&B's define_metric"
    assert set(read(folder, "resumed").declared) == {
        DeclaredMetric("val/loss", "min", source=source),
        DeclaredMetric("acc", "max", source=source),
    }


def test_a_killed_run_is_interrupted_whatever_the_service_writes(folder: Path) -> None:
    run = read(folder, "killed")
    assert run.info.state == "interrupted"
    assert any("fewer rows than its config states" in w for w in run.warnings)


def test_of_a_child_process_that_did_not_say_that_it_finished_nobody_knows_how_it_ended(folder: Path) -> None:
    run = read(folder, "child")
    assert run.info.state == "unknown"
    assert any("or ended without wandb.finish()" in w for w in run.warnings)


def test_exit_codes_of_signals_are_interruptions(folder: Path) -> None:
    assert read(folder, "terminated").info.state == "interrupted"


def test_a_program_that_ends_without_finish_is_finished(folder: Path) -> None:
    assert read(folder, "without_finish").info.state == "finished"
