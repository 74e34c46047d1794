"""One report of runs in two trackers, each written by its own client."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("wandb")

SCRIPT = Path(__file__).parents[1] / "examples" / "across_trackers.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("across_trackers", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with the trackers' files, and the report that the example printed."""
    folder = tmp_path_factory.mktemp("across") / "runs"
    env = {**os.environ, "OMP_NUM_THREADS": "1", "RUNCOMPARE_STORE": str(folder.parent / "store")}
    done = subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_report_names_both_trackers_and_decides(written: tuple[Path, str]) -> None:
    _, report = written
    assert report.startswith("# Run Comparison: momentum vs plain-sgd\n")
    assert "momentum is better: RMSE" in report
    assert "n = 4 + 4" in report
    assert report.count("| finished | wandb: ") == 4
    assert report.count("| finished | mlflow: ") == 4


def test_settings_of_both_trackers_compare_as_numbers(written: tuple[Path, str]) -> None:
    _, report = written
    changed = report.split("### What was changed")[1].split("---\n\n")[0]
    assert [line for line in changed.splitlines() if line.startswith("| `")] == [
        "| `momentum` | `0.0` | `0.9` | changed |"
    ]


def test_every_value_is_the_one_that_was_logged(written: tuple[Path, str], example: ModuleType) -> None:
    import runcompare

    for label, momentum in ((example.CANDIDATE, 0.9), (example.BASELINE, 0.0)):
        group = runcompare.load(label, runs=written[0])
        assert [run.seed for run in group.runs] == list(example.SEEDS)
        for run in group.runs:
            *rows, last = example.train(run.seed, momentum)
            # another number of threads may sum in another order
            assert run.history.series("train/loss").value == pytest.approx([r["train/loss"] for r in rows], rel=1e-9)
            assert run.summary["test/rmse"] == pytest.approx(last["test/rmse"], rel=1e-9)


def test_references_reach_into_both(written: tuple[Path, str]) -> None:
    import runcompare

    folder = written[0]
    assert {run.info.source for run in runcompare.load("config:momentum=0.9", runs=folder).runs} == {"wandb"}
    assert {run.info.source for run in runcompare.load("config:momentum=0", runs=folder).runs} == {"mlflow"}
    (best,) = runcompare.load("@best:test/rmse", runs=folder).runs
    assert best.info.group == "momentum"
    assert len(runcompare.load("plain-sgd@step=10", runs=folder).runs[0].history) == 11
