"""Rows of SQLite tables, whole and damaged."""

import sqlite3

import pytest

from runcompare.sources.kit.sqlite_rows import Owned, index_of_key, named_rows, owned_rows, readable_rows

PAGE = 4096


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA page_size = {PAGE}")
        db.execute("CREATE TABLE points (key TEXT, value REAL, run TEXT)")
        db.executemany("INSERT INTO points VALUES (?, ?, 'r')", [("k" * 50, float(i)) for i in range(2_000)])
    db.close()
    return path


OWNED = Owned("points", "key, value", "run", "r")


def test_whole_tables(path):
    with sqlite3.connect(path) as db:
        found = owned_rows(db, OWNED)
        assert [row[1] for row in found.rows] == list(map(float, range(2_000)))
        assert (found.lost, found.warnings) == (0, ())
        assert named_rows(db, "points", "value = ?", 3.0).rows == [{"key": "k" * 50, "value": 3.0, "run": "r"}]
        assert index_of_key(db, "points") is None


def test_a_table_that_is_not_there(path):
    with sqlite3.connect(path) as db:
        assert named_rows(db, "none").damage == "there is no table none"
        with pytest.raises(sqlite3.OperationalError):
            readable_rows(db, "SELECT * FROM none")


def test_a_lost_page_costs_its_rows_only(path):
    body = bytearray(path.read_bytes())
    middle = len(body) // PAGE // 2 * PAGE
    body[middle : middle + PAGE] = bytes(PAGE)
    path.write_bytes(body)
    with sqlite3.connect(path) as db:
        found = owned_rows(db, OWNED)
    values = [row[1] for row in found.rows]
    assert 1_800 < len(values) == len(set(values)) < 2_000
    assert found.lost >= 1
    assert "'points' is damaged" in found.warnings[0]
