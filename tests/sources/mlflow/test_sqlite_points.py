"""The table of metrics, kept twice: what one copy lost the other has."""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from mlflow_points import TRUTH, filled, points, read, value

from runcompare.records.run import Lost


def pages(path: Path, table: str) -> list[int]:
    """The numbers of a table's leaf pages, from 1."""
    try:
        with closing(sqlite3.connect(path)) as db:
            return [
                n for (n,) in db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,))
            ]
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no dbstat")


def overwrite(path: Path, page: int, body: bytes = bytes(4096)) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(body)


def test_pages_that_the_table_lost_are_in_its_index(tmp_path: Path) -> None:
    path = filled(tmp_path)
    for page in pages(path, "metrics")[10:40:3]:
        overwrite(path, page)
    run = read(path)
    assert points(run) == TRUTH
    assert run.lost == Lost()
    assert any("damaged" in w for w in run.warnings)


def test_rows_that_both_lost_are_counted(tmp_path: Path) -> None:
    path = filled(tmp_path)
    for page in pages(path, "metrics")[20:22] + pages(path, "sqlite_autoindex_metrics_1"):
        overwrite(path, page)
    run = read(path)
    kept = points(run)
    assert 0 < len(TRUTH) - len(kept) == run.lost.records
    assert kept.items() <= TRUTH.items()


def test_a_changed_value_is_noticed_and_left_out(tmp_path: Path) -> None:
    path = filled(tmp_path)
    body = bytearray(path.read_bytes())
    at = body.index(struct.pack(">d", value("loss", 1234)))
    body[at + 6] ^= 4
    path.write_bytes(body)
    run = read(path)
    assert points(run) == {at: v for at, v in TRUTH.items() if at != ("loss", 1234)}
    assert run.lost.records == 1
