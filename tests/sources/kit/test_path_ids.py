"""Runs without a tracker's id are known by where they lie."""

from pathlib import PurePath

from runcompare.records.run import RunInfo
from runcompare.sources.kit.path_ids import place_of, shortest_tails, with_path_ids


def info(path, name: str) -> RunInfo:
    location = str(path)
    if "#" not in location:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return RunInfo(name, name, "tables", location)


def ids(infos, *bases) -> list[str]:
    return [one.id for one in with_path_ids(infos, bases)]


def test_the_path_below_the_root(tmp_path):
    runs = [info(tmp_path / arm / "seed0" / "progress.csv", "seed0") for arm in ("ppo", "a2c")]
    assert ids(runs, tmp_path) == ["ppo/seed0", "a2c/seed0"]
    assert ids(runs[:1], tmp_path / "ppo") == ["seed0"]


def test_a_file_that_names_the_run_is_part_of_its_id(tmp_path):
    assert ids([info(tmp_path / "new.csv", "new")], tmp_path) == ["new"]
    assert ids([info(tmp_path / "expA" / "results.csv", "expA")], tmp_path) == ["expA"]


def test_a_run_right_in_the_root_is_called_as_the_root(tmp_path):
    folder = tmp_path / "mine"
    assert ids([info(folder / "metrics.csv", "mine")], folder) == ["mine"]


def test_roots_that_hold_runs_of_one_name(tmp_path):
    runs = [info(tmp_path / arm / "seed0" / "progress.csv", "seed0") for arm in ("ppo", "a2c")]
    assert ids(runs, tmp_path / "ppo", tmp_path / "a2c") == ["ppo/seed0", "a2c/seed0"]


def test_runs_of_a_table_keep_their_names_where_they_are_alone(tmp_path):
    (tmp_path / "one.csv").write_text("")
    (tmp_path / "two.csv").write_text("")
    runs = [RunInfo("r1", "r1", "tables", f"{tmp_path / name}#r1") for name in ("one.csv", "two.csv")]
    assert ids(runs[:1], tmp_path) == ["r1"]
    assert ids(runs, tmp_path) == ["one/r1", "two/r1"]
    assert place_of(runs[0]) == tmp_path / "one" / "r1"


def test_the_shortest_ends_that_differ():
    assert shortest_tails([PurePath("/x/ppo/s0"), PurePath("/x/a2c/s0")]) == ["ppo/s0", "a2c/s0"]
    assert shortest_tails([PurePath("/x/s0"), PurePath("/x/s1")]) == ["s0", "s1"]
