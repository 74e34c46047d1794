"""From the worker's files to the run."""

import json

import polars as pl
import pytest

from runcompare.errors import NetworkFailed, UnreadableRun
from runcompare.records.run import Attempt, Hardware
from runcompare.sources.wandb.cloud.run import load, one_row_a_step, run_of

ABOUT = {
    **{
        "id": "r1",
        "entity": "e",
        "project": "p",
        "displayName": "one",
        "group": "g",
        "tags": ["t"],
        "state": "crashed",
    },
    **{"createdAt": "2026-01-01T00:00:00Z", "config": {"lr": 0.1, "seed": 3}, "commit": "abc"},
    "summary": {"loss": "NaN", "acc": 0.5, "_wandb": {"runtime": 60}},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(ABOUT))
    rows = [{"_step": 0, "loss": 1.0}, {"_step": 1, "loss": "Infinity", "picture": {"_type": "image"}}]
    (tmp_path / "tail.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"_step": 2, "lo')
    (tmp_path / "metadata.json").write_text(json.dumps({"gpu": "A100", "gpu_count": 2, "args": ["--token", "abc"]}))
    return tmp_path


def test_everything_of_a_run(folder):
    run = run_of(folder, None)
    assert (run.info.location, run.info.state, run.seed) == ("wandb://e/p/r1", "interrupted", 3)
    assert run.history.frame["loss"].to_list() == [1.0, float("inf")]
    assert run.summary["acc"] == 0.5
    assert run.hardware == Hardware("A100", 2)
    assert run.attempts == (Attempt(1767225600.0, 1767225660.0),)
    assert run.metadata == {"args": ["--token", "(redacted)"], "git_commit": "abc"}
    assert any("1 logged media" in warning for warning in run.warnings)


def test_a_pull_that_broke_off_is_partial(folder):
    run = run_of(folder, NetworkFailed("The network is down."))
    assert run.metadata["partial"] is True
    assert any("The network is down." in warning for warning in run.warnings)


def test_files_that_are_not_whole(folder):
    (folder / "run.json").write_text('{"id": ')
    with pytest.raises(UnreadableRun, match=r"no whole run\.json"):
        load(folder / "run.json")


def test_the_later_row_of_a_step_counts():
    frames = [pl.DataFrame({"_step": [0, 2], "a": [1.0, 2.0]}), pl.DataFrame({"_step": [1, 2], "a": [3.0, 4.0]})]
    assert one_row_a_step(frames).to_dict(as_series=False) == {"_step": [0, 1, 2], "a": [1.0, 3.0, 4.0]}
