"""Long records of several attempts say, read in pieces, what the whole records say: whichever rows give way."""

import random
from pathlib import Path

import pytest
from drawn_attempts import draw_attempts
from long_runs import NOTE, assert_says_the_same

from runcompare.records.recorder import encode_line
from runcompare.sources.recorder import source
from runcompare.sources.recorder.source import RecorderFiles


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_PIECE", 60)


def write(path: Path, draw: random.Random) -> Path:
    """Attempts, a few lines of which stand there twice or are damaged."""
    attempts = draw_attempts(draw)
    lines = [encode_line({"type": "run", "format": 1, "id": "r", "name": "r", "time": attempts[0].start})]
    copied, damaged = draw.choice((0.0, 0.01)), draw.choice((0.0, 0.01))
    for attempt in attempts:
        lines.append(encode_line({"type": "attempt", "time": attempt.start}))
        for row in attempt.rows:
            line = encode_line({"type": "row", "step": row.step, "time": row.time, "values": row.values})
            lines += [b"x" + line] if draw.random() < damaged else [line] * (1 + (draw.random() < copied))
    if draw.random() < 0.5:
        lines.append(encode_line({"type": "end", "state": "finished", "time": attempts[-1].start + 1e4}))
    path.write_bytes(b"".join(lines))
    return path


@pytest.mark.parametrize("seed", range(20))
def test_a_long_record_of_several_attempts_is_the_run_that_the_whole_gives(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "record.jsonl", random.Random(seed))
    whole = RecorderFiles().read(str(path))
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = RecorderFiles().read(str(path))
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)
    assert some.history.whole or len(whole.history) <= 100


def test_rows_that_may_be_copies_of_rows_no_longer_held_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "record.jsonl", random.Random(1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:75], *lines[5:20], *lines[75:]]))
    whole = RecorderFiles().read(str(path))
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "50")
    some = RecorderFiles().read(str(path))
    assert (some.history.whole, some.warnings) == ({}, whole.warnings)
    assert some.history.frame.equals(whole.history.frame)
    assert any("stand there twice" in w for w in some.warnings)
