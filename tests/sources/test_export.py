"""`runcompare export` of sources: strict JSON of all that was read, rows in every format, and damage reported."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import wblog

from runcompare import Recorder
from runcompare.cli import main

VALUES: list[dict[str, Any]] = [
    {"loss": 1.5, "note": "a"},
    {"loss": float("nan"), "val/acc": 0.25, "big": 2**60 + 1},
    {"loss": float("inf"), "note": 'b,"c"'},
    {"loss": float("-inf"), "val/acc": 0.5},
]
WORDED = [
    {"loss": 1.5, "note": "a"},
    {"loss": "NaN", "val/acc": 0.25, "big": 2**60 + 1},
    {"loss": "Infinity", "note": 'b,"c"'},
    {"loss": "-Infinity", "val/acc": 0.5},
]


def table(folder: Path) -> Path:
    rows = [{"_step": i, **row} for i, row in enumerate(VALUES)]
    (folder / "a.csv").write_text(pl.DataFrame(rows, infer_schema_length=None).write_csv())
    return folder / "a.csv"


def json_lines(folder: Path) -> Path:
    (folder / "a.jsonl").write_text("".join(json.dumps({"_step": i, **row}) + "\n" for i, row in enumerate(VALUES)))
    return folder / "a.jsonl"


def parquet(folder: Path) -> Path:
    pl.DataFrame([{"_step": i, **row} for i, row in enumerate(VALUES)], infer_schema_length=None).write_parquet(
        folder / "a.parquet"
    )
    return folder / "a.parquet"


def recorder(folder: Path) -> Path:
    with Recorder(folder / "a", id="a") as record:
        for row in VALUES:
            record.log(row)
    return folder / "a" / "record.jsonl"


def wandb(folder: Path) -> Path:
    path = folder / "run-a.wandb"
    path.write_bytes(wblog.framed(wblog.simple_log(VALUES)))
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "csv": table,
    "jsonl": json_lines,
    "parquet": parquet,
    "recorder": recorder,
    "wandb": wandb,
}


def strict(text: bytes) -> Any:
    def refused(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refused)


def export(capsysbinary: Any, *words: object) -> tuple[int, bytes, str]:
    with pytest.raises(SystemExit) as end:
        main(["export", *map(str, words)])
    out, err = capsysbinary.readouterr()
    return int(end.value.code or 0), out, err.decode()


def own(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k not in ("_step", "_timestamp", "_runtime")} for row in rows]


@pytest.mark.parametrize("kind", MAKERS)
def test_all_that_was_read(kind: str, tmp_path: Path, capsysbinary: Any) -> None:
    path = MAKERS[kind](tmp_path)
    code, out, _ = export(capsysbinary, path)
    document = strict(out)
    assert code == 0
    assert list(document) == ["run", "history", "system", "lost", "warnings"]
    assert own(document["history"]) == WORDED
    assert [row["_step"] for row in document["history"]] == [0, 1, 2, 3]
    assert document["lost"] == {"records": 0, "bytes": 0, "rebuilt_rows": 0}
    assert kind == "recorder" or document["run"]["summary"]["loss"] == "-Infinity"


@pytest.mark.parametrize("kind", MAKERS)
def test_rows_as_lines_and_tables(kind: str, tmp_path: Path, capsysbinary: Any) -> None:
    path = MAKERS[kind](tmp_path)
    lines = export(capsysbinary, path, "--format", "jsonl")[1].splitlines()
    assert own([strict(line) for line in lines]) == WORDED
    frame = pl.read_parquet(io.BytesIO(export(capsysbinary, path, "--format", "parquet")[1]))
    assert frame["big"].to_list() == [None, 2**60 + 1, None, None]
    assert frame["loss"].is_nan().to_list() == [False, True, False, False]
    text = export(capsysbinary, path, "--format", "csv")[1].decode()
    assert [line.count("NaN") for line in text.splitlines()] == [0, 0, 1, 0, 0]
    assert text.count("Infinity") == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "recorder", "wandb"])
def test_damage_is_reported_and_strict_refuses_it(kind: str, tmp_path: Path, capsysbinary: Any) -> None:
    path = MAKERS[kind](tmp_path)
    data = bytearray(path.read_bytes())
    at = data.index(b"0.25") - 12  # in the second row
    data[at : at + 10] = bytes(10)
    path.write_bytes(data)
    code, out, err = export(capsysbinary, path)
    document = strict(out)
    assert code == 0
    assert 0 < len(document["history"]) <= 4
    assert sum(document["lost"].values()) > 0
    assert document["warnings"]
    assert err.count("\n") >= 1
    code, out, err = export(capsysbinary, path, "--strict")
    assert (code, out) == (3, b"")
    assert "Not all of" in err
    assert "Traceback" not in err


def test_several_runs_of_one_file(tmp_path: Path, capsysbinary: Any) -> None:
    (tmp_path / "a.csv").write_text("run,step,loss\nx,0,1\ny,0,2\n")
    documents = strict(export(capsysbinary, tmp_path / "a.csv")[1])["runs"]
    assert [d["run"]["id"] for d in documents] == ["x", "y"]
    lines = export(capsysbinary, tmp_path / "a.csv", "--format", "jsonl")[1].splitlines()
    assert [strict(line)["_run"] for line in lines] == ["x", "y"]


def test_a_bare_name_of_a_file_here(tmp_path: Path, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert strict(export(capsysbinary, "a.csv")[1])["run"]["location"] == "a.csv"


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"nothing here", b"\x89PNG\r\n\x1a\n"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "json", "csv.gz"])
def test_nothing_readable_is_exit_3(ending: str, data: bytes, tmp_path: Path, capsysbinary: Any) -> None:
    (tmp_path / f"a.{ending}").write_bytes(data)
    code, out, err = export(capsysbinary, tmp_path / f"a.{ending}")
    assert (code, out) == (3, b"")
    assert "Traceback" not in err
    assert "internal" not in err
