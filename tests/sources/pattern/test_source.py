"""Text logs by a pattern of the user's."""

from pathlib import Path

import pytest

import runcompare
from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.pattern import source
from runcompare.sources.pattern.pattern import VARIABLE
from runcompare.sources.registry import read_run

PATTERN = r"step (?P<step>\d+) loss (?P<loss>\S+)"
TEXT = "starting\nINFO step 0 loss 1.5\nsaved a file\nINFO step 10 loss nan\nINFO step 20 loss 5e-1\n"


@pytest.fixture(autouse=True)
def pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PATTERN)


def only(path: Path) -> Run:
    (info,) = list_runs([path]).runs
    return read_run(info)


def test_lines_that_match_are_rows(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(TEXT)
    (tmp_path / "other.log").write_text("nothing to see\n")
    for run in (only(tmp_path), only(tmp_path / "a.log")):
        assert run.history.series("loss").step.tolist() == [0, 10, 20]
        assert run.summary["loss"] == 0.5
        assert "3 of 5 lines match the pattern." in run.warnings


def test_settings_beside_it_and_several_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, r"\[(?P<run>\w+)\] epoch (?P<epoch>\d+): (?P<acc>[\d.]+)")
    (tmp_path / "args.yaml").write_text("lr: 0.5\n")
    (tmp_path / "a.txt").write_text("[x] epoch 1: 0.5\n[y] epoch 1: 0.25\n[x] epoch 2: 0.75\n")
    found = {info.name: read_run(info) for info in list_runs([tmp_path / "a.txt"]).runs}
    assert found["x"].history.series("acc").value.tolist() == [0.5, 0.75]
    assert found["y"].config == {"lr": 0.5}


def test_without_a_pattern_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "a.log").write_text(TEXT)
    assert not list_runs([tmp_path]).runs


def test_a_pattern_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, r"(?P<a>(x+)+)y")
    monkeypatch.setattr(source, "LONGEST_S", 1.0)
    (tmp_path / "a.log").write_text("x" * 1_000 + "\n")
    with pytest.raises(UnreadableRun, match="took longer than 1 s"):
        source.TextByPattern().read(str(tmp_path / "a.log"))


def test_long_lines_are_read_in_part(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("step 1 loss 0.5 " + "x" * 10_000 + "\nstep 2 loss 0.25\n")
    run = only(tmp_path / "a.log")
    assert run.history.series("loss").value.tolist() == [0.5, 0.25]
    assert any("1 lines are longer" in warning for warning in run.warnings)


def test_library_calls_go_by_the_pattern_of_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    for name, pattern in (("one", PATTERN), ("two", r"(?P<step>\d+)=(?P<acc>\S+)"), ("none", None)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "new.log").write_text("step 1 loss 0.5\nstep 2 loss 0.25\n7=0.9\n")
        setting = "" if pattern is None else f"pattern = '{pattern}'\n"
        (tmp_path / name / "pyproject.toml").write_text(f"[tool.runcompare]\n{setting}")
    monkeypatch.chdir(tmp_path / "one")
    assert runcompare.load("new.log").runs[0].summary == {"step": 2, "loss": 0.25}
    monkeypatch.chdir(tmp_path / "two")
    assert runcompare.load("new.log").runs[0].summary == {"step": 7, "acc": 0.9}
    monkeypatch.chdir(tmp_path / "none")
    with pytest.raises(RuncompareError):
        runcompare.load("new.log")
