"""Bytes and text of a file, whole or as far as they go."""

import gzip
import json
import math
from pathlib import Path

from table_files import logged, one

from runcompare.records.as_json import run_document


def test_a_cut_gzip_keeps_what_was_packed_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    text = "step,loss\n" + "".join(f"{i},{math.sin(i)!r}\n" for i in range(20_000))
    path.write_bytes(gzip.compress(text.encode())[:-50_000])
    run = one(path)
    assert 1_000 < len(run.history) < 20_000
    assert run.history.frame["loss"].to_list() == [math.sin(i) for i in range(len(run.history))]
    assert run.lost.bytes > 0
    assert "compressed" in run.warnings[0]


def test_lone_surrogates_and_broken_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"step": 0, "loss": 1, "t\\ud800": 1, "text": "\\udc00"}\n')
    (tmp_path / "b.csv").write_bytes(b"step,loss,caf\xe9\n0,1,\xff\n")
    assert json.dumps(run_document(one(tmp_path / "a.jsonl")), allow_nan=False)
    broken = one(tmp_path / "b.csv")
    assert logged(broken) == [{"step": 0, "loss": 1, "caf\\xe9": "\\xff"}]
    assert "UTF-8" in broken.warnings[0]
