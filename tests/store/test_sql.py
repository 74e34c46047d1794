"""The store's tables, as SQL sees them."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from runcompare.errors import MissingExtra, UsageError
from runcompare.records.history import History
from runcompare.records.run import Run, RunInfo
from runcompare.store import sql
from runcompare.store.sql import matching, query
from runcompare.store.store import Store

pytest.importorskip("duckdb")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two runs: a key that is a number in one and a text in the other, keys that differ by case, and wide numbers."""
    made = Store(tmp_path / "s")
    for i, rate in enumerate((0.1, "auto")):
        big = pl.Series([2**100, None], dtype=pl.Int128)
        rows = pl.DataFrame({"_step": [0, 1], "loss": [1.0, 0.5 * i], "big": big})
        info = RunInfo(f"r{i}", "n", "test", "here", tags=("x", "y"), started_at=1e9 + i)
        config = {"optimizer": {"lr": rate}, "LR": 1, "lr": 2}
        made.put(Run(info, config, {"acc": 0.9 - i, "word": "w"}, History(rows if i else rows.drop("big"))))
    return made


def rows(store: Store, text: str) -> list[tuple[object, ...]]:
    return list(query(store, text).rows)


def test_runs_have_typed_settings_and_summaries(store: Store) -> None:
    table = query(store, "SELECT id, config['optimizer.lr'] AS lr, summary['acc'] AS acc FROM runs ORDER BY started_at")
    assert table.columns == ("id", "lr", "acc")
    assert table.rows == (("r0", 0.1, 0.9), ("r1", None, pytest.approx(-0.1)))
    assert rows(store, "SELECT config['optimizer.lr#json'] FROM runs WHERE id = 'r1'") == [('"auto"',)]


def test_keys_that_differ_by_case_only_have_two_names(store: Store) -> None:
    assert rows(store, "SELECT DISTINCT config['LR'], config['lr_1'] FROM runs") == [(1, 2)]


def test_the_long_tables(store: Store) -> None:
    assert rows(store, "SELECT value, number FROM config WHERE key = 'optimizer.lr' ORDER BY run") == [
        ("0.1", 0.1),
        ("auto", None),
    ]
    assert rows(store, "SELECT count(*) FROM summary WHERE number IS NULL") == [(2,)]


def test_history_has_a_column_for_each_key_of_any_run(store: Store) -> None:
    assert rows(store, "SELECT run, min(loss), max(big) FROM history GROUP BY run ORDER BY run") == [
        ("r0", 0.0, None),
        ("r1", 0.5, 2**100),
    ]


def test_times_and_tags(store: Store) -> None:
    assert rows(store, "SELECT year(started_at), tags[2] FROM runs WHERE id = 'r0'") == [(2001, "y")]


def test_an_empty_store_has_all_tables(tmp_path: Path) -> None:
    for table in ("runs", "config", "summary", "history", "system"):
        assert rows(Store(tmp_path / "none"), f"SELECT count(*) FROM {table}") == [(0,)]


def test_runs_without_telemetry_are_no_error(store: Store) -> None:
    assert rows(store, "SELECT count(*) FROM system") == [(0,)]
    info = RunInfo("r9", "n", "test", "here")
    store.put(Run(info, system=History(pl.DataFrame({"_timestamp": [1.0], "gpu": [0.5]}))))
    assert rows(store, "SELECT run, gpu FROM system") == [("r9", 0.5)]


def test_conditions_find_runs_by_start(store: Store) -> None:
    assert [info.id for info in matching(store, "summary['word'] = 'w' -- and a comment")] == ["r0", "r1"]
    assert matching(store, "rows > 2") == []


def test_a_newer_store_stands_in_for_runs_of_the_same_id(store: Store, tmp_path: Path) -> None:
    newer = Store(tmp_path / "newer")
    newer.put(Run(replace(store.get("r0").info, name="again"), summary={"acc": 5.0}))
    newer.put(Run(RunInfo("r2", "n", "test", "here"), summary={"acc": 6.0}))
    assert [info.id for info in matching(store, "summary['acc'] > 1", newer=newer)] == ["r0", "r2"]
    assert query(store, "SELECT count(*) FROM history", newer=newer).rows == ((2,),)


def test_with_many_keys_only_those_that_a_query_names_are_columns(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(sql, "MANY_KEYS", 1)
    assert rows(store, "SELECT summary['acc'] FROM runs WHERE id = 'r0'") == [(0.9,)]
    assert "0.9" not in str(rows(store, "SELECT summary FROM runs"))


WRITES = (
    "COPY (SELECT 1) TO '{s}/x.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{s}/x.csv'",
    "explain (analyze) COPY (SELECT 1) TO '{s}/x.csv'",
    "EXPLAIN /* a */ ANALYZE COPY (SELECT 1) TO '{s}/x.csv'",
    "-- a\nEXPLAIN ANALYZE COPY (SELECT 1) TO '{s}/x.csv'",
    "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
    "SET enable_external_access = true",
    "SELECT 1; SELECT 2",
    "EXPLAIN SELECT 1; COPY (SELECT 1) TO '{s}/x.csv'",
    "ATTACH '{s}/x.db'",
    "INSTALL httpfs",
    "DELETE FROM runs",
)


@pytest.mark.parametrize("text", WRITES)
def test_nothing_is_written(store: Store, text: str) -> None:
    before = sorted(Path(store.root).rglob("*"))
    with pytest.raises(UsageError, match=r"only read|syntax"):
        query(store, text.format(s=store.root))
    assert sorted(Path(store.root).rglob("*")) == before


@pytest.mark.parametrize("text", ["DELETE FROM runs RETURNING *", "UPDATE runs SET id = 'x' RETURNING *"])
def test_not_even_the_tables_made_for_a_query_are_changed(store: Store, text: str) -> None:
    with pytest.raises(UsageError, match="read-only"):
        query(store, f"WITH x AS ({text}) SELECT * FROM x")


@pytest.mark.parametrize("text", ["EXPLAIN SELECT * FROM runs", "EXPLAIN ANALYZE SELECT 1", "FROM runs", "SHOW TABLES"])
def test_what_reads_is_answered(store: Store, text: str) -> None:
    assert rows(store, text)


@pytest.mark.parametrize("where", ["", "local://", "memory:/"])
def test_only_the_stores_own_files_are_seen(tmp_path: Path, where: str) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    store = Store(f"{where}{tmp_path}/s")
    store.put(Run(RunInfo("r", "n", "t", "here"), history=History(pl.DataFrame({"_step": [0], "loss": [1.0]}))))
    assert rows(store, "SELECT loss FROM history") == [(1.0,)]
    others = [f"{tmp_path}/other.csv", f"{tmp_path}/s/../other.csv", "/etc/passwd"]
    for name in [scheme + other for scheme in ("", "file://", "local://") for other in others]:
        for text in (f"SELECT * FROM read_text('{name}'), history", f"SELECT * FROM '{name}'"):
            with pytest.raises(UsageError):
                query(store, text)


def test_whatever_a_query_may_be_it_opens_nothing_again() -> None:
    duckdb = pytest.importorskip("duckdb")
    for text in ("SET enable_external_access = true", "SET allowed_directories = ['/']", "RESET lock_configuration"):
        with pytest.raises(duckdb.Error, match=r"locked|Cannot"):
            sql._connection([], "SELECT 1").execute(text)


def test_duckdb_is_an_extra(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(MissingExtra, match=r"runcompare\[sql\]"):
        query(store, "SELECT 1")
