"""Cells of text as typed columns."""

from pathlib import Path

from table_files import logged, one


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


def test_names_of_our_axes_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"_step":"x","step":1,"loss":2,"l#json":"["}\n')
    assert logged(one(tmp_path / "a.jsonl")) == [{"_step#metric": "x", "step": 1, "loss": 2, "l#json#metric": "["}]
