"""The strict JSON form of a run."""

import json

from runcompare.records.as_json import run_document
from runcompare.records.run import Run


def test_the_document_is_strict_json(full_run: Run) -> None:
    document = json.loads(json.dumps(run_document(full_run), allow_nan=False))
    assert list(document) == ["run", "history", "system", "lost", "warnings"]
    assert document["run"]["id"] == "r1"
    assert document["run"]["summary"] == {"eval/nrmse": "NaN", "text": "NaN"}
    assert document["lost"] == {"records": 1, "bytes": 20, "rebuilt_rows": 3}
    assert document["system"] == [{"_timestamp": 1.0, "cpu": 3.5}]


def test_rows_hold_what_was_logged_under_the_trackers_keys(full_run: Run) -> None:
    first, second, third = json.loads(json.dumps(run_document(full_run)))["history"]
    assert first == {"_step": 0, "loss": 1.5, "big": 2**53 + 1, "huge": 2**100, "word": "a", "flag": True}
    assert second == {"_step": 1, "loss": "NaN", "mixed": {"a": [1, None]}}
    assert third["loss"] == "-Infinity"
    assert third["flag"] is False
