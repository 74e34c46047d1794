"""Cells of CSV exports: no spreadsheet runs one, and numbers stay numbers."""

import csv
import io

import polars as pl
import pytest

from runcompare.records.export import csv_bytes, no_formula
from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo

FORMULAS = (
    "=1+1",
    "+cmd",
    "-x",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "=",
    "-",
    "-1.5x",
    "+1-1",
    " =1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
)
NUMBERS = ("-1.5", "+3", "1e-5", "-.5", "-1e+10", "-Infinity", "text", "", "a=b", "'=1", " a")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text: str) -> None:
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_none_stays(text: str) -> None:
    assert no_formula(text) == text


def test_rows_and_keys_are_made_harmless() -> None:
    texts = [*FORMULAS, *NUMBERS]
    frame = pl.DataFrame({"=key": texts, "-x": [-1.5] * len(texts), "@n": [-3] * len(texts)})
    run = Run(RunInfo("=id", "n", "s", ""), history=History(frame))
    header, *rows = csv.reader(csv_bytes(Group("g", "g", (run, run))).decode().splitlines(keepends=True))
    assert header == ["_run", "'=key", "'-x", "'@n"]
    assert [row[1] for row in rows[: len(texts)]] == [no_formula(text) for text in texts]
    assert {tuple(row[2:]) for row in rows} == {("-1.5", "-3")}
    assert {row[0] for row in rows} == {"'=id"}


@pytest.mark.parametrize("text", FORMULAS)
def test_nor_is_a_cell_of_a_listing_or_its_head(text: str) -> None:
    from runcompare.cli.printing import listing

    first, second = csv.reader(io.StringIO(listing("csv", ["a", text], [[1, text]], None), newline=""))
    assert first[1][0] == second[1][0] == "'"
