"""JSON lines and arrays of rows."""

import json
from pathlib import Path

import pytest
from table_files import logged, one


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (b'{"step": 1, "loss": 0.', 1),
        (b"[1, 2]", 1),
        (b"null", 1),
        (b'{"step": 7, "loss": 2}{"step": 1, "lo', 1),
        (b"\0" * 40, 1),
        (b'{"step": 1, "loss": 0.5}}', 1),
        (b"", 0),
        (b"[" * 100_000, 1),
    ],
)
def test_damaged_json_lines(tmp_path: Path, line: bytes, lost: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"step": 0, "loss": 1}\n' + line + b'\n{"step": 9, "loss": 3}\n')
    run = one(path)
    assert logged(run)[0] == {"step": 0, "loss": 1}
    assert logged(run)[-1] == {"step": 9, "loss": 3}
    assert run.lost.records == lost
    assert run.lost.bytes <= len(line)


def test_an_array_that_is_cut_keeps_the_rows_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    whole = json.dumps([{"step": i, "loss": i / 3} for i in range(50)])
    path.write_text(whole[: whole.index('"step": 30')])
    run = one(path)
    assert logged(run) == [{"step": i, "loss": i / 3} for i in range(30)]
    assert run.lost.records == 1
