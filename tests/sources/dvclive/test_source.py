"""DVCLive's folder, written by DVCLive where it is installed, else files of its format."""

import json
from pathlib import Path

import pytest

from runcompare.records.run import Run
from runcompare.sources import list_runs
from runcompare.sources.registry import read_run


def only(folder: Path) -> Run:
    (info,) = list_runs([folder]).runs
    return read_run(info)


def written(folder: Path, column: str = "loss") -> Path:
    home = folder / "new" / "dvclive"
    (home / "plots" / "metrics" / "train").mkdir(parents=True)
    (home / "plots" / "metrics" / "train" / "loss.tsv").write_text(f"step\t{column}\n0\t1.0\n1\t0.5\n")
    (home / "metrics.json").write_text(json.dumps({"train": {"loss": 0.5}, "test": {"acc": 0.75}, "step": 1}))
    (home / "params.yaml").write_text("lr: 0.1\nseed: 3\n")
    return home


@pytest.mark.parametrize("column", ["loss", "train/loss"])  # of newer and older versions
def test_curves_figures_and_params_are_one_run(tmp_path: Path, column: str) -> None:
    written(tmp_path, column)
    run = only(tmp_path)
    assert (run.name, run.seed, run.config) == ("new", 3, {"lr": 0.1, "seed": 3})
    assert run.history.series("train/loss").value.tolist() == [1.0, 0.5]
    assert run.summary == {"train/loss": 0.5, "test/acc": 0.75}


def test_params_above_the_folder_count_where_it_has_none(tmp_path: Path) -> None:
    home = written(tmp_path)
    (home / "params.yaml").rename(home.parent / "params.yaml")
    assert only(tmp_path).config == {"lr": 0.1, "seed": 3}


def test_a_broken_table_costs_only_itself(tmp_path: Path) -> None:
    home = written(tmp_path)
    (home / "plots" / "metrics" / "odd.tsv").write_text("nothing\n")
    run = only(tmp_path)
    assert run.history.keys == ("train/loss",)
    assert any("odd.tsv" in warning for warning in run.warnings)


def test_a_broken_cell_costs_only_its_line(tmp_path: Path) -> None:
    table = written(tmp_path) / "plots" / "metrics" / "train" / "loss.tsv"
    table.write_text("step\tloss\n0\t1.0\n1o\t0.7\n2\t0.5x\n3\t0.25\n")
    loss = only(tmp_path).history.series("train/loss")
    assert dict(zip(loss.step.tolist(), loss.value.tolist(), strict=True)) == {0: 1.0, 3: 0.25}


def test_dvclive_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dvclive = pytest.importorskip("dvclive", reason="the extra 'layouts' is not installed")
    monkeypatch.chdir(tmp_path)
    with dvclive.Live(dir="dvclive", save_dvc_exp=False, monitor_system=False, dvcyaml=None) as live:
        live.log_params({"lr": 0.1})
        for step in range(3):
            live.log_metric("train/loss", 1 / (step + 1))
            live.next_step()
        live.log_metric("final", 3.0, plot=False)
    run = only(tmp_path)
    assert run.history.series("train/loss").value.tolist() == pytest.approx([1, 0.5, 1 / 3])
    assert (run.config, run.summary["final"]) == ({"lr": 0.1}, 3.0)
