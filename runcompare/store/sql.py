"""What does SQL see of the store? Tables `runs`, `config`, `summary`, `history`, `system`, by DuckDB; only reading.

In `runs`, the columns `config` and `summary` are structs: `config['optimizer.lr']`, `summary['eval/nrmse']`. Where a
key holds numbers in some runs and something else in others, the numbers keep it and the rest is at `KEY#json`.
"""

import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from runcompare.errors import MissingExtra, UsageError
from runcompare.records.as_json import plain
from runcompare.records.columns import frame_of_objects
from runcompare.records.config import flatten
from runcompare.records.export import storable
from runcompare.records.run import RunInfo
from runcompare.store.codec import HISTORY, SYSTEM
from runcompare.store.index import Outline, start_order
from runcompare.store.object_store import ObjectPlace
from runcompare.store.place import RUNS, Place
from runcompare.store.store import Store

__all__ = ["Table", "matching", "query"]

MANY_KEYS = 1_000  # beyond it, the structs have only the keys that the query names
_ROWS = {"history": HISTORY, "system": SYSTEM}
_TEXTS = ("id", "name", "group", "project", "entity", "source", "location", "state", "seed")


@dataclass(frozen=True, slots=True)
class Table:
    """The result of a query: the columns' names, and the rows as Python values; `problems` are runs that it lacks."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A run's outline and the place that holds its files."""

    outline: Outline
    place: Place

    def path(self, file: str) -> str:
        """Where DuckDB finds one of its files."""
        parts = (RUNS, self.outline.home, self.outline.version, file)
        if isinstance(self.place, ObjectPlace):
            return self.place.full_url(*parts)
        return str(Path(self.place.address(*parts)).resolve())

    def has_columns(self, file: str) -> bool:
        """Whether one of its files has any: DuckDB refuses those that have none."""
        body = self.place.read(RUNS, self.outline.home, self.outline.version, file)
        return bool(pl.read_parquet_schema(io.BytesIO(body)))


def query(store: Store, sql: str, *, newer: Store | None = None) -> Table:
    """Ask the tables made of `store` with one SELECT statement; runs of `newer` stand in for those of the same id.

    Raises UsageError for what is no single reading statement, with DuckDB's reason; MissingExtra without DuckDB;
    DataError for a store that can't be read.
    """
    found = _kept(store, newer)
    return replace(_query(found.runs, sql), problems=found.problems)


def matching(store: Store, condition: str, *, newer: Store | None = None) -> list[RunInfo]:
    """The runs for which a condition on the columns of `runs` holds, by start. Arguments and errors as of `query`."""
    kept = _kept(store, newer).runs
    ids = {row[0] for row in _query(kept, f"SELECT id FROM runs WHERE ({condition}\n)").rows}
    return [one.outline.info for one in kept if _text(one.outline.info.id) in ids]


class _Stored(NamedTuple):
    runs: list[_Kept]
    problems: tuple[str, ...]


def _kept(store: Store, newer: Store | None) -> _Stored:
    stores = [(some.place, some.listed()) for some in (store, newer) if some is not None]
    found = {outline.info.id: _Kept(outline, place) for place, listed in stores for outline in listed.outlines()}
    runs = sorted(found.values(), key=lambda one: start_order(one.outline.info))
    return _Stored(runs, tuple(problem for _, listed in stores for problem in listed.problems))


def _query(kept: Sequence[_Kept], sql: str) -> Table:
    connection = _connection(kept, sql)
    try:
        _check_reading(connection, sql)
        connection.execute("BEGIN TRANSACTION READ ONLY")  # a SELECT may delete in its WITH
        found = _asked(lambda: connection.execute(sql))
        return Table(tuple(column[0] for column in found.description), tuple(_asked(found.fetchall)))
    finally:
        connection.close()


def _connection(kept: Sequence[_Kept], sql: str) -> Any:
    try:
        import duckdb
    except ImportError:
        raise MissingExtra("duckdb", "sql") from None
    outlines = [one.outline for one in kept]
    connection = duckdb.connect(config={"threads": 2})
    _create(connection, "runs", _runs(outlines, sql))
    if _names(sql, "config"):
        _create(connection, "config", _long((o.info.id, dict(flatten(o.config))) for o in outlines))
    if _names(sql, "summary"):
        _create(connection, "summary", _long((o.info.id, o.summary) for o in outlines))
    for name in _ROWS:
        if _names(sql, name):
            _create_rows(connection, name, kept)
    _lock(connection, [one.place for one in kept])
    return connection


def _names(sql: str, table: str) -> bool:
    """Whether a query may be about a table, which then has to be made; `config['lr']` is about a column."""
    return re.search(rf"\b{table}\b(?!\s*\[)", sql, re.IGNORECASE) is not None


def _create(connection: Any, name: str, frame: pl.DataFrame) -> None:
    # by a file: DuckDB needs pyarrow to read a frame from memory
    with tempfile.TemporaryDirectory(prefix="runcompare-") as folder:
        path = str(Path(folder, "table.parquet"))
        frame.write_parquet(path, compression="uncompressed")
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet({_quoted(path)})")


def _create_rows(connection: Any, name: str, kept: Sequence[_Kept]) -> None:
    """A view over the files: a column a key, whichever runs logged it, and `run`, the id."""
    holding = [k for k in kept if (k.outline.rows if name == "history" else k.has_columns(_ROWS[name]))]
    paths = {k.path(_ROWS[name]): _text(k.outline.info.id) for k in holding}
    if not paths:
        connection.execute(f"CREATE VIEW {name} AS SELECT NULL::VARCHAR AS run, NULL::BIGINT AS _step LIMIT 0")
        return
    for place in (k.place for k in kept):
        if isinstance(place, ObjectPlace):
            connection.register_filesystem(place.filesystem)
            break
    _create(connection, f"_{name}_files", pl.DataFrame({"filename": list(paths), "run": list(paths.values())}))
    files = f"read_parquet([{', '.join(map(_quoted, paths))}], union_by_name = true, filename = true)"
    columns = [row[0] for row in _asked(lambda: connection.execute(f"DESCRIBE SELECT * FROM {files}").fetchall())]
    wide = [c.removesuffix("#int128") for c in columns if c.endswith("#int128")]
    keys = dict.fromkeys(c.removesuffix("#int128") for c in columns if c != "filename")
    picked = [_whole(key, key in wide) for key in keys]
    connection.execute(
        f"CREATE VIEW {name} AS SELECT f.run, {', '.join(picked)} FROM {files} h JOIN _{name}_files f USING (filename)"
        if picked
        else f"CREATE VIEW {name} AS SELECT run FROM _{name}_files LIMIT 0"
    )


def _whole(column: str, wide: bool) -> str:
    """A key's column; 128-bit numbers were stored as texts."""
    name = _named(column)
    return f"TRY_CAST({_named(column + '#int128')} AS HUGEINT) AS {name}" if wide else f"h.{name}"


def _lock(connection: Any, places: Sequence[Place]) -> None:
    """Queries see no file outside the stores, wherever these are, and can't change that."""
    folders = {p.full_url() if isinstance(p, ObjectPlace) else str(Path(p.root).resolve()) for p in places}
    connection.execute(f"SET allowed_directories = [{', '.join(map(_quoted, sorted(folders)))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE\b|\s*\([^()]*\))?\s", re.IGNORECASE)


def _check_reading(connection: Any, sql: str) -> None:
    """One SELECT, or the explanation of one: what is explained may be carried out, so it is parsed by itself."""
    explained = _EXPLAIN.match(sql)
    kinds = [_kinds(connection, sql), *([_kinds(connection, sql[explained.end() :])] if explained else [])]
    if kinds not in ([["SELECT"]], [["EXPLAIN"], ["SELECT"]]):
        raise UsageError("The store is only read: one SELECT at a time.", hint="See: runcompare sql --help")


def _kinds(connection: Any, sql: str) -> list[str]:
    """SELECT, COPY, EXPLAIN and the like: what each statement is."""
    statements = _asked(lambda: connection.extract_statements(sql))
    return [str(statement.type).rpartition(".")[2].partition("_")[0] for statement in statements]


def _asked(call: Callable[[], Any]) -> Any:
    import duckdb

    try:
        return call()
    except (duckdb.Error, RuntimeError) as error:
        lines = [line.strip() for line in re.split(r"\n\s*LINE \d", str(error))[0].splitlines() if line.strip()]
        reason = " ".join(lines)[:600].rstrip(".")
        raise UsageError(f"SQL: {reason}.", hint="The tables and their columns: runcompare sql --help") from None


def _runs(outlines: Sequence[Outline], sql: str) -> pl.DataFrame:
    infos = [o.info for o in outlines]
    texts = {name: [_text(getattr(info, name)) for info in infos] for name in _TEXTS}
    frame = pl.DataFrame(
        {
            **{name: pl.Series(values, dtype=pl.String) for name, values in texts.items()},
            "tags": pl.Series([[_text(tag) for tag in info.tags] for info in infos], dtype=pl.List(pl.String)),
            "started_at": pl.Series([info.started_at for info in infos], dtype=pl.Float64, strict=False),
            "runtime_s": pl.Series([o.runtime_s for o in outlines], dtype=pl.Float64, strict=False),
            "rows": pl.Series([o.rows for o in outlines], dtype=pl.Int64),
        }
    )
    seconds = pl.when(pl.col("started_at").abs() < 2e11).then(pl.col("started_at"))
    return frame.with_columns(
        (seconds * 1e6).cast(pl.Int64, strict=False).cast(pl.Datetime("us")).alias("started_at"),
        _struct([dict(flatten(o.config)) for o in outlines], sql).alias("config"),
        _struct([o.summary for o in outlines], sql).alias("summary"),
    )


def _struct(rows: Sequence[Mapping[str, Any]], sql: str) -> pl.Series:
    """One struct a run with every run's keys, each typed by all that it holds."""
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    for number, row in enumerate(rows):
        for key, value in row.items():
            at, values = cells.setdefault(_text(key) or "", ([], []))
            at.append(number)
            values.append(value)
    if len(cells) > MANY_KEYS:
        cells = {key: cell for key, cell in cells.items() if key and key in sql}
    frame = storable(frame_of_objects(cells, len(rows))[0]) if cells else pl.DataFrame()
    if not frame.width:
        return pl.Series([{"": None}] * len(rows), dtype=pl.Struct({"": pl.String}))
    names = _apart(frame.columns)
    return frame.rename(dict(zip(frame.columns, names, strict=True))).to_struct()


def _apart(names: Sequence[str]) -> list[str]:
    """SQL takes `LR` and `lr` for one name: the second becomes `lr_1`."""
    seen: set[str] = set()
    made = []
    for name in names:
        number, unique = 0, name
        while unique.lower() in seen:
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique.lower())
        made.append(unique)
    return made


def _long(runs: Any) -> pl.DataFrame:
    """One row a value: run, key, value (as JSON, texts as they are), number."""
    rows = [
        (_text(run), _text(key), _text(p if isinstance(p := plain(value), str) else json.dumps(p)), _number(value))
        for run, values in runs
        for key, value in values.items()
    ]
    schema = {"run": pl.String, "key": pl.String, "value": pl.String, "number": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: Any) -> str | None:
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
