"""MLflow's own stores, SQLite and files, read back: every value, whoever wrote them and whatever became of them."""

import math
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from mlflow_stores import last_by_time, stores
from whole_run import whole

from runcompare.records.run import Attempt, Lost, Run
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.mlflow.files import MlflowFiles
from runcompare.sources.mlflow.sqlite import MlflowSqlite

pytestmark = pytest.mark.skipif(find_spec("mlflow") is None, reason="needs mlflow")
T0 = 1_700_000_000
BY_TIME = ("no_step", "eval/nrmse")
Read = Callable[[str], Run]


def in_sqlite(name: str) -> Run:
    return MlflowSqlite().read(f"{stores().sqlite}#{stores().ids['sqlite'][name]}")


def in_files(name: str) -> Run:
    return MlflowFiles().read(str(stores().run_folder(name)))


@pytest.fixture(params=[in_sqlite, in_files], ids=["sqlite", "files"])
def read(request: pytest.FixtureRequest) -> Read:
    return request.param


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def cells(run: Run) -> dict[tuple[str, int], float]:
    found = {}
    for row in run.history.frame.to_dicts():
        step = row.pop("_step")
        found |= {(key, step): value for key, value in row.items() if value is not None and key != "_timestamp"}
    return found


def test_every_logged_value_comes_back(read: Read) -> None:
    run = read("run")
    expected = last_by_time([p for p in stores().points if not p[0].startswith("system/") and p[0] not in BY_TIME])
    found = {at: value for at, value in cells(run).items() if at[0] not in BY_TIME}
    assert found.keys() == expected.keys()
    assert all(same(found[at], expected[at]) for at in expected)
    assert run.lost == Lost()


def test_values_without_a_step_are_all_kept_in_order_of_time(read: Read) -> None:
    series = read("run").history.series("no_step")
    assert series.value.tolist() == [i / 7 for i in range(20)]
    assert series.time.tolist() == [T0 + 60 * i for i in range(20)]
    assert set(series.step.tolist()) == {0}
    assert read("run").history.series("eval/nrmse").time.tolist() == [T0 + 3600]


def test_a_step_has_one_row_and_the_last_value_by_time(read: Read) -> None:
    run = read("run")
    again = run.history.series("again")
    assert (again.step.tolist(), again.value.tolist()) == ([5, 6], [3.0, 4.0])
    assert "2 values were logged again at the same step: the last by time is kept." in run.warnings
    steps = run.history.series("train/loss").step.tolist()
    assert steps == list(range(200))
    assert run.history.frame["_step"].max() == 2**53 + 1
    assert run.history.series("backwards").value.tolist() == [float(9 - i) for i in range(10)]


def test_identity(read: Read) -> None:
    info = read("run").info
    assert (info.name, info.group, info.project, info.seed, info.state) == ("Run One", "base", "exp one", 7, "finished")
    assert info.tags == ("team=b",)
    assert info.started_at == T0 - 0.5
    assert info.source in ("mlflow", "mlflow-files")


def test_group_of_a_child_is_its_parents_name(read: Read) -> None:
    child = read("child").info
    assert (child.name, child.group, child.state) == ("Child", "Run One", "failed")


def test_a_run_without_an_end_runs_until_it_was_silent_for_a_day(read: Read) -> None:
    assert read("new").info.state == "running"
    assert in_sqlite("old").info.state == "interrupted"


def test_params_are_values_where_that_is_exact(read: Read) -> None:
    config = dict(read("run").config)
    assert config.pop("hf_token") == "(redacted)"
    assert config == {
        **{"seed": 7, "lr": 1e-3, "tiny": 1e-05, "code": "007", "version": "1.10", "flag": True, "none": None},
        **{"latent": {"dim": 32, "act": "gelu"}, "list": [1, 2.5, "x"], "text": "naïve \U0001f600", "empty": ""},
    }
    assert "hf_0123456789" not in whole(read("run"))


def test_summary_holds_the_last_value_by_step(read: Read) -> None:
    summary = read("run").summary
    assert summary["eval/nrmse"] == 0.125
    assert summary["backwards"] == 0.0
    assert summary["no_step"] == 19 / 7
    assert not any(key.startswith(("system/", "_")) for key in summary)


def test_times(read: Read) -> None:
    run = read("run")
    assert run.attempts == (Attempt(T0 - 0.5, T0 + 3700.0),)
    assert run.runtime_s == 3700.5


def test_telemetry_of_two_machines(read: Read) -> None:
    from runcompare.costs.energy.telemetry import read_telemetry

    power = read_telemetry(read("run")).power
    assert {device: s.value.tolist() for device, s in power.items()} == {
        "0": [100.0 + i for i in range(6)],
        "0/l:node_1": [200.0 + i for i in range(6)],
    }
    assert power["0/l:node_1"].time.tolist() == pytest.approx([T0 + 10 * i + 0.003 for i in range(6)])
    assert read("run").hardware.accelerator_count == 2


def test_artifacts_are_counted_and_samples_read(read: Read) -> None:
    run = read("run")
    assert run.samples["nrmse"][0] == 0.5
    assert "2 artifact files were left where they are." in run.warnings
    assert run.metadata == {"git_commit": "abc123", "program": "train.py", "notes": "some notes"}


def test_datasets_are_counted() -> None:
    assert "1 datasets and models that the run names were not read." in in_sqlite("run").warnings


def test_listing_leaves_deleted_runs_out() -> None:
    listing = list_runs([stores().folder])
    names = sorted((log, run.name) for run in listing.runs for log in {run.source, *(log.source for log in run.logs)})
    assert names == [(s, n) for s in ("mlflow", "mlflow-files") for n in ("Child", "Run One", "new", "old")]
    assert listing.warnings == ()


def test_a_name_and_a_path_resolve() -> None:
    assert resolve(str(stores().run_folder("run")), roots=[]).runs[0].name == "Run One"
    assert resolve("Child", roots=[stores().sqlite]).runs[0].info.state == "failed"


def test_mlflow_is_never_imported() -> None:
    code = (
        "import sys; from runcompare.sources import list_runs, read_run; from pathlib import Path;"
        f"[read_run(info) for info in list_runs([Path({str(stores().folder)!r})]).runs];"
        "print([m for m in sys.modules if m.split('.')[0] in ('mlflow', 'trackio', 'torch', 'pandas', 'urllib3')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_input_is_left_as_it_is() -> None:
    def state() -> dict[str, tuple[bytes, int]]:
        files = [p for p in stores().folder.rglob("*") if p.is_file()]
        return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}

    before = state()
    in_sqlite("run")
    in_files("run")
    assert state() == before


def test_a_run_that_was_resumed_the_next_day_did_not_run_at_night(tmp_path) -> None:
    mlflow = pytest.importorskip("mlflow")
    start, night = 1_790_000_000_000, 20 * 3_600_000
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    made = client.create_run(client.create_experiment("e"), start_time=start)
    for epoch in range(20):
        at = start + 60_000 * (epoch + 1) + (night if epoch >= 10 else 0)
        client.log_metric(made.info.run_id, "val/loss", 1 / (1 + epoch), at, epoch)
    client.set_terminated(made.info.run_id, end_time=at)
    run = MlflowSqlite().read(f"{tmp_path}/mlflow.db#{made.info.run_id}")
    assert run.runtime_s == 1200.0
    assert any("pauses" in w for w in run.warnings)
