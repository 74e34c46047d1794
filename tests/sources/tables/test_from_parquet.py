"""Parquet files, damaged ones too."""

import math
from pathlib import Path

import polars as pl
import pytest

from runcompare.records.run import Run
from runcompare.sources.tables.source import TableFiles


def one(path: Path) -> Run:
    (info,) = TableFiles().scan_named(path)
    run = TableFiles().read(info.location)
    assert run.info == info
    return run


def test_a_damaged_parquet_file_keeps_its_other_columns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"step": range(1000), "loss": [math.sin(i) for i in range(1000)]})
    frame.write_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    at = len(data) // 2  # inside the column `loss`, whose digits don't compress
    data[at : at + 200] = bytes(200)
    path.write_bytes(data)
    run = one(path)
    assert run.history.frame["step"].to_list() == list(range(1000))
    assert "loss" not in run.history.keys
    assert run.lost.records == 1000
    assert "'loss'" in run.warnings[0]
    assert capfd.readouterr().err == ""
