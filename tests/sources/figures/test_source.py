"""Final figures in JSON files."""

import json
from pathlib import Path
from typing import Any

import pytest

from runcompare.errors import RunNotFound, UnreadableRun
from runcompare.records.run import Run
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run


def only(path: Path) -> Run:
    (info,) = list_runs([path]).runs
    return read_run(info)


def written(folder: Path, name: str, entry: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(entry))
    return folder / name


@pytest.mark.parametrize("name", ["metrics.json", "results.json", "eval_results.json", "all_results.json"])
def test_one_object_is_a_run_without_a_history(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "new", name, {"accuracy": 0.75, "train": {"loss": 0.5}, "labels": ["a"], "model": "m"})
    for run in (only(path), only(tmp_path)):
        assert (run.name, run.summary, len(run.history)) == ("new", {"accuracy": 0.75, "train/loss": 0.5}, 0)


def test_any_json_of_numbers_that_is_named_is_tried(tmp_path: Path) -> None:
    path = written(tmp_path, "mine.json", {"foo": 3})
    assert not list_runs([tmp_path]).runs
    assert (only(path).name, only(path).summary) == ("mine", {"foo": 3})


@pytest.mark.parametrize("entry", [{"version": 3, "port": 8080}, {"accuracy": "high"}, [0.5], {}, "x"])
def test_an_unknown_json_is_no_run(tmp_path: Path, entry: Any) -> None:
    written(tmp_path, "results.json", entry)
    assert not list_runs([tmp_path]).runs


def test_files_of_one_folder_are_one_run(tmp_path: Path) -> None:
    written(tmp_path / "bert", "all_results.json", {"eval_loss": 0.5, "epoch": 3.0})
    written(tmp_path / "bert", "eval_results.json", {"eval_loss": 0.5})
    written(tmp_path / "bert", "test_results.json", {"eval_loss": 0.625})
    assert only(tmp_path).summary == {"eval_loss": 0.5, "epoch": 3.0, "test_results/eval_loss": 0.625}


def test_settings_inside_and_beside_are_the_config(tmp_path: Path) -> None:
    written(tmp_path / "new", "metrics.json", {"accuracy": 0.5, "seed": 3, "args": {"lr": 0.1}})
    written(tmp_path / "new", "config.json", {"depth": 2})
    run = only(tmp_path)
    assert (run.config, run.seed) == ({"depth": 2, "seed": 3, "lr": 0.1}, 3)
    assert run.summary == {"accuracy": 0.5}


def test_a_damaged_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"accuracy": 0.')
    with pytest.raises((UnreadableRun, RunNotFound), match=r"metrics\.json"):
        resolve(str(tmp_path / "metrics.json"), roots=[])
