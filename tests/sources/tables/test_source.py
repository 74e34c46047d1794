"""CSV, JSON lines, JSON and Parquet files as runs."""

import gzip
import io
import json
import math
import os
import random
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from runcompare.errors import RunNotFound, UnreadableRun
from runcompare.records.as_json import rows_of, run_document
from runcompare.records.run import Lost, Run
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.kit import files
from runcompare.sources.tables.source import TableFiles

ROWS: list[dict[str, Any]] = [
    {"step": 0, "loss": 1.0, "eval/acc": None, "note": 'start, then "go"', "id": 2**53 + 1},
    {"step": 5, "loss": float("nan"), "eval/acc": 0.1, "note": None, "id": 2**62 + 3},
    {"step": 10, "loss": float("inf"), "eval/acc": None, "note": "naïve 😀", "id": -(2**63)},
    {"step": 15, "loss": -0.1, "eval/acc": 1 / 3, "note": "ü", "id": 0},
]


def one(path: Path) -> Run:
    (info,) = TableFiles().scan_named(path)
    run = TableFiles().read(info.location)
    assert run.info == info
    return run


def logged(run: Run) -> list[dict[str, Any]]:
    """Rows without our own axes; NaN as a word, so that rows compare."""
    own = ("_step", "_timestamp", "_runtime")
    return [{k: v for k, v in row.items() if k not in own} for row in rows_of(run.history)]


def worded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def word(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return value

    return [{k: word(v) for k, v in row.items() if v is not None} for row in rows]


def packed(kind: str) -> bytes:
    frame = pl.DataFrame(ROWS)
    out = io.BytesIO()
    if kind.endswith(".zst"):
        frame.write_csv(out, compression="zstd", check_extension=False)
        return out.getvalue()
    if kind == "parquet":
        frame.write_parquet(out)
        return out.getvalue()
    lines = [json.dumps({k: v for k, v in row.items() if v is not None}) for row in ROWS]
    columns = {key: [row[key] for row in ROWS] for key in ROWS[0]}
    separator = {"tsv": "\t", "semicolon.csv": ";"}.get(kind, ",")
    texts = {
        "jsonl": "\n".join(lines),
        "ndjson.gz": "\r\n".join([*lines, ""]),
        "json": json.dumps(ROWS, indent=1),
        "columns.json": json.dumps(columns),
        "nested.json": json.dumps({"name": "x", "history": ROWS}),
    }
    text = texts.get(kind) or frame.write_csv(separator=separator)
    if kind == "crlf.csv":
        text = "\ufeff" + text.replace("\n", "\r\n")
    data = text.encode("utf-16" if kind == "utf16.csv" else "utf-8")
    return gzip.compress(data) if kind.endswith(".gz") else data


KINDS = ["csv", "tsv", "semicolon.csv", "crlf.csv", "utf16.csv", "csv.gz", "csv.zst", "jsonl", "ndjson.gz", "json"]
KINDS += ["columns.json", "nested.json", "parquet"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_every_value(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"try1.{kind}"
    path.write_bytes(packed(kind))
    run = one(path)
    assert logged(run) == worded(ROWS)
    assert run.history.frame["_step"].to_list() == [0, 5, 10, 15]
    assert run.summary == {"step": 15, "loss": -0.1, "eval/acc": 1 / 3, "note": "ü", "id": 0}
    assert (run.lost, run.warnings) == (Lost(), ())
    assert path.read_bytes() == packed(kind)


@pytest.mark.parametrize("format_", ["csv", "parquet", "jsonl"])
def test_our_own_exports_read_back(tmp_path: Path, format_: str) -> None:
    from runcompare.cli.export import _EXPORTS
    from runcompare.records.run import Group

    (tmp_path / "a.jsonl").write_text('{"_step":1,"x":1.5,"l":[1,{"a":null}],"t":"w"}\n{"_step":2,"x":"odd","t":"v"}\n')
    run = one(tmp_path / "a.jsonl")
    (tmp_path / f"again.{format_}").write_bytes(_EXPORTS[format_](Group("a", "a", (run,))))
    again = one(tmp_path / f"again.{format_}")
    assert list(rows_of(again.history)) == list(rows_of(run.history))


@pytest.mark.parametrize(
    ("text", "rows", "lost"),
    [
        ("step,loss\n0,1\n1,2,3\n2\n3,4\n", [(0, 1), (3, 4)], 2),
        ("step,loss\n0,1\n\n1,2\n   \n", [(0, 1), (1, 2)], 0),
        ("step,loss\n0,1\n1,2\n2", [(0, 1), (1, 2)], 1),
        ("step,loss\n0,1\n1,2\n2,0.5", [(0, 1), (1, 2), (2, 0.5)], 0),
        ('step,loss\n0,1\n1,"2\n2,3\n3,4\n', [(0, 1), (2, 3), (3, 4)], 1),
        ("step,loss\n0,1\n\0\0\0\0\0\n1,2\n\0\0\0", [(0, 1), (1, 2)], 2),
        ("sep=;\nstep;loss\n0;0,5\n1;2\n", [(0, 0.5), (1, 2)], 0),
        ("# step,loss\n0,1.\n1,+.5\n2,007\n", [(0, 1), (1, 0.5), (2, 7)], 0),
        (",step,loss\n0,5,1\n1,6,2\n", [(5, 1), (6, 2)], 0),
        ("step,loss\n0,NA\n1,None\n2,2\n", [(0, None), (1, None), (2, 2)], 0),
    ],
    ids=["ragged", "blank", "torn", "open", "quote", "zeros", "excel", "numpy", "pandas", "words"],
)
def test_lines_that_are_odd(tmp_path: Path, text: str, rows: list[tuple[Any, Any]], lost: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    run = one(path)
    assert [(row["step"], row.get("loss")) for row in logged(run)] == rows
    assert run.lost.records == lost
    assert bool(run.lost.bytes) == bool(lost)
    assert any(f"{lost} (" in warning for warning in run.warnings) == bool(lost)


def test_polars_and_the_csv_module_read_the_same(tmp_path: Path) -> None:
    """A quote anywhere sends a file the slow way."""
    rng = random.Random(3)
    cells = [
        "",
        "1",
        "-0",
        "0.5",
        "1e5",
        "NaN",
        "inf",
        "-Infinity",
        "+2",
        "007",
        str(2**53 + 1),
        "x",
        "NA",
        "true",
        " 3",
    ]
    for _ in range(60):
        kinds = [rng.sample(cells, rng.randrange(1, 5)) for _ in range(6)]
        rows = [[str(i), *(rng.choice(kind) for kind in kinds)] for i in range(rng.randrange(1, 40))]
        lines = [",".join(row) + "\n" for row in [["step", *"abcdef"], *rows]]
        (tmp_path / "fast.csv").write_text("".join(lines))
        (tmp_path / "slow.csv").write_text(
            "".join([lines[0].replace("f", '"f"'), *lines[1:]]).replace("\n0,", '\n"0",')
        )
        fast, slow = one(tmp_path / "fast.csv"), one(tmp_path / "slow.csv")
        assert fast.history.frame.equals(slow.history.frame)
        assert fast.history.frame.schema == slow.history.frame.schema
        assert (fast.warnings, fast.lost) == (slow.warnings, slow.lost)


def test_a_header_of_many_columns(tmp_path: Path) -> None:
    names = [f"k{i}" for i in range(10_000)]
    (tmp_path / "a.csv").write_text("step," + ",".join(names) + "\n0" + ",1.5" * 10_000 + "\n")
    run = one(tmp_path / "a.csv")
    assert len(run.history.keys) == 10_001
    assert run.summary["k9999"] == 1.5


def test_a_last_line_that_may_be_cut_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n0,1.25\n1,1.2")
    assert any("no line break" in warning for warning in one(tmp_path / "a.csv").warnings)


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


def test_a_cut_gzip_keeps_what_was_packed_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    text = "step,loss\n" + "".join(f"{i},{math.sin(i)!r}\n" for i in range(20_000))
    path.write_bytes(gzip.compress(text.encode())[:-50_000])
    run = one(path)
    assert 1_000 < len(run.history) < 20_000
    assert run.history.frame["loss"].to_list() == [math.sin(i) for i in range(len(run.history))]
    assert run.lost.bytes > 0
    assert "compressed" in run.warnings[0]


def test_what_is_no_number_stays_beside_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,loss,when\n0,1,x\n1,oops,\n2,3,5\n")
    run = one(path)
    assert logged(run) == [
        {"step": 0, "loss": 1, "when": "x"},
        {"step": 1, "loss": "oops"},
        {"step": 2, "loss": 3, "when": 5},
    ]
    assert run.history.numeric_keys == ("step", "loss", "when")
    assert sum("not numbers" in warning for warning in run.warnings) == 2


def test_lone_surrogates_and_broken_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"step": 0, "loss": 1, "t\\ud800": 1, "text": "\\udc00"}\n')
    (tmp_path / "b.csv").write_bytes(b"step,loss,caf\xe9\n0,1,\xff\n")
    assert json.dumps(run_document(one(tmp_path / "a.jsonl")), allow_nan=False)
    broken = one(tmp_path / "b.csv")
    assert logged(broken) == [{"step": 0, "loss": 1, "caf\\xe9": "\\xff"}]
    assert "UTF-8" in broken.warnings[0]


def test_names_of_our_axes_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"_step":"x","step":1,"loss":2,"l#json":"["}\n')
    assert logged(one(tmp_path / "a.jsonl")) == [{"_step#metric": "x", "step": 1, "loss": 2, "l#json#metric": "["}]


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss,loss\n0,1,2\n")
    assert logged(one(tmp_path / "a.csv")) == [{"step": 0, "loss": 1, "loss#2": 2}]


def test_tens_of_thousands_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"step": 0, **{f"k{i}": i for i in range(50_000)}}) + "\n")
    assert len(one(path).history.keys) == 50_001


def test_a_run_column_makes_several_runs(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text("run,seed,step,loss,only_b\n007,1,0,1,\nb,2,0,2,9\n007,1,1,0.5,\n,3,0,0,\n")
    runs = [TableFiles().read(info.location) for info in TableFiles().scan_named(path)]
    assert [(run.id, run.info.group, run.seed) for run in runs] == [("007", "sweep", 1), ("b", "sweep", 2)]
    assert [row["loss"] for row in logged(runs[0])] == [1, 0.5]
    assert "only_b" not in runs[0].history.keys
    assert all(run.lost.records == 1 for run in runs)  # a row without a name may be any run's
    assert resolve("sweep", roots=[path]).runs[1].id == "b"


def test_a_seed_column_makes_replicates(tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    path.write_text("seed,step,loss\n0,0,1\n0,1,2\n1,0,3\n")
    group = resolve(str(path), roots=[])
    assert [(run.id, run.seed, run.config) for run in group.runs] == [
        ("base-s0", 0, {"seed": 0}),
        ("base-s1", 1, {"seed": 1}),
    ]


def test_a_group_column_names_the_sides(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("run,group,step,loss\na,new,0,1\nb,new,0,2\nc,old,0,3\n")
    assert [run.id for run in resolve("new", roots=[tmp_path]).runs] == ["a", "b"]


def test_a_config_beside_it(tmp_path: Path) -> None:
    (tmp_path / "try.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "try.config.yaml").write_text(
        "lr: 1e-3\nmodel: {dim: 8}\nseed: 4\nhf_token: hf_0123456789abcdefghijkl\n"
    )
    (listed,) = list_runs([tmp_path]).runs
    run = TableFiles().read(listed.location)
    assert listed.seed == 4
    assert run.config["lr"] == 1e-3
    assert run.config["hf_token"] == "(redacted)"


def test_a_broken_config_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "try.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "try.config.json").write_text("{")
    run = one(tmp_path / "try.csv")
    assert len(run.history) == 1
    assert any("no YAML or JSON" in warning for warning in run.warnings)


def test_a_folder_of_tables_is_not_a_folder_of_runs(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("step,loss\n0,1\n")  # named as nothing of ours
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "metrics.csv").write_text("name,age\nbob,7\n")  # no step
    (tmp_path / "log.json").write_text('{"accuracy": 0.9}')  # no rows
    (tmp_path / "logs.csv").write_text("just text\nand more\n")
    (tmp_path / "history.parquet").write_bytes(b"")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "metrics.csv").write_text("epoch,val_loss\n1,0.5\n")
    listing = list_runs([tmp_path])
    assert [run.id for run in listing.runs] == ["real"]
    assert listing.warnings == (f"{tmp_path / 'history.parquet'} is empty.",)
    assert resolve(str(tmp_path / "prices.csv"), roots=[]).runs[0].id == "prices"


@pytest.mark.parametrize("other", ["hparams.yaml", "record.jsonl", "meta.yaml"])
def test_another_trackers_table_is_left_to_it(tmp_path: Path, other: str) -> None:
    (tmp_path / "metrics.csv").write_text("step,loss\n0,1\n")
    assert TableFiles().accepts(tmp_path / "metrics.csv")
    (tmp_path / other).write_text("")
    assert not TableFiles().accepts(tmp_path / "metrics.csv")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.csv", b"\0" * 5000),
        ("a.csv", b"1,2\n3,4\n"),
        ("a.csv", b"step,loss\n"),
        ("a.jsonl", b"nothing\nhere\n"),
        ("a.json", b"[1, 2, 3]"),
        ("a.parquet", b"PAR1" + b"\0" * 100),
        ("a.parquet", b"\x89PNG\r\n"),
        ("a.csv.gz", b"\x1f\x8b" + b"\0" * 100),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 100),
    ],
)
def test_a_foreign_file_is_an_error_of_ours(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises((UnreadableRun, RunNotFound), match=name):
        resolve(str(path), roots=[])


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    assert "not a regular file" in list_runs([tmp_path]).warnings[0]


def test_a_file_that_is_being_written_has_lost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    with path.open("w") as file:
        file.write("step,loss\n0,1\n1,0.")
        file.flush()
        time.sleep(0.25)  # open files are looked up five times a second
        run = one(path)
    assert run.info.state == "running"
    assert (logged(run), run.lost) == ([{"step": 0, "loss": 1}], Lost())


def test_a_damaged_parquet_file_keeps_its_other_columns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"step": range(1000), "loss": [math.sin(i) for i in range(1000)]})
    frame.write_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    at = len(data) // 2  # inside the column `loss`, whose digits don't compress
    data[at : at + 200] = bytes(200)
    path.write_bytes(data)
    run = one(path)
    assert run.history.frame["step"].to_list() == list(range(1000))
    assert "loss" not in run.history.keys
    assert run.lost.records == 1000
    assert "'loss'" in run.warnings[0]
    assert capfd.readouterr().err == ""


def test_a_history_is_named_after_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "try 1" / "logs").mkdir(parents=True)
    path = tmp_path / "try 1" / "logs" / "metrics.csv"
    path.write_text("step,loss\n0,1\n")
    assert one(path).id == "try 1"
    monkeypatch.chdir(path.parent)
    assert [one(Path(p)).id for p in ("metrics.csv", "../logs/metrics.csv", "../../try 1/logs/metrics.csv")] == [
        "try 1"
    ] * 3


def test_processes_that_end_while_we_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks which files are open must not mind a process that is gone by then."""

    def gone(path: Path) -> list[Path]:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "iterdir", gone)
    assert files._open_for_writing.__wrapped__(0) == frozenset()
