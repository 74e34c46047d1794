"""Stages by their marks, their epochs' times and the clock of their rows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runcompare.costs.durations.stages import Parts, by_epoch_times, by_marks, by_rows, is_eval, stage_key
from runcompare.costs.durations.timeline import timeline
from runcompare.records.history import Whole
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


@pytest.mark.parametrize("stage", ["eval", "evaluation", "training/eval", "pipeline.test"])
def test_eval_stages_by_name(stage: str, run: MakeRun) -> None:
    assert is_eval(stage)
    assert not is_eval(f"{stage}ish")


def seconds(found: Parts) -> dict[str, float | None]:
    return {part.stage: part.wall.value for part in found.parts}


def test_marks_of_nested_stages_count_once(run: MakeRun) -> None:
    made = run(stages=[("training", 0, 100), ("eval", 40, 60)])
    assert seconds(by_marks(made, ())) == {"training": 80, "eval": 20}


def test_a_mark_without_an_end_reaches_to_the_next_stage(run: MakeRun) -> None:
    found = by_marks(run(stages=[("a", 0, None), ("b", 30, 50)]), ())
    assert seconds(found) == {"a": 30, "b": 20}
    assert any("stage a has no end" in note for note in found.notes)


def test_epoch_times_of_which_some_were_kept_are_those_of_all(run: MakeRun) -> None:
    some = run(rows=[{"a/epoch_time_sec": 2.0}, {"a/epoch_time_sec": 3.0}])
    whole = {"a/epoch_time_sec": Whole(900, 900, 900, False, (2.5,), 2.5, 2250.0)}
    (part,) = by_epoch_times(replace(some, history=replace(some.history, whole=whole))).parts
    assert part.wall.value == 2250
    assert "over 900 epochs" in str(part.wall.source)


@pytest.mark.parametrize("name", ["epoch_time", "epoch_time_s", "epoch_time_sec", "epoch_time_seconds"])
def test_epoch_times_by_any_of_their_names(name: str, run: MakeRun) -> None:
    assert seconds(by_epoch_times(run(rows=[{f"a/{name}": 2.0}, {f"a/{name}": 3.0}]))) == {"a": 5}
    assert seconds(by_epoch_times(run(rows=[{name: 2.0}]))) == {"training": 2}
    assert by_epoch_times(run(rows=[{"a/loss": 2.0}])).parts == ()


def test_rows_without_a_clock_show_no_stage(run: MakeRun) -> None:
    assert by_rows(run(rows=[{"a/loss": 1.0}, {"a/loss": 0.5}]), ()).parts == ()
    timed = run(rows=[{"t": t, "a/loss": 1.0} for t in (0, 5, 9)])
    assert seconds(by_rows(timed, ())) == {"a": 9}


def test_training_and_validation_are_roles_of_one_stage(run: MakeRun) -> None:
    rows = [
        {"_timestamp": 0.0, "train/loss": 1.0},
        {"_timestamp": 5.0, "val/loss": 1.0},
        {"_timestamp": 9.0, "lr": 0.1},
    ]
    assert seconds(by_rows(run(rows=rows), ())) == {"training": 9}
    staged = [{"_timestamp": 0.0, "fine/val/loss": 1.0}, {"_timestamp": 5.0, "fine/val/loss": 1.0}]
    assert seconds(by_rows(run(rows=staged), ())) == {"fine": 5}


@pytest.mark.parametrize("key", ["eval/loss", "test/loss"])
def test_a_clock_on_evaluation_alone_is_the_runs(run: MakeRun, key: str) -> None:
    rows = [{"_timestamp": 100.0 * i, key: 1.0} for i in range(4)]
    assert by_rows(run(rows=rows), ()).parts == ()
    assert [(p.stage, p.wall.value) for p in timeline(run(rows=rows)).parts] == [("other", 300.0)]


def test_the_key_of_a_stages_quantity(run: MakeRun) -> None:
    made = run(rows=[{"a/loss": 1.0, "val_loss": 2.0}])
    assert stage_key(made, "a", "loss") == "a/loss"
    assert stage_key(made, "training", "val_loss") == "val_loss"
    assert stage_key(made, "a", "val_loss") is None
