"""From event files to the run."""

import pytest
from event_files import read, write

from runcompare.sources.listing import list_runs


def test_a_restart_supersedes_what_it_logs_again(tmp_path):
    write(tmp_path / "r", [(i, {"loss": 1.0}) for i in range(6)])
    write(tmp_path / "r", [(i, {"loss": 2.0}) for i in range(4, 8)], filename_suffix=".again")
    run = read(tmp_path / "r")
    assert run.history.frame["_step"].to_list() == list(range(8))
    assert run.history.frame["loss"].to_list() == [1.0] * 4 + [2.0] * 4
    assert len(run.attempts) == 2
    assert run.runtime_s == pytest.approx(sum(a.ended_at - a.started_at for a in run.attempts))
    assert any("2 earlier rows gave way" in w for w in run.warnings)


def test_a_point_logged_twice_at_a_step_counts_as_it_was_logged_last(tmp_path):
    write(tmp_path / "r", [(1, {"x": 1.0}), (2, {"x": 5.0}), (1, {"x": 3.0})])
    run = read(tmp_path / "r")
    assert run.history.frame["x"].to_list() == [3.0, 5.0]
    assert any("1 points stand twice" in w for w in run.warnings)


def test_runs_of_one_name_have_ids_of_their_own(tmp_path):
    for where in ("a", "b"):
        write(tmp_path / where / "train", [(0, {"x": 1.0})])
    infos = list_runs([tmp_path]).runs
    assert [info.name for info in infos] == ["train", "train"]
    assert [info.id for info in infos] == ["a/train", "b/train"]
