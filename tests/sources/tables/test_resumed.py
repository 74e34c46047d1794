"""Long tables of several attempts say, read in pieces, what the whole tables say: whichever rows give way to which."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from drawn_attempts import draw_attempts
from long_runs import NOTE, assert_says_the_same

from runcompare.records.run import Run
from runcompare.sources import list_runs, read_run
from runcompare.sources.tables import from_parquet, in_pieces, resumed, source

KINDS = ("csv", "headed", "jsonl", "parquet")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_pieces, "_PIECE", 3000)
    monkeypatch.setattr(from_parquet, "_PIECE", 70)
    monkeypatch.setattr(resumed, "_FIRST", 20)


def read(path: Path) -> Run:
    for known in (source._listed, source._runs, source._whole):
        known.cache_clear()
    (info,) = list_runs([path]).runs
    return read_run(info)


def rows_of(draw: random.Random) -> list[list[dict[str, Any]]]:
    """Rows of each attempt; the time as it is often written, if at all, and settings that every row repeats."""
    clock, has_settings = draw.choice(("unix", "ms", "iso", "elapsed", "none")), draw.random() < 0.3
    is_sparse = draw.random() < 0.2
    found = []
    for attempt in draw_attempts(draw):
        rows: list[dict[str, Any]] = []
        for row in attempt.rows:
            times = {
                "unix": {"timestamp": row.time},
                "ms": {"timestamp": round(row.time * 1000)},
                "iso": {"timestamp": datetime.fromtimestamp(row.time, UTC).isoformat()},
                "elapsed": {"elapsed": row.time - attempt.start},
                "none": {},
            }[clock]
            step = {} if is_sparse and rows and draw.random() < 0.1 else {"step": row.step}
            rows.append({**step, **times, **row.values, **({"config.lr": 0.1, "run": "a"} if has_settings else {})})
        found.append(rows)
    return found


def write(folder: Path, draw: random.Random, kind: str) -> Path:
    attempts = rows_of(draw)
    for rows in attempts:
        if draw.random() < 0.2 and len(rows) > 20:
            rows[10:10] = [rows[9]] * 2
    everything = pl.DataFrame([row for rows in attempts for row in rows], infer_schema_length=None)
    path = folder / f"metrics.{'csv' if kind == 'headed' else kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for rows in attempts for row in rows))
    elif kind == "parquet":
        everything.write_parquet(path)
    else:
        parts, at = [], 0
        for rows in attempts:
            parts.append(everything[at : at + len(rows)].write_csv(include_header=kind == "headed" or not at))
            at += len(rows)
        path.write_text("".join(parts))
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_a_long_table_of_several_attempts_is_the_run_that_the_whole_gives(
    seed: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, random.Random(f"{kind} {seed}"), kind)
    whole = read(path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = read(path)
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)


def lines(first: int, last: int, phase: str = "hot") -> str:
    return "".join(f"{i},{(i * 7919) % 1000 / 1000},{phase}\n" for i in range(first, last))


HEADER = "step,loss,phase\n"
WHOLE = {
    "a block that stands twice": lines(0, 300) + lines(200, 260) + lines(300, 400),
    "texts that differ at a step": lines(0, 300, "a") + lines(200, 400, "b"),
    "an attempt that logs nothing again": lines(0, 300) + "".join(f"{i - 0.5},0.1,hot\n" for i in range(250, 400)),
    "a header that stands twice at one place": HEADER + lines(0, 300),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_the_pieces_do_not_tell_is_read_whole(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(HEADER + WHOLE[case])
    whole = read(path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = read(path)
    assert_says_the_same(whole, some)
    assert some.history.frame.equals(whole.history.frame)


def test_a_step_that_falls_too_often_is_no_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(HEADER + "".join(lines(0, 60, f"epoch {n}") for n in range(9)))
    whole = read(path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = read(path)
    assert_says_the_same(whole, some)
    assert some.history.whole["loss"].count == 540
    assert any("falls back 8 times" in w for w in some.warnings)
