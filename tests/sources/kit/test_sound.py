"""What a run may hold: times, numbers, names and depths are checked where it is made."""

import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from runcompare.records.column_names import as_column
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, StageSpan
from runcompare.sources.kit.assemble import safe_info
from runcompare.sources.kit.sound import moment, sound_frame, sound_run, sound_values

INFO = RunInfo("id1", "name", "test", "here")


@pytest.mark.parametrize("scale", [1, 1e3, 1e6, 1e9])
def test_a_time_is_told_by_its_size(scale: float) -> None:
    assert moment(1.7e9 * scale) == pytest.approx(1.7e9)


@pytest.mark.parametrize("odd", ["yesterday", math.nan, math.inf, 1e300, 10**400, -1e300, True, [1], None])
def test_what_is_no_time_is_unknown(odd: Any) -> None:
    assert moment(odd) is None
    run = sound_run(Run(INFO, attempts=(Attempt(odd, 2.0), Attempt(1.0, odd)), stages=(StageSpan("a", odd, 2.0),)))
    assert (run.attempts, run.stages) == ((Attempt(1.0, None),), ())
    assert run.warnings == ("1 attempts start at no time: left out.", "1 stages start at no time: left out.")


def test_rows_times_are_seconds() -> None:
    rows = sound_frame(pl.DataFrame({"_timestamp": [1.7e12, 1.7e12 + 500, 1e300], "x": [1, 2, 3]}))
    assert rows.value["_timestamp"].to_list() == [1.7e9, 1.7e9 + 0.5, None]
    assert rows.warnings == ("1 rows have a time that is none.",)


def test_an_axis_of_texts_is_none() -> None:
    rows = sound_frame(pl.DataFrame({"_step": ["a", "b"], "_timestamp": ["x", "y"], "x": [1, 2]}))
    assert rows.value.columns == ["_step#metric", "_timestamp#metric", "x"]
    assert len(rows.warnings) == 2


@pytest.mark.parametrize("key", ["*", "^.*$", "^[$", "a\0b", "\ud800"])
def test_a_key_is_never_a_pattern(key: str) -> None:
    rows = sound_frame(pl.DataFrame([pl.Series(as_column(key), [1.0]), pl.Series("other", [2.0])])).value
    name = as_column(key)
    assert rows.select(pl.col(name)).columns == [name]
    assert rows[name].is_finite().to_list() == [True]
    assert as_column(name) == name


@pytest.mark.parametrize("key", ["loss", "a*", "^a", "a$", "", "\N{SNOWMAN}"])
def test_other_keys_keep_their_names(key: str) -> None:
    assert as_column(key) == key


def test_frames_of_another_package_get_usable_names() -> None:
    rows = sound_frame(pl.DataFrame({"*": [1.0], "^x$": [2.0], "y": [3.0]})).value
    assert rows.columns == ["*#metric", "^x$#metric", "y"]


def test_data_that_hold_themselves_are_left_out() -> None:
    itself: list[Any] = [1]
    itself += [itself, itself]
    wide: Any = [1] * 10
    for _ in range(9):
        wide = [wide] * 10
    found = sound_values({"a": itself, "b": wide, "c": 1}, "config")
    assert found.value == {"c": 1}
    assert "holds itself" in found.warnings[0]


def test_what_stands_twice_is_no_fault() -> None:
    same = {"lr": 0.1}
    config = {"a": same, "b": [same, same]}
    assert sound_values(config, "config").value is config


def test_numbers_that_no_float_holds_are_infinite() -> None:
    assert sound_values({"x": -(10**400), "y": [10**300]}, "summary").value == {"x": -math.inf, "y": [10**300]}


def test_nesting_ends() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    found = sound_values({"x": deep}, "config").value
    assert str(found).count("{") == 100
    assert "(nested too deeply)" in str(found)


def test_counts_of_devices_are_counts() -> None:
    run = sound_run(Run(INFO, hardware=Hardware("A100", 10**300, cpu_count=-1)))
    assert run.hardware == Hardware("A100")
    assert len(run.warnings) == 2


def test_a_sound_run_is_the_same_object(full_run: Run) -> None:
    assert sound_run(full_run) is full_run


def test_a_listing_shows_checked_descriptions() -> None:
    found = safe_info(replace(INFO, started_at=1.7e12, name="\ud800", seed=10**400))
    assert (found.started_at, found.name, found.seed) == (1.7e9, "\\ud800", None)


def test_a_zero_byte_is_written_out() -> None:
    assert as_column("a\0b") == "a\\x00b"
