"""The richest log is the main one; no curve of the others is lost."""

import polars as pl
import pytest

from runcompare.records.history import History
from runcompare.records.run import Attempt, Hardware, Log, Run, RunInfo
from runcompare.sources.kit.joining import Piece, as_one_process, joined, richness


def piece(where: str, part: str = "", *, columns=None, **more) -> Piece:
    history = History(pl.DataFrame(columns or {}))
    return Piece(Log("tables", where, part), Run(RunInfo(where, where, "tables", where), history=history, **more))


LOSS = [1.0, 0.5, 0.25]


def test_rows_of_one_step_are_one_row():
    one = piece("a.csv", columns={"_step": [0, 1, 2], "loss": LOSS})
    two = piece("b.csv", columns={"_step": [1, 2, 3], "loss": [*LOSS[1:], 0.1], "acc": [0.1, 0.2, 0.3]})
    run = joined([one, two])
    assert run.history.frame["_step"].to_list() == [0, 1, 2, 3]
    assert run.history.frame["acc"].to_list() == [None, 0.1, 0.2, 0.3]


def test_logs_that_count_other_things_are_put_behind_one_another():
    run = joined(
        [
            piece("a.csv", columns={"_step": [0, 1, 2], "loss": LOSS}),
            piece("b.csv", columns={"_step": [100, 200], "r": [1.0, 2.0]}),
        ]
    )
    assert run.history.series("r").step.tolist() == [100, 200]
    assert run.history.series("loss").value.tolist() == LOSS


def test_a_curve_of_the_same_name_that_disagrees_keeps_its_logs_name():
    run = joined(
        [
            piece("x/a.csv", columns={"_step": [0, 1, 2], "loss": LOSS}),
            piece("x/b.csv", columns={"_step": [0, 1, 2], "loss": [9.0, 8.0, 7.0]}),
        ]
    )
    assert run.history.numeric_keys == ("loss", "b/loss")


def test_what_the_main_log_lacks_comes_from_the_others():
    one = piece("a", config={"lr": 1}, summary={"acc": 0.5})
    two = piece("b", config={"lr": 2, "wd": 3}, summary={"acc": 0.4, "f1": 0.3}, attempts=(Attempt(1.0, 5.0),))
    run = joined([one, two])
    assert run.config == {"lr": 1, "wd": 3}
    assert run.summary == {"acc": 0.5, "f1": 0.3}
    assert run.attempts == (Attempt(1.0, 5.0),)


def test_a_parts_keys_are_below_its_name_once():
    run = joined(
        [
            piece("a", "train", columns={"_step": [0], "loss": [1.0]}),
            piece("b", "val", columns={"_step": [0], "val/loss": [2.0]}),
        ]
    )
    assert run.history.numeric_keys == ("train/loss", "val/loss")


def test_ranks_are_one_run_with_their_number():
    ranks = [piece(f"rank{i}", hardware=Hardware("H100", 1)) for i in range(8)]
    run = as_one_process(ranks)
    assert (run.hardware.world_size, run.hardware.accelerator_count, len(run.info.logs)) == (8, 8, 8)


def test_more_numbers_are_richer():
    small, large = (piece("a", columns={"_step": [0] * n, "x": [1.0] * n}).run for n in (1, 9))
    assert richness(large) > richness(small)


def test_nothing_is_no_run():
    with pytest.raises(ValueError, match="nothing to join"):
        joined([])
