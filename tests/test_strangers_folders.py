"""What a folder from a stranger may not do: read elsewhere, write elsewhere, or have a command run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from whole_run import whole

from runcompare import Recorder, api
from runcompare.errors import RuncompareError, UsageError
from runcompare.pull.pull import pull, select
from runcompare.sources.listing import list_runs, walk
from runcompare.store.store import Store


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A run of ours, outside of the stranger's folder."""
    folder = tmp_path / "ours"
    with Recorder(folder / "run", id="secret00", config={"lr": 1}) as log:
        log.log({"loss": 42.5})
    (folder / "table.csv").write_text("step,loss\n1,42.5\n2,42.5\n")
    return folder


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path, secret: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "run").mkdir(parents=True)
    (theirs / "table.csv").symlink_to(secret / "table.csv")
    (theirs / "run" / "record.jsonl").symlink_to(secret / "run" / "record.jsonl")
    (theirs / "folder").symlink_to(secret)
    found = list_runs([theirs])
    assert found.runs == ()
    assert any("Links out of the folder were not followed" in warning for warning in found.warnings)
    with pytest.raises(RuncompareError):
        pull(select((), [theirs]), tmp_path / "store")


def test_a_run_whose_own_file_is_such_a_link_takes_nothing_in(tmp_path: Path, secret: Path) -> None:
    (secret / "hparams.yaml").write_text("number_of_ours: 42.5\n")
    for number in range(2):  # two, so that they are read by processes of their own
        folder = tmp_path / "theirs" / "lightning_logs" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(f"step,loss\n1,1.0\n2,0.{number}\n")
        (folder / "hparams.yaml").symlink_to(secret / "hparams.yaml")
    selection = select((), [tmp_path / "theirs"])
    for workers in (1, 2):
        pull(selection, tmp_path / f"store{workers}", workers=workers)
        kept = [Store(tmp_path / f"store{workers}").get(info.id) for info in selection.runs]
        assert not any("42.5" in whole(run) for run in kept)


def test_links_inside_and_a_linked_root_are_followed(tmp_path: Path, secret: Path) -> None:
    (tmp_path / "mine").symlink_to(secret)
    (secret / "again.csv").symlink_to(secret / "table.csv")
    assert {Path(info.location).name for info in walk([tmp_path / "mine"]).listing.runs} >= {"record.jsonl"}
    (tmp_path / "other.csv").symlink_to(secret / "table.csv")
    assert len(walk([tmp_path / "other.csv"]).listing.runs) == 1  # the user named it


def test_replicate_runs_no_command_that_a_run_names(tmp_path: Path) -> None:
    """Neither what a run's log says it was started with, nor a group's name that is a path."""
    pwned = tmp_path / "pwned"
    settings = {"command": f"touch {pwned}", "program": str(pwned), "_target_": "os.system", "seed": 0}
    with Recorder(tmp_path / "in" / "runs" / "a", id="aaaa0000", group="../../escape", config=settings) as log:
        log.log({"loss": 1.0})
    before = {path for path in tmp_path.rglob("*") if "runs" not in path.parts}
    command = [sys.executable, "-m", "runcompare", "replicate", "aaaa0000", "--seeds", "3", "--runs", "runs", "--out"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*command, "out"], capture_output=True, text=True, cwd=tmp_path / "in", stdin=subprocess.DEVNULL, env=env
    )
    assert (done.returncode, "How to train" in done.stderr) == (2, True)
    assert {p for p in tmp_path.rglob("*") if "runs" not in p.parts and "out" not in p.parts} == before


def test_a_groups_name_is_one_folder(tmp_path: Path) -> None:
    from runcompare.lab.arms import arm_from_group

    with Recorder(tmp_path / "runs" / "a", id="aaaa0000", group="../../escape") as log:
        log.log({"loss": 1.0})
    arm = arm_from_group(
        api.load("aaaa0000", runs=tmp_path / "runs"), tmp_path / "out", command="true {seed}", wandb=False
    )
    assert arm.folder.resolve().parent == (tmp_path / "out").resolve()
    with pytest.raises(UsageError):
        arm_from_group(arm.group, tmp_path / "out", command="no-such-program {seed}", wandb=False)


def test_a_link_that_would_not_be_read_anyway_is_not_worth_a_word(tmp_path: Path, secret: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "debug-core.log").symlink_to(secret / "elsewhere.log")  # as W&B's client leaves one in every run
    (theirs / "run.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    assert not any("Links out" in warning for warning in list_runs([theirs]).warnings)


def test_a_link_that_leads_nowhere_takes_no_run_with_it(tmp_path: Path) -> None:
    outside, theirs = tmp_path / "loop", tmp_path / "theirs"
    theirs.mkdir()
    outside.symlink_to(outside)
    (theirs / "loop").symlink_to(outside)
    (theirs / "loop.csv").symlink_to(theirs / "loop.csv")
    (theirs / "gone.csv").symlink_to(tmp_path / "gone.csv")
    (theirs / "metrics.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    assert [run.name for run in list_runs([theirs]).runs] == ["theirs"]
