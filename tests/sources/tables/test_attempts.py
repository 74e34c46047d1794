"""Where in a table a run was begun anew."""

from pathlib import Path
from typing import Any

import runcompare
from runcompare.records.run import Attempt, Run
from runcompare.sources.tables.source import TableFiles

T0 = 1_790_000_000


def from_rows(*rows: dict[str, Any], **more: Any) -> Run:
    return runcompare.from_frame(list(rows), **more)


def steps(run: Run) -> list[float]:
    return run.history.frame["_step"].to_list()


def resumed(text: str | None) -> list[dict[str, Any]]:
    """Steps 0 to 9, killed, resumed from 6 to 12."""
    first = [{"step": i, "loss": 10.0 - i, "phase": "a"} for i in range(10)]
    again = [{"step": i, "loss": 5.0 - i, "phase": text or "a"} for i in range(6, 13)]
    return first + again


def test_what_a_resumed_run_logs_again_gives_way() -> None:
    run = from_rows(*resumed(None))
    assert steps(run) == list(range(13))
    assert run.history.frame["loss"].to_list() == [10.0 - i if i < 6 else 5.0 - i for i in range(13)]
    assert run.warnings == ("Attempt 2 logged again from _step 6: 4 earlier rows gave way.",)


def test_another_stage_at_the_same_steps_does_not_take_over() -> None:
    run = from_rows(*resumed("b"))
    assert len(run.history) == 17
    assert any("falls back once" in warning for warning in run.warnings)


def test_other_metrics_at_the_same_steps_do_not_take_over() -> None:
    rows = [{"step": i, "train": 1.0} for i in range(10)] + [{"step": i, "test": 2.0} for i in range(5, 10)]
    run = from_rows(*rows)
    assert len(run.history) == 15
    assert any("falls back" in warning for warning in run.warnings)


def test_a_late_row_is_no_attempt() -> None:
    run = from_rows(*[{"step": i, "loss": float(i)} for i in (0, 1, 3, 2, 4)])
    assert steps(run) == [0, 1, 3, 2, 4]
    assert run.warnings == ("The step falls back once; the rows are in the order of the file.",)


def test_batches_counted_anew_in_each_epoch_are_all_kept() -> None:
    run = from_rows(*[{"batch": 1, "iter": i % 5, "loss": float(i)} for i in range(50)])
    assert len(run.history) == 50


def test_rows_are_never_turned_round() -> None:
    run = from_rows(*[{"step": i, "loss": float(i)} for i in (3, 2, 1)])
    assert run.history.frame["loss"].to_list() == [3.0, 2.0, 1.0]
    assert run.warnings == ("'step' falls from row to row: it is not taken for the step.",)


def test_the_header_again_is_another_attempt(tmp_path: Path) -> None:
    head = "step,loss,timestamp\n"
    lines = [f"{i},{10 - i},{T0 + i}\n" for i in range(5)]
    more = [f"{i},{20 - i},{T0 + 97 + i}\n" for i in range(3, 7)]
    (tmp_path / "a.csv").write_text("".join([head, *lines, head, *more]))
    (info,) = TableFiles().scan_named(tmp_path / "a.csv")
    run = TableFiles().read(info.location)
    assert run.history.frame["loss"].to_list() == [10, 9, 8, 17, 16, 15, 14]
    assert run.attempts == (Attempt(T0, T0 + 4), Attempt(T0 + 100, T0 + 103))
    assert run.runtime_s == 7
    assert run.info.started_at == T0
    assert run.lost.records == 0
