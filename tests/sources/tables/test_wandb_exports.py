"""CSV exports of W&B's pages: a chart's columns are runs, a table's rows are."""

from pathlib import Path

import pytest

from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run

CHART = """"Step","a - val/loss","a - val/loss__MIN","a - val/loss__MAX","b - x - val/loss","b - x - val/loss__MIN",\
"b - x - val/loss__MAX"
"1","1.0","1.0","1.0","","",""
"2","0.5","0.5","0.5","0.6","0.6","0.6"
"""
ROWS = """"Name","State","Tags","Runtime","Created","lr","hidden","seed","model.depth","best_test_acc"
"a","finished","t1, t2","60","2026-11-01T08:00:00.000Z","0.1","64","0","2","0.9"
"a","crashed","","30","2026-11-02T08:00:00.000Z","0.2","32","1","2","0.8"
"b","finished","","","","0.2","32","2","3","0.7"
"""


def runs(path: Path, text: str) -> list[Run]:
    path.write_text(text)
    return [read_run(info) for info in list_runs([path]).runs]


@pytest.mark.parametrize("name", ["chart.csv", "wandb_export_2026-11-26T10_00_00.000+00_00.csv"])
def test_a_charts_columns_are_runs(tmp_path: Path, name: str) -> None:
    a, b = sorted(runs(tmp_path / name, CHART), key=lambda run: run.name)
    assert (a.name, b.name) == ("a", "b - x")
    assert a.history.series("val/loss").value.tolist() == [1.0, 0.5]
    assert a.history.series("val/loss").step.tolist() == [1, 2]
    assert b.history.keys == ("Step", "val/loss")
    assert b.summary["val/loss"] == 0.6


def test_a_chart_of_means_says_so(tmp_path: Path) -> None:
    a, _ = runs(tmp_path / "chart.csv", CHART.replace('"0.5","0.5","0.5"', '"0.5","0.4","0.6"'))
    assert any("means of val/loss" in warning for warning in a.warnings)


def test_a_table_of_runs_is_runs_not_rows(tmp_path: Path) -> None:
    found = {run.info.location.rpartition("#")[2]: run for run in runs(tmp_path / "runs.csv", ROWS)}
    assert set(found) == {"a~1", "a~2", "b"}
    first = found["a~1"]
    assert first.config == {"lr": 0.1, "hidden": 64, "seed": 0, "model": {"depth": 2}}
    assert (first.summary["best_test_acc"], first.summary["hidden"]) == (0.9, 64)  # what hidden is nobody knows
    assert "lr" not in first.summary
    assert (first.seed, first.runtime_s, first.info.tags, first.info.state) == (0, 60, ("t1", "t2"), "finished")
    assert first.info.started_at == 1_793_520_000
    assert found["a~2"].info.state == "interrupted"
    assert len(first.history) == 0


def test_exports_are_found_by_their_names_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "wandb_export_1.csv").write_text(ROWS)
    (tmp_path / "people.csv").write_text('"Name","State"\n"Bob","Ohio"\n')
    assert len(list_runs([tmp_path]).runs) == 3


def test_names_and_states_of_other_things_are_no_runs(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('"Name","State","step","age"\n"Bob","Ohio",1,7\n"Al","Utah",2,8\n')
    (info,) = list_runs([path]).runs
    assert read_run(info).history.frame.height == 2
