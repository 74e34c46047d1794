"""The strict JSON form of a run."""

import ast
import json
from pathlib import Path

import msgspec
import numpy as np

import runcompare
from runcompare.records.as_json import builtin, json_text, run_document
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


def test_documents_are_ascii_and_give_back_every_text() -> None:
    text = json_text({"a": "\x9b31m \ud800 \N{SNOWMAN}", "b": [float("-inf"), (1, None)]})
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text) == {"a": "\x9b31m \ud800 \N{SNOWMAN}", "b": ["-Infinity", [1, None]]}


def converts(function: ast.AST) -> bool:
    """Whether a function asks if numbers are finite and has the words that JSON documents give the others."""
    texts = {n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    calls = {ast.unparse(n.func).rpartition(".")[2] for n in ast.walk(function) if isinstance(n, ast.Call)}
    return bool(texts & {"Infinity", "-Infinity"} and calls & {"isnan", "isinf", "isfinite"})


def test_nobody_else_turns_values_into_json_data() -> None:
    package = Path(runcompare.__file__).parent
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and converts(n)]
        assert not found, path


def test_numbers_of_numpy_are_numbers_where_msgspec_asks():
    odd = {"x": np.float64(1.5), "n": np.int64(3), "path": Path("a"), "yes": np.bool_(True)}
    assert msgspec.to_builtins(odd, enc_hook=builtin) == {"x": 1.5, "n": 3, "path": "a", "yes": True}
