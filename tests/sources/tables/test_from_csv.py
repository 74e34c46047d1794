"""Text with one row a line."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from table_files import logged, one


@pytest.mark.parametrize(
    ("text", "rows", "lost"),
    [
        ("step,loss\n0,1\n1,2,3\n2\n3,4\n", [(0, 1), (3, 4)], 2),
        ("step,loss,a\n0,1,2\n" + "saved, ok\n" * 9 + "1,2,3\n", [(0, 1), (1, 2)], 9),
        ("step,loss,note\n0,1\n1,2\n2,3\n3,4,ok\n", [(0, 1), (1, 2), (2, 3), (3, 4)], 0),
        ("step,loss\n0,1\n\0\0\0\0001,2\n2,3\0\n", [(0, 1), (1, 2)], 1),
        ("step,loss,a,b\n0,1,2,3\n1,2,3\n2,3,4,5\n", [(0, 1), (1, 2), (2, 3)], 1),
        ('step,loss,note\n0,1,x\n1,2,"x\n2,3,x\n', [(0, 1), (1, 2), (2, 3)], 1),
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
    ids=[
        "ragged",
        "words between",
        "usual",
        "glued",
        "short",
        "stray",
        "blank",
        "torn",
        "open",
        "quote",
        "zeros",
        "excel",
        "numpy",
        "pandas",
        "words",
    ],
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


def test_a_last_line_that_may_be_cut_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n0,1.25\n1,1.2")
    assert any("no line break" in warning for warning in one(tmp_path / "a.csv").warnings)


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss,loss\n0,1,2\n")
    assert logged(one(tmp_path / "a.csv")) == [{"step": 0, "loss": 1, "loss#2": 2}]


def test_tens_of_thousands_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"step": 0, **{f"k{i}": i for i in range(50_000)}}) + "\n")
    assert len(one(path).history.keys) == 50_001
