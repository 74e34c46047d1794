"""A run as it stood at a step or at the end of a stage."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.errors import DataError, UsageError
from runcompare.records.history import History
from runcompare.records.run import Attempt, Run, RunInfo, StageSpan, origin
from runcompare.references.slicing import at_stage, at_step

INFO = RunInfo("r1", "one", "test", "nowhere")


def staged() -> Run:
    """Stages `ae` (steps 0-2), `operator` (3-5) and `eval` (no rows); row i at second 100 + 10 i, marks between."""
    rows = [{"_step": i, "_timestamp": 100.0 + 10 * i, "_runtime": 10.0 * i} for i in range(6)]
    for i, row in enumerate(rows):
        row["ae/loss" if i < 3 else "operator/loss"] = 1.0 / (i + 1)
        row["val"] = float(10 - i)
    return Run(
        INFO,
        summary={
            "ae/loss": 1 / 3,
            "operator/loss": 1 / 6,
            "val": 5.0,
            "best_val": 5.0,
            "ae/floor": 0.5,
            "operator/gate": 1,
            "eval/nrmse": 0.1,
            "data/print": "abc",
        },
        history=History.from_rows(rows),
        system=History.from_rows([{"_timestamp": 95.0 + 10 * i, "gpu": float(i)} for i in range(8)]),
        attempts=(Attempt(95.0, 128.0), Attempt(129.0, 190.0)),
        runtime_s=94.0,
        stages=(StageSpan("ae", 95.0, 125.0), StageSpan("operator", 125.0, 155.0), StageSpan("eval", 155.0, 190.0)),
        samples={"eval/nrmse": (0.1, 0.2), "ae/floor": (0.5,)},
    )


def test_a_step_cuts_everything_that_came_later() -> None:
    cut = at_step(staged(), 4)
    run = cut.run
    assert (cut.rows, cut.rows_before, cut.whole) == (5, 6, False)
    assert run.history.frame["_step"].to_list() == [0, 1, 2, 3, 4]
    assert run.system.frame["gpu"].to_list() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert run.attempts == (Attempt(95.0, 128.0), Attempt(129.0, 140.0))
    assert run.runtime_s == 40.0
    assert run.stages == (StageSpan("ae", 95.0, 125.0), StageSpan("operator", 125.0, 140.0))
    assert run.samples == {"ae/floor": (0.5,)}
    assert run.summary == {"ae/loss": 1 / 3, "operator/loss": 1 / 5, "val": 6.0, "ae/floor": 0.5, "data/print": "abc"}
    assert cut.dropped == ("best_val", "operator/gate", "eval/nrmse")
    assert (run.id, run.name, origin(run)) == ("r1@step=4", "one@step=4", "r1")


def test_a_stage_ends_where_its_marks_say() -> None:
    cut = at_stage(staged(), "ae")
    assert cut.run.history.frame["_step"].to_list() == [0, 1, 2]
    assert cut.run.stages == (StageSpan("ae", 95.0, 125.0),)
    assert cut.run.attempts == (Attempt(95.0, 125.0),)
    assert cut.run.summary == {"ae/loss": 1 / 3, "val": 8.0, "ae/floor": 0.5, "data/print": "abc"}


def test_what_was_measured_after_the_last_row_is_left_out_too() -> None:
    cut = at_stage(staged(), "operator")
    assert (cut.rows, cut.rows_before, cut.whole) == (6, 6, False)
    assert cut.run.summary["operator/gate"] == 1
    assert "eval/nrmse" not in cut.run.summary


def test_the_last_stage_is_the_whole_run() -> None:
    run = staged()
    assert at_stage(run, "eval").run is run
    assert at_step(run, 5).run is run
    assert at_step(run, 10**30).run is run


def test_stages_go_by_any_of_their_names() -> None:
    assert at_stage(staged(), "autoencoder").rows == 3
    assert at_stage(staged(), "stages/ae").rows == 3


def test_without_marks_the_rows_say() -> None:
    import dataclasses

    run = dataclasses.replace(staged(), stages=())
    cut = at_stage(run, "ae")
    assert cut.rows == 3
    assert cut.run.summary["ae/floor"] == 0.5
    assert "operator/gate" not in cut.run.summary
    assert at_stage(run, "operator").run.summary["operator/gate"] == 1


def test_a_stage_that_was_killed_and_resumed_ends_with_the_last_attempt() -> None:
    import dataclasses

    marks = (StageSpan("ae", 95.0, None), StageSpan("ae", 115.0, 125.0), StageSpan("operator", 125.0, None))
    run = dataclasses.replace(staged(), stages=marks)
    assert at_stage(run, "ae").rows == 3
    assert at_stage(run, "operator").whole  # it never ended: all there is


def test_an_unknown_stage_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="Did you mean 'operator'"):
        at_stage(staged(), "operater")
    with pytest.raises(UsageError, match=r"has no stage 'x'.*It has: autoencoder, operator, eval"):
        at_stage(staged(), "x")
    with pytest.raises(UsageError, match="It has: none"):
        at_stage(Run(INFO), "x")


def test_a_step_before_the_first_row() -> None:
    with pytest.raises(DataError, match="its first step is 0"):
        at_step(staged(), -1)
    with pytest.raises(DataError, match="no logged rows"):
        at_step(Run(INFO), 10)


def test_rows_without_steps_or_times() -> None:
    run = Run(INFO, history=History.from_rows([{"loss": float(i)} for i in range(5)]), attempts=(Attempt(1.0, 9.0),))
    cut = at_step(run, 2).run
    assert cut.history.frame["loss"].to_list() == [0.0, 1.0, 2.0]
    assert (cut.attempts, cut.runtime_s) == ((), None)  # nobody knows when that was
    gaps = Run(INFO, history=History(pl.DataFrame({"_step": [0, None, 5, None], "loss": [1.0, 2.0, 3.0, 4.0]})))
    assert at_step(gaps, 4).run.history.frame["loss"].to_list() == [1.0, 2.0]
    words = Run(INFO, history=History(pl.DataFrame({"_step": ["0", "x", "2"], "loss": [1.0, 2.0, 3.0]})))
    assert at_step(words, 1).run.history.frame["loss"].to_list() == [1.0, 2.0]


def test_whole_steps_beyond_2_53_are_told_apart() -> None:
    run = Run(INFO, history=History(pl.DataFrame({"_step": [2**53, 2**53 + 1], "loss": [1.0, 2.0]})))
    assert at_step(run, 2**53).rows == 1


def test_nan_is_a_last_value_like_any() -> None:
    rows = [{"_step": 0, "loss": 1.0}, {"_step": 1, "loss": math.nan}]
    run = Run(INFO, summary={"loss": math.nan}, history=History.from_rows(rows))
    assert at_step(run, 0).run.summary == {"loss": 1.0}


def test_cuts_of_cuts() -> None:
    twice = at_step(at_stage(staged(), "operator").run, 3).run
    assert (twice.id, origin(twice), len(twice.history)) == ("r1@stage=operator@step=3", "r1", 4)


@given(
    st.lists(st.tuples(st.none() | st.integers(-5, 20), st.none() | st.floats(0, 100), st.none() | st.floats())),
    st.integers(-10, 30),
)
def test_no_row_beyond_the_step_is_kept_and_none_before_is_lost(rows, limit) -> None:
    frame = pl.DataFrame(rows, schema={"_step": pl.Int64, "_timestamp": pl.Float64, "loss": pl.Float64}, orient="row")
    try:
        run = at_step(Run(INFO, history=History(frame)), limit).run
    except DataError:
        assert not any(step is not None and step <= limit for step, _, _ in rows)
        return
    kept = [s for s in run.history.frame["_step"].to_list() if s is not None]
    assert kept == [s for s, _, _ in rows if s is not None and s <= limit]
