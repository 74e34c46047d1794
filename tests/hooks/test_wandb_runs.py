"""`watch` on runs of W&B's real client: offline, and online against a server on this machine."""

import signal
from pathlib import Path

import pytest
from hooked import EXAMPLES, log_of, record, train, until
from wandb_server import KEY, serving, status

from runcompare.hooks.to_wandb import with_note
from runcompare.sources.listing import list_runs

pytest.importorskip("wandb")

RUN = """
import os, signal, sys, time
import wandb
import runcompare.hooks
how, mode = sys.argv[1:]
settings = wandb.Settings(silent=True, x_file_stream_transmit_interval=0.2)
run = wandb.init(mode=mode, project="proj", entity="ent", id="abcd1234", config={"lr": 0.5}, settings=settings)
runcompare.hooks.watch(wandb.run, baseline="base", metric="val/loss")
for step in range(10):
    run.log({"val/loss": 0.5 / (step + 1)})
if how == "raise":
    raise ValueError("mine")
if how == "SIGKILL":
    time.sleep(20)  # until W&B has written what was logged
    os.kill(os.getpid(), signal.SIGKILL)
wandb.finish()
if how == "goes on":
    report = os.path.join(os.path.dirname(run.dir), "runcompare-report.html")
    while not os.path.exists(report):
        time.sleep(0.1)
    print("reported")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record(tmp_path / "base")
    return tmp_path


def run_folder(folder: Path) -> Path:
    (found,) = folder.glob("wandb/*run-*-abcd1234")
    return found


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("end", 0, ""),
        ("goes on", 0, ""),
        ("raise", 1, "abcd1234 ended with an error"),
        ("SIGKILL", -signal.SIGKILL, "abcd1234 was interrupted"),
    ],
)
def test_an_offline_run_gets_its_report_among_its_files(how: str, code: int, said: str, folder: Path) -> None:
    done = train(RUN, how, "offline", cwd=folder)
    assert done.returncode == code, done.stderr
    assert ("reported" in done.stdout) == (
        how == "goes on"
    )  # once W&B's run has ended, however long the process goes on
    log = log_of(run_folder(folder))
    assert "wrote " in log
    assert said in log
    text = (run_folder(folder) / "runcompare-report.md").read_text()
    assert ("judged by what it had logged" in text) == bool(said)
    assert sorted(run.id for run in list_runs([folder]).runs if run.source == "wandb") == ["abcd1234"]


def test_the_example_names_its_baseline_by_a_tag(tmp_path: Path) -> None:
    first = train(EXAMPLES / "wandb_offline.py", "--tag", "prod", cwd=tmp_path)
    assert 'give it baseline="' in first.stderr
    assert train(EXAMPLES / "wandb_offline.py", "--lr", "0.2", "--baseline", "tag:prod", cwd=tmp_path).returncode == 0
    second = max(tmp_path.glob("wandb/offline-run-*"), key=lambda path: path.stat().st_mtime)
    assert "wrote " in log_of(second)


def online(folder: Path, url: str) -> str:
    """Train online, and the hook's log once it has attached the report, or could not."""
    env = {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": url, "NETRC": str(folder / "netrc")}
    done = train(RUN, "end", "online", cwd=folder, **env)
    assert done.returncode == 0, done.stderr
    return log_of(run_folder(folder), words=("attached",))


def test_an_online_run_gets_files_a_summary_and_a_note_and_stays_as_it_was(folder: Path) -> None:
    with serving() as server:
        log = online(folder, server.url)
        run = server.runs["abcd1234"]
        assert "attached to W&B run ent/proj/abcd1234" in log
        assert server.files["/files/abcd1234/runcompare-report.html"].startswith(b"<!")
        assert b"TL;DR" in server.files["/files/abcd1234/runcompare-report.md"]
        assert "/files/abcd1234/runcompare-report_plots/curve.png" in server.files
        assert run.summary["runcompare/baseline"] == "base"
        assert run.summary["runcompare/verdict"]
        assert "against base" in run.notes
        assert run.state == "finished"  # it was not opened again, which would have begun another attempt


def test_a_server_that_refuses_leaves_the_files_beside_the_run(folder: Path) -> None:
    with serving() as server:
        server.faults.append(status(403, on="Run"))
        assert "not attached: " in online(folder, server.url)
    assert (run_folder(folder) / "runcompare-report.md").exists()


def test_a_note_stands_once_behind_the_users_own() -> None:
    once = with_note("mine", "better")
    assert once.startswith("mine\n\n")
    again = with_note(once, "worse --> <!-- /runcompare -->")
    assert again.count("<!-- runcompare -->") == again.count("<!-- /runcompare -->") == 1
    assert "better" not in again
    assert with_note("", "better").startswith("<!-- runcompare -->\nbetter")


def test_a_disabled_run_is_told(tmp_path: Path) -> None:
    done = train(RUN.replace('how == "SIGKILL"', "False"), "end", "disabled", cwd=tmp_path)
    assert done.returncode == 0
    assert "runcompare: no report on this run: This W&B run is disabled" in done.stderr
    until(lambda: not list(tmp_path.glob("**/runcompare-report*")), "something was written")
