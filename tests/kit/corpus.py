"""Damaged files of every reader of which it is known what they still hold: by a seeded script.

A log is made of units: a line, a record, a page of a database. Damage changes units, so that it is known which rows
stand whole in the file. Rows are (step, loss); losses are unlike and exact in single precision.
"""

import json
import random
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import polars as pl

from runcompare.records.recorder import encode_line

Point = tuple[int, float]
COUNT = 40
T0 = 1_700_000_000
MLFLOW_RUN = "ab" * 16


class Unit(NamedTuple):
    """Some bytes of a file, and the rows that they hold: one, or those of a database's page."""

    data: bytes
    rows: tuple[Point, ...] = ()


class Damaged(NamedTuple):
    """A file's bytes, the rows that stand whole in it, and how many more may read as anything."""

    body: bytes
    rows: list[Point]
    doubtful: int = 0


Units = list[Unit]
Damage = Callable[[Units, random.Random], Damaged]


def _nothing(folder: Path) -> None:
    pass


class Reader(NamedTuple):
    """How a tracker's log is written: the file that is damaged, what stands beside it, and its units."""

    file: str
    units: Callable[[Sequence[Point]], Units]
    kind: str  # table, lines, records, document or pages
    beside: Callable[[Path], None] = _nothing


def points(seed: int, count: int = COUNT) -> list[Point]:
    """Losses that no two rows share, nor rows of two seeds."""
    return [(step, (2000 - 11 * step) / 1024 + 2 * seed) for step in range(count)]


def _lines(head: str, row: Callable[[Point], str], tail: str = "") -> Callable[[Sequence[Point]], Units]:
    def units(rows: Sequence[Point]) -> Units:
        found = [Unit(head.encode())] if head else []
        found += [Unit(f"{row(point)}\n".encode(), (point,)) for point in rows]
        return [*found, Unit(tail.encode())] if tail else found

    return units


def _document(head: str, row: Callable[[Point], str], tail: str) -> Callable[[Sequence[Point]], Units]:
    def units(rows: Sequence[Point]) -> Units:
        ends = [",\n"] * (len(rows) - 1) + ["\n"]
        found = [Unit((row(point) + end).encode(), (point,)) for point, end in zip(rows, ends, strict=True)]
        return [Unit(head.encode()), *found, Unit(tail.encode())]

    return units


def _record(rows: Sequence[Point]) -> Units:
    start = {"type": "run", "format": 1, "id": "r1", "name": "r1", "config": {"lr": 0.1}, "time": T0}
    found = [Unit(encode_line(start)), Unit(encode_line({"type": "attempt", "time": T0}))]
    for step, loss in rows:
        entry = {"type": "row", "step": step, "time": T0 + step, "values": {"loss": loss}}
        found.append(Unit(encode_line(entry), ((step, loss),)))
    return [*found, Unit(encode_line({"type": "end", "state": "finished", "time": T0 + 99}))]


def _wandb(rows: Sequence[Point]) -> Units:
    import wblog

    records = [Unit(wblog.framed([wblog.run_record(1, "r1", T0)]))]  # with the file's header
    for number, (step, loss) in enumerate(rows, start=2):
        row = {"_step": step, "_timestamp": T0 + step, "_runtime": step, "loss": loss}
        records.append(Unit(wblog.framed([wblog.history(number, row)])[len(wblog.HEADER) :], ((step, loss),)))
    return [*records, Unit(wblog.framed([wblog.exit_record(len(rows) + 2)])[len(wblog.HEADER) :])]


def _events(rows: Sequence[Point]) -> Units:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    def framed(event: Event) -> bytes:
        body = event.SerializeToString()
        length = struct.pack("<Q", len(body))
        crcs = (struct.pack("<I", masked_crc32c(part)) for part in (length, body))
        return length + next(crcs) + body + next(crcs)

    found = [Unit(framed(Event(wall_time=T0, file_version="brain.Event:2")))]
    for step, loss in rows:
        value = Summary.Value(tag="loss", simple_value=loss)
        event = Event(wall_time=T0 + step, step=step, summary=Summary(value=[value]))
        found.append(Unit(framed(event), ((step, loss),)))
    return found


def _trackio(rows: Sequence[Point]) -> Units:
    def fill(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step, metrics TEXT)")
        for step, loss in rows:
            text = json.dumps({"loss": loss, "note": "x" * 300})
            moment = f"2026-01-01T00:00:{step:02d}"
            values = (moment, "r1", step, text)
            db.execute("INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)", values)

    return _pages(fill, rows, lambda point: f'"loss": {point[1]}'.encode())


def _mlflow_db(rows: Sequence[Point]) -> Units:
    def fill(db: sqlite3.Connection) -> None:
        for sql in MLFLOW_TABLES:
            db.execute(sql)
        db.execute("INSERT INTO alembic_version VALUES ('x')")
        db.execute("INSERT INTO experiments VALUES (1, 'exp', '', 'active')")
        run = (MLFLOW_RUN, "r1", "FINISHED", T0 * 1000, T0 * 1000 + 99, 1, "active")
        db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", run)
        for step, loss in rows:
            db.execute("INSERT INTO metrics VALUES ('loss', ?, ?, ?, ?, 0)", (loss, T0 * 1000 + step, MLFLOW_RUN, step))

    return _pages(fill, rows, lambda point: struct.pack(">d", point[1]))


MLFLOW_TABLES = (
    "CREATE TABLE alembic_version (version_num TEXT)",
    "CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, "
    "lifecycle_stage TEXT)",
    "CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, start_time INTEGER, end_time INTEGER, "
    "experiment_id INTEGER, lifecycle_stage TEXT)",
    "CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan INTEGER, "
    "PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan))",
    "CREATE TABLE latest_metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, "
    "is_nan INTEGER)",
    "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT)",
    "CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT)",
)


def _pages(fill: Callable[[sqlite3.Connection], None], rows: Sequence[Point], mark: Callable[[Point], bytes]) -> Units:
    """A database of small pages. What an index holds as well stands on two."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.db")
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA page_size = 1024")
            fill(db)
            db.commit()
            db.execute("VACUUM")  # no rows that were there once
        body = path.read_bytes()
    pages = [body[at : at + 1024] for at in range(0, len(body), 1024)]
    return [Unit(page, tuple(point for point in rows if mark(point) in page)) for page in pages]


def _parquet(rows: Sequence[Point]) -> Units:
    import io

    out = io.BytesIO()
    pl.DataFrame({"step": [s for s, _ in rows], "loss": [v for _, v in rows]}).write_parquet(out)
    return [Unit(out.getvalue(), tuple(rows))]


def _mlflow_meta(folder: Path) -> None:
    about = f"run_id: {MLFLOW_RUN}\nrun_name: r1\nexperiment_id: '1'\nstatus: 3\n"
    times = f"start_time: {T0}000\nend_time: {T0}100\n"
    (folder / f"mlruns/1/{MLFLOW_RUN}/meta.yaml").write_text(about + times)


def _json(point: Point, **more: object) -> str:
    return json.dumps({"step": point[0], "loss": point[1], "note": "ok", **more})


def _csv(sign: str) -> Callable[[Point], str]:
    return lambda point: f"{point[0]}{sign}{point[1]}{sign}ok"


def _sibling(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text)

    return write


READERS: dict[str, Reader] = {
    "csv": Reader("metrics.csv", _lines("step,loss,note\n", _csv(",")), "table"),
    "tsv": Reader("metrics.tsv", _lines("step\tloss\tnote\n", _csv("\t")), "table"),
    "semicolons": Reader("log.csv", _lines("step;loss;note\n", _csv(";")), "table"),
    "lightning": Reader(
        "metrics.csv",
        _lines("epoch,step,loss\n", lambda p: f"{p[0] // 10},{p[0]},{p[1]}"),
        "table",
        _sibling("hparams.yaml", "lr: 0.1\n"),
    ),
    "sb3": Reader(
        "progress.csv",
        _lines("time/total_timesteps,train/loss,time/fps\n", lambda p: f"{p[0]},{p[1]},100"),
        "table",
    ),
    "jsonl": Reader("metrics.jsonl", _lines("", _json), "lines"),
    "mlflow files": Reader(
        f"mlruns/1/{MLFLOW_RUN}/metrics/loss",
        _lines("", lambda p: f"{T0 + p[0]}000 {p[1]} {p[0]}"),
        "lines",
        _mlflow_meta,
    ),
    "recorder": Reader("record.jsonl", _record, "records"),
    "wandb": Reader("wandb/offline-run-20260101_000000-r1/run-r1.wandb", _wandb, "records"),
    "tensorboard": Reader(f"events.out.tfevents.{T0}.host.1.0", _events, "records"),
    "json": Reader("metrics.json", _document("[\n", _json, "]\n"), "document"),
    "trainer": Reader(
        "trainer_state.json",
        _document('{"epoch": 1.0, "global_step": 39, "log_history": [\n', _json, '], "max_steps": 39}\n'),
        "document",
    ),
    "trackio": Reader("proj.db", _trackio, "pages"),
    "mlflow sqlite": Reader("mlflow.db", _mlflow_db, "pages"),
    "parquet": Reader("metrics.parquet", _parquet, "whole"),
}


def _joined(units: Sequence[Unit]) -> bytes:
    return b"".join(unit.data for unit in units)


def _rows(units: Sequence[Unit]) -> list[Point]:
    return list(dict.fromkeys(row for unit in units for row in unit.rows))


def _of(units: Sequence[Unit], doubtful: int = 0) -> Damaged:
    return Damaged(_joined(units), _rows(units), doubtful)


def _places(units: Units) -> list[int]:
    return [place for place, unit in enumerate(units) if unit.rows]


def _pick(units: Units, choose: random.Random) -> int:
    return choose.choice(_places(units)[2:-2])


def _changed(units: Units, place: int, data: bytes, doubtful: int = 0) -> Damaged:
    """With other bytes in the place of a row, which is lost with it."""
    return _of([*units[:place], Unit(data), *units[place + 1 :]], doubtful)


def _torn(units: Units, choose: random.Random) -> Damaged:
    """The end is missing, from within a row on."""
    place = _pick(units, choose)
    data = units[place].data
    return _of([*units[:place], Unit(data[: choose.randrange(1, max(2, len(data) // 2))])])


def _half_written(units: Units, choose: random.Random) -> Damaged:
    """Of a table's last value nobody knows whether it is all there."""
    last = _places(units)[-1]
    return _of([*units[:last], Unit(units[last].data[: len(units[last].data) // 2])], doubtful=1)


def _block_twice(units: Units, choose: random.Random) -> Damaged:
    place = choose.choice(_places(units)[2:-8])
    return Damaged(_joined([*units[: place + 5], *units[place:]]), _rows(units))


def _block_later(units: Units, choose: random.Random) -> Damaged:
    """Five rows stand again far behind, before the last one."""
    place, last = choose.choice(_places(units)[2:-20]), _places(units)[-1]
    return Damaged(_joined([*units[:last], *units[place : place + 5], *units[last:]]), _rows(units))


def _line_twice(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    return Damaged(_joined([*units[: place + 1], *units[place:]]), _rows(units))


def _zeroed(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    end = b"\n" if units[place].data.endswith(b"\n") else b""
    return _changed(units, place, bytes(len(units[place].data) - len(end)) + end)


def _zeros_between(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    return _of([*units[:place], Unit(b"\0" * 24 + b"\n"), *units[place:]])


def _zeros_at_end(units: Units, choose: random.Random) -> Damaged:
    return _of([*units, Unit(bytes(500))])


def _flipped_bit(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    data = bytearray(units[place].data)
    data[choose.randrange(len(data) - 1)] ^= 1 << choose.randrange(7)
    return _changed(units, place, bytes(data), doubtful=1)


def _mixed_ends(units: Units, choose: random.Random) -> Damaged:
    return _of([Unit(u.data.replace(b"\n", b"\r\n") if n % 3 else u.data, u.rows) for n, u in enumerate(units)])


def _marked(units: Units, choose: random.Random) -> Damaged:
    return _of([Unit(b"\xef\xbb\xbf"), *units])


def _utf16(units: Units, choose: random.Random) -> Damaged:
    return Damaged(_joined(units).decode().encode("utf-16"), _rows(units))


def _too_few(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    data, sign = units[place].data, _sign(units)
    return _of([*units[:place], Unit(data[: data.rindex(sign)] + b"\n", units[place].rows), *units[place + 1 :]])


def _too_many(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    data = units[place].data.rstrip(b"\n") + _sign(units) + b"7\n"
    return _of([*units[:place], Unit(data, units[place].rows), *units[place + 1 :]])


def _sign(units: Units) -> bytes:
    return next(sign for sign in (b";", b"\t", b",") if sign in units[0].data)


def _stray_quote(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    head, sign, last = units[place].data.rpartition(_sign(units))
    return _of([*units[:place], Unit(head + sign + b'"' + last, units[place].rows), *units[place + 1 :]])


def _words_between(units: Units, choose: random.Random) -> Damaged:
    place = _pick(units, choose)
    return _of([*units[:place], Unit(b"Epoch finished.\n"), *units[place:]])


def _shuffled(units: Units, choose: random.Random) -> Damaged:
    rows = _places(units)
    order = choose.sample(rows, len(rows))
    return _of([units[order[rows.index(n)]] if u.rows else u for n, u in enumerate(units)])


def _cut_page(units: Units, choose: random.Random) -> Damaged:
    """A page of a database overwritten with zeros."""
    place = choose.choice([n for n in _places(units) if n > 0])
    return _changed(units, place, bytes(1024))


def _shorter_by_a_page(units: Units, choose: random.Random) -> Damaged:
    return _of(units[:-1])


def _whole(units: Units, choose: random.Random) -> Damaged:
    return Damaged(_joined(units), _rows(units))


def _empty(units: Units, choose: random.Random) -> Damaged:
    return Damaged(b"", [])


def _file_twice(units: Units, choose: random.Random) -> Damaged:
    return Damaged(_joined(units) * 2, _rows(units))


_ANY: dict[str, Damage] = {"whole": _whole, "empty": _empty}
_UNITS: dict[str, Damage] = {
    **_ANY,
    "torn": _torn,
    "half-written last row": _half_written,
    "block twice": _block_twice,
    "block again later": _block_later,
    "row twice": _line_twice,
    "row of zeros": _zeroed,
    "zeros at the end": _zeros_at_end,
    "flipped bit": _flipped_bit,
}
_TEXT: dict[str, Damage] = {
    **_UNITS,
    "zeros between": _zeros_between,
    "mixed line ends": _mixed_ends,
    "words between": _words_between,
    "shuffled": _shuffled,
}
DAMAGES: dict[str, dict[str, Damage]] = {
    "table": {
        **_TEXT,
        "byte order mark": _marked,
        "UTF-16": _utf16,
        "a cell too few": _too_few,
        "a cell too many": _too_many,
        "stray quote": _stray_quote,
        "file twice": _file_twice,
    },
    "lines": _TEXT,
    "records": _UNITS,
    "document": {
        **_ANY,
        "torn": _torn,
        "half-written last row": _half_written,
        "mixed line ends": _mixed_ends,
        "block twice": _block_twice,
        "block again later": _block_later,
        "row twice": _line_twice,
    },
    "pages": {**_ANY, "page of zeros": _cut_page, "page missing": _shorter_by_a_page},
    "whole": _ANY,
}


_TWINS = {".csv": "history.csv", ".tsv": "history.tsv", ".jsonl": "history.jsonl"}


class Case(NamedTuple):
    """A folder of damaged files and the rows that stand whole in them."""

    reader: str
    damage: str
    files: dict[str, bytes]
    is_described: bool
    rows: list[Point]
    doubtful: int

    def write(self, folder: Path) -> None:
        for name, body in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        if self.is_described:
            READERS[self.reader].beside(folder)


def cases(seeds: int = 2) -> list[Case]:
    """All of them: each damage to each reader's log, with another place in each seed."""
    return [case for name in READERS for seed in range(seeds) for case in _cases(name, seed)]


def _cases(name: str, seed: int) -> Iterator[Case]:
    reader = READERS[name]
    units = reader.units(points(seed))
    for damage, change in DAMAGES[reader.kind].items():
        body, rows, doubtful = change(units, random.Random(f"{name} {damage} {seed}"))
        yield Case(name, damage, {reader.file: body}, True, rows, doubtful)
    whole = {reader.file: _joined(units)}
    if reader.beside is not _nothing:
        yield Case(name, "no description", whole, False, points(seed), 0)
    if other := _TWINS.get(Path(reader.file).suffix) if reader.kind in ("table", "lines") else None:
        more = points(seed + 4)
        both = whole | {other: _joined(reader.units(more))}
        yield Case(name, "two logs in a folder", both, True, [*points(seed), *more], 0)
