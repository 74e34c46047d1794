"""A table of more rows than are kept is read in pieces, and says of its run what the whole table says."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import runcompare
from runcompare.errors import UnreadableRun
from runcompare.metrics.value import parse_rule, value
from runcompare.records.run import Run, RunInfo
from runcompare.reporting.markdown import to_markdown
from runcompare.sources import list_runs, read_run
from runcompare.sources.tables import from_parquet, in_pieces, source, unpacked
from runcompare.store.codec import encode_rows, encode_run
from runcompare.store.store import Store

ROWS = 3000
RULES = ("final", "mean-last:10%", "auc")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_pieces, "_PIECE", 5000)
    monkeypatch.setattr(from_parquet, "_PIECE", 700)


def rows(count: int = ROWS) -> list[dict[str, object]]:
    noise = np.random.default_rng(1).standard_normal(count).round(4)
    return [
        {
            "step": i,
            "timestamp": 1.7e9 + i / 2,
            "seed": 3,
            "train/loss": float(2 / (i + 1) ** 0.2 + noise[i] / 20),
            **({"val/loss": float(2 / (i + 1) ** 0.2)} if i % 50 == 49 else {}),
            "phase": "warmup" if i < 100 else "train",
        }
        for i in range(count)
    ]


def frame(count: int = ROWS) -> pl.DataFrame:
    return pl.DataFrame(rows(count), infer_schema_length=None)


def csv(count: int = ROWS) -> str:
    return frame(count).write_csv()


def text(kind: str) -> str:
    return csv() if kind == "csv" else "".join(json.dumps(row) + "\n" for row in rows())


def zstd(data: bytes) -> bytes:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return pyarrow.compress(data, codec="zstd", asbytes=True)


PACKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gz": gzip.compress, "zst": zstd}


def written(folder: Path, kind: str) -> Path:
    """A table of this kind of file; `csv, utf-16` is a CSV in that encoding."""
    folder.mkdir()
    ending, _, encoding = kind.partition(", ")
    path, (plain, _, packed) = folder / f"metrics.{ending}", ending.partition(".")
    if kind == "parquet":
        frame().write_parquet(path)
    else:
        path.write_bytes(PACKED[packed](text(plain).encode(encoding or "utf-8")))
    return path


def read(path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> Run:
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", str(most))
    for known in (source._listed, source._runs, source._whole):
        known.cache_clear()
    (info,) = list_runs([path]).runs
    return read_run(info)


KINDS = ("csv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "csv.zst", "jsonl.zst", "csv, utf-16", "jsonl.gz, utf-16")


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_table_gives_the_run_that_the_whole_gives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "run", kind)
    whole, some = (read(path, monkeypatch, most) for most in (ROWS * 2, 1000))
    assert len(whole.history) == ROWS
    assert 100 <= len(some.history) < 600
    assert (some.summary, some.info, some.config) == (whole.summary, whole.info, whole.config)
    assert (some.attempts, some.runtime_s, some.lost) == (whole.attempts, whole.runtime_s, whole.lost)
    assert some.history.frame.schema == whole.history.frame.schema
    for key in ("train/loss", "val/loss"):
        for rule in map(parse_rule, RULES):
            assert value(some, key, rule).mid == pytest.approx(value(whole, key, rule).mid)
    assert "history of 3,000 rows is kept at 100 points" in " ".join(some.warnings)
    assert some.history.series("val/loss").value.tolist() == whole.history.series("val/loss").value.tolist()


def test_the_report_says_it_and_judges_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = written(tmp_path / "run", "csv"), Run(RunInfo("old", "old", "test", ""), summary={"train/loss": 0.5})
    judged = []
    for most in (ROWS * 2, 1000):
        run = read(path, monkeypatch, most)
        comparison = runcompare.compare([run], [other], metric="train/loss")
        judged.append((comparison.verdict, comparison.quality.candidate.center))
    assert judged[0] == judged[1]
    assert "rows is kept at 100 points a key" in to_markdown(comparison)


def test_the_store_keeps_what_is_known_of_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = read(written(tmp_path / "run", "csv"), monkeypatch, 1000)
    store = Store(tmp_path / "store")
    store.put(run)
    kept = store.get(run.id)
    assert kept.history.whole == run.history.whole
    assert value(kept, "train/loss", parse_rule("auc")) == value(run, "train/loss", parse_rule("auc"))
    assert encode_run(kept) == encode_run(run)
    assert encode_rows(kept.history) == encode_rows(run.history)


DAMAGED = {
    "ragged lines": lambda lines: [*lines[:700], "1,2", *lines[700:2000], "x" * 30, *lines[2000:]],
    "zero bytes": lambda lines: [*lines[:900], "\0" * 50, *lines[900:]],
    "a stray quote": lambda lines: [*lines[:900], lines[900].replace("train", '"train'), *lines[901:]],
    "texts among numbers": lambda lines: [*lines[:2500], lines[2500].replace("3,", "3,oops", 1), *lines[2501:]],
    "a copied line": lambda lines: [*lines[:1500], lines[1499], *lines[1500:]],
    "a torn end": lambda lines: [*lines[:-1], lines[-1][:9]],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_costs_a_long_table_what_it_costs_the_whole(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "run", "csv")
    path.write_text("\n".join(DAMAGED[damage](path.read_text().splitlines())) + "\n")
    whole, some = (read(path, monkeypatch, most) for most in (ROWS * 2, 1000))
    assert (some.lost, some.summary, some.attempts) == (whole.lost, whole.summary, whole.attempts)
    assert len(some.history) < 600
    assert some.history.series("train/loss").logged == len(whole.history.series("train/loss"))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_damaged_packed_table_is_read_and_told_as_the_whole_is(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacked, "_CHUNK", 1000)
    path, drawn, thin = written(tmp_path / "run", f"{kind}.gz"), random.Random(0), 0
    half = len(text(kind)) // 2
    members = b"".join(gzip.compress(part.encode()) for part in (text(kind)[:half], text(kind)[half:]))
    for body in (path.read_bytes(), members):
        for _ in range(3):
            at = drawn.randrange(len(body) // 2, len(body))
            for damaged in (body[:at], body[:at] + body[:9], body + b"junk"):
                path.write_bytes(damaged)
                whole, some = (read(path, monkeypatch, most) for most in (ROWS * 2, 1000))
                assert (some.lost, some.summary, some.attempts) == (whole.lost, whole.summary, whole.attempts)
                assert [w for w in whole.warnings if "compressed" in w] == [
                    w for w in some.warnings if "compressed" in w
                ]
                assert some.history.series("train/loss").logged == len(whole.history.series("train/loss"))
                thin += bool(some.history.whole)
    assert thin > 15


def test_a_cut_zstd_table_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "run", "csv.zst")
    path.write_bytes(path.read_bytes()[:-500])
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    with pytest.raises(UnreadableRun, match="can't be unpacked"):
        source.TableFiles().read(str(path))


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_a_packed_table_may_unfold_into_more_than_is_held(
    packed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "run", f"jsonl.{packed}")
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", str(2 * len(text("jsonl"))))
    assert read(path, monkeypatch, 1000).history.series("train/loss").logged == ROWS
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100000")
    for known in (source._runs, source._whole):
        known.cache_clear()
    with pytest.raises(UnreadableRun, match="read into memory at once"):
        source.TableFiles().read(str(path))


WHOLE = {
    "several runs": lambda text: text.replace("1700000500.0,3", "1700000500.0,4"),
    "a step that falls back": lambda text: text + "".join(csv(90).splitlines(keepends=True)[20:]),
    "a header that stands again": lambda text: text + csv(90),
    "values of several runs": lambda _: (
        "run,step,metric,value\n" + "".join(f"{k},{i},loss,0.5\n" for i in range(ROWS) for k in "ab")
    ),
    "values at fractions of steps": lambda _: (
        "step,metric,value\n" + "".join(f"{i / 2},{k},0.5\n" for i in range(ROWS) for k in "ab")
    ),
    "line ends of old Macs": lambda text: text.replace("\n", "\r"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_a_piece_does_not_tell_is_read_whole(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "run", "csv")
    path.write_text(WHOLE[case](path.read_text()), newline="")
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    found = [read_run(info) for info in list_runs([path]).runs]
    assert found
    assert all(not run.history.whole for run in found)
    assert sum(len(run.history) for run in found) >= 90


def test_quoted_cells_of_several_lines_are_not_cut_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    lines = [f'{i},0.{i},"a note\nof lines\n, {i}"\n' for i in range(ROWS)]
    path.write_text("step,loss,note\n" + "".join(lines))
    run = read(path, monkeypatch, 1000)
    assert run.history.series("loss").logged == ROWS
    assert not run.lost.records


def test_a_long_table_may_have_four_times_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "run", "jsonl")
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", str(path.stat().st_size // 3))
    assert read(path, monkeypatch, 1000).history.series("train/loss").logged == ROWS
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", str(path.stat().st_size // 5))
    for known in (source._listed, source._runs, source._whole):
        known.cache_clear()
    assert "that are read of a file" in str(list_runs([path]).warnings)
