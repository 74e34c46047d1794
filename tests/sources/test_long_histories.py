"""Memory does not grow with a history's rows: whole commands over so many rows and twice as many. `make faults` takes
5 million, of every kind of file that is read in pieces."""

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import event_log
import numpy as np
import polars as pl
import pytest

from runcompare.records.recorder import encode_line

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("RUNCOMPARE_LONG_ROWS", "480000"))
IS_FULL = ROWS > 1_000_000
MOST = 1.2  # times the peak, with twice the rows
PIECE = 100_000
SMALL = ("csv", "mlflow", "mlruns", "tensorboard", "trackio", "wandb")
KINDS = (*SMALL, "gzip", "jsonl", "parquet", "record", "values", "zstd") if IS_FULL else SMALL
COMMANDS = {"report": ("report", "new", "old", "-o", "report.md"), "runs": ("runs",), "pull": ("pull", "new", "old")}


def frames(rows: int, seed: int) -> Iterator[pl.DataFrame]:
    for begin in range(0, rows, PIECE):
        step = np.arange(begin, min(rows, begin + PIECE))
        noise = np.random.default_rng(seed * rows + begin).standard_normal(len(step))
        loss = (2 / (1 + step / rows * 9) + 0.05 * noise + 0.01 * seed).round(5)
        checked = pl.Series("val/loss", np.where(step % 1000 == 0, loss + 0.1, np.nan)).fill_nan(None)
        yield pl.DataFrame({"step": step, "timestamp": 1.7e9 + step / 10, "train/loss": loss, "val/loss": checked})


def resumed(rows: int, seed: int) -> Iterator[Iterator[pl.DataFrame]]:
    """The rows of two attempts: the second goes back some steps, and starts later than the first ended."""
    for number, (begin, end) in enumerate(((0, rows * 3 // 5), (rows // 2, rows))):
        late = (pl.col("timestamp") + number * rows).alias("timestamp")
        some = pl.col("step").is_between(begin, end - 1)
        yield (frame.filter(some).with_columns(late) for frame in frames(rows, seed))


def write_csv(folder: Path, rows: int, seed: int) -> None:
    with (folder / "metrics.csv").open("wb") as file:
        for number, frame in enumerate(chain.from_iterable(resumed(rows, seed))):
            frame.write_csv(file, include_header=not number)


def write_gzip(folder: Path, rows: int, seed: int) -> None:
    with gzip.open(folder / "metrics.csv.gz", "wb", compresslevel=1) as file:
        for number, frame in enumerate(frames(rows, seed)):
            file.write(frame.write_csv(include_header=not number).encode())


def write_zstd(folder: Path, rows: int, seed: int) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    with pyarrow.CompressedOutputStream(str(folder / "metrics.csv.zst"), "zstd") as file:
        for number, frame in enumerate(frames(rows, seed)):
            file.write(frame.write_csv(include_header=not number).encode())


def write_values(folder: Path, rows: int, seed: int) -> None:
    """So many lines of one value each: four metrics of a quarter as many steps."""
    with (folder / "metrics.csv").open("wb") as file:
        for number, frame in enumerate(frames(rows // 4, seed)):
            names = ("train/loss", "val/loss", "grad_norm", "lr")
            more = [(pl.col("train/loss") * (k + 1)).alias(name) for k, name in enumerate(names)]
            wide = frame.select("step", "timestamp", *more)
            lines = wide.unpivot(index=["step", "timestamp"], variable_name="metric").sort("step", maintain_order=True)
            lines.write_csv(file, include_header=not number)


def write_jsonl(folder: Path, rows: int, seed: int) -> None:
    with (folder / "metrics.jsonl").open("wb") as file:
        for frame in frames(rows, seed):
            frame.write_ndjson(file)


def write_parquet(folder: Path, rows: int, seed: int) -> None:
    pl.concat(frames(rows, seed)).write_parquet(folder / "metrics.parquet")


def write_record(folder: Path, rows: int, seed: int) -> None:
    with (folder / "record.jsonl").open("wb") as file:
        file.write(encode_line({"type": "run", "format": 1, "id": folder.name, "name": folder.name, "time": 1.7e9}))
        for number, attempt in enumerate(resumed(rows, seed)):
            file.write(encode_line({"type": "attempt", "time": 1.7e9 + number * (rows + rows / 20)}))
            for step, time, loss, checked in chain.from_iterable(frame.iter_rows() for frame in attempt):
                values = {"train/loss": loss, **({} if checked is None else {"val/loss": checked})}
                file.write(encode_line({"type": "row", "step": step, "time": time, "values": values}))
        file.write(encode_line({"type": "end", "state": "finished", "time": 1.7e9 + rows + rows / 10}))


def write_wandb(folder: Path, rows: int, seed: int) -> None:
    """As W&B's client writes it, a log an attempt: for each row its summary, then the row."""
    wblog = pytest.importorskip("wblog", reason="wandb is not installed", exc_type=ImportError)

    def records(number: int, attempt: Iterator[pl.DataFrame]) -> Iterator[bytes]:
        start, count = 1_700_000_000 + number * (rows + rows // 20), 0
        yield wblog.run_record(1, folder.name, start)
        for step, time, loss, checked in chain.from_iterable(frame.iter_rows() for frame in attempt):
            row = {"_step": step, "_timestamp": time, "_runtime": time - start, "train/loss": loss}
            row |= {} if checked is None else {"val/loss": checked}
            yield wblog.summary(2 * count + 2, row)
            yield wblog.history(2 * count + 3, row)
            count += 1
        yield wblog.exit_record(2 * count + 2, runtime=count // 10)

    for number, attempt in enumerate(resumed(rows, seed)):
        below = folder / "wandb" / f"offline-run-2023111{number}_221320-{folder.name}"
        below.mkdir(parents=True)
        with (below / f"run-{folder.name}.wandb").open("wb") as file:
            file.writelines(wblog.frames(records(number, attempt)))


def write_trackio(folder: Path, rows: int, seed: int) -> None:
    """The tables and the index that Trackio makes, and its rows."""
    with closing(sqlite3.connect(folder / f"{folder.name}.db")) as db, db:
        columns = "id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT NOT NULL"
        metrics = "timestamp TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL"
        db.execute(f"CREATE TABLE metrics ({columns}, {metrics})")
        db.execute(f"CREATE TABLE configs ({columns}, config TEXT NOT NULL)")
        db.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        insert = "INSERT INTO metrics (run_id, run_name, timestamp, step, metrics) VALUES (?, ?, ?, ?, ?)"
        for frame in frames(rows, seed):
            for step, time, loss, checked in frame.iter_rows():
                more = "" if checked is None else f',"val/loss":{checked}'
                logged = f'{{"train/loss":{loss}{more}}}'
                stamp = datetime.fromtimestamp(time, UTC).isoformat()
                db.execute(insert, (folder.name, folder.name, stamp, step, logged.encode()))


def write_tensorboard(folder: Path, rows: int, seed: int) -> None:
    """As TensorBoard's writer writes it, validations by epoch."""
    for number, attempt in enumerate(resumed(rows, seed)):
        start = 1.7e9 + number * (rows + rows // 20)
        with (folder / f"events.out.tfevents.{int(start)}.host.{number}").open("wb") as file:
            file.write(event_log.version(start))
            for step, time, loss, checked in chain.from_iterable(frame.iter_rows() for frame in attempt):
                file.write(event_log.scalar(time, step, b"train/loss", loss))
                if checked is not None:
                    file.write(event_log.scalar(time, step // 1000, b"val/loss", checked))


def write_mlflow(folder: Path, rows: int, seed: int) -> None:
    """A run in a store that MLflow made, with rows of the kind that it writes."""
    mlflow_stores = pytest.importorskip("mlflow_stores", reason="MLflow is not installed", exc_type=ImportError)
    path, run = folder / "mlflow.db", f"{seed:032x}"
    shutil.copyfile(mlflow_stores.stores().sqlite, path)
    with closing(sqlite3.connect(path)) as db, db:
        for table in ("metrics", "latest_metrics", "params", "tags", "runs"):
            db.execute(f"DELETE FROM {table}")
        names = "run_uuid, name, status, start_time, end_time, experiment_id, lifecycle_stage"
        start = 1_700_000_000_000
        ended = (run, folder.name, "FINISHED", start, start + rows * 100, 1, "active")
        db.execute(f"INSERT INTO runs ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", ended)
        insert = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)"
        for frame in frames(rows, seed):
            for step, _, loss, checked in frame.iter_rows():
                db.execute(insert, ("train/loss", loss, start + step * 100, run, step))
                if checked is not None:
                    db.execute(insert, ("val/loss", checked, start + step * 100 + 3, run, step // 1000))


def write_mlflow_files(folder: Path, rows: int, seed: int) -> None:
    below = folder / "mlruns" / "1" / f"{seed:032x}"
    (below / "metrics" / "train").mkdir(parents=True)
    (below / "metrics" / "val").mkdir()
    start = 1_700_000_000_000
    stated = f"start_time: {start}\nend_time: {start + rows * 100}\nstatus: 3\nlifecycle_stage: active\n"
    (below / "meta.yaml").write_text(f"run_id: {below.name}\nrun_name: {folder.name}\nexperiment_id: '1'\n{stated}")
    with (below / "metrics/train/loss").open("w") as train, (below / "metrics/val/loss").open("w") as val:
        for frame in frames(rows, seed):
            for step, _, loss, checked in frame.iter_rows():
                train.write(f"{start + step * 100} {loss} {step}\n")
                if checked is not None:
                    val.write(f"{start + step * 100 + 3} {checked} {step // 1000}\n")


WRITERS: dict[str, Callable[[Path, int, int], None]] = {
    "csv": write_csv,
    "gzip": write_gzip,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "record": write_record,
    "mlflow": write_mlflow,
    "mlruns": write_mlflow_files,
    "tensorboard": write_tensorboard,
    "trackio": write_trackio,
    "values": write_values,
    "wandb": write_wandb,
    "zstd": write_zstd,
}
# the peak that getrusage tells of a process may be that of the one which started it
_PEAK = (
    "import atexit, re, sys; from pathlib import Path; from runcompare.cli import main; sys.argv[0] = 'runcompare';"
    "peak = lambda: re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1];"
    "atexit.register(lambda: print(peak(), file=sys.stderr)); main()"
)


def peak(folder: Path, words: Sequence[str], most: int) -> float:
    """The largest resident memory of a command on folders of up to `most` rows, in MB."""
    settings = {"RUNCOMPARE_MAX_BYTES": "8GB"} if IS_FULL else {"RUNCOMPARE_MAX_ROWS": str(most // 12)}
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RUNCOMPARE_STORE": str(folder / "store"), **settings}
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is looked up in /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_rows_take_no_more_memory(kind: str, tmp_path: Path) -> None:
    commands = COMMANDS if IS_FULL or kind == "csv" else {"report": COMMANDS["report"]}
    peaks: dict[str, list[float]] = {name: [] for name in commands}
    most = ROWS if IS_FULL or kind == "csv" else ROWS // 18  # the writers of others are slow
    for rows in (most // 2, most):
        below = tmp_path / str(rows)
        for seed, name in enumerate(("old", "new")):
            (below / name).mkdir(parents=True)
            WRITERS[kind](below / name, rows, seed)
        for name, words in commands.items():
            peaks[name].append(peak(below, words, most))
        if kind in ("csv", "record", "wandb"):
            assert f"history of {rows:,} rows is kept" in (below / "report.md").read_text()
    for name, (few, many) in peaks.items():
        print(f"long histories, {kind}, {name}: {few:.0f} MB at {most // 2:,} rows, {many:.0f} MB at {most:,}")
    assert all(many <= MOST * few for few, many in peaks.values()), peaks
