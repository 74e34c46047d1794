"""`watch` on runs of MLflow's own client, in its database and its folder of files."""

from pathlib import Path

import pytest
from hooked import log_of, train

mlflow = pytest.importorskip("mlflow")

RUN = """
import sys
import mlflow
from runcompare.hooks import watch
uri, name, lr, baseline, how = sys.argv[1:]
mlflow.set_tracking_uri(uri)
mlflow.set_experiment("exp")
with mlflow.start_run(run_name=name) as run:
    hook = watch(run, baseline=baseline or None)
    print(hook.report)
    mlflow.log_params({"lr": float(lr), "seed": 0})
    for step in range(10):
        mlflow.log_metric("val/loss", float(lr) / (step + 1), step=step)
    if how == "raise":
        raise ValueError("mine")
"""


@pytest.mark.parametrize("scheme", ["sqlite", "file"])
def test_the_report_becomes_artifacts_and_tags(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = f"sqlite:///{tmp_path}/mlflow.db" if scheme == "sqlite" else f"file://{tmp_path}/mlruns"
    env = {"MLFLOW_ALLOW_FILE_STORE": "true"}
    assert train(RUN, uri, "base", "1.0", "", "end", cwd=tmp_path, **env).returncode == 0
    done = train(RUN, uri, "new", "0.5", "base", "raise", cwd=tmp_path, **env)
    assert done.returncode == 1
    report = Path(done.stdout.strip())
    assert report.parent.parent == tmp_path / "runcompare-reports"
    log = log_of(report.parent, words=("attached", "no report", "fault"))
    assert f"attached to MLflow run {report.parent.name}" in log
    assert f"{report.parent.name} ended with an error" in report.read_text()

    client = mlflow.MlflowClient(uri)
    tags = client.get_run(report.parent.name).data.tags
    assert tags["runcompare.baseline"] == "base"
    assert "val/loss 50 % lower" in tags["runcompare.headline"]
    there = {item.path for item in client.list_artifacts(report.parent.name, "runcompare")}
    assert there == {
        f"runcompare/{name}" for name in ("runcompare-report.md", "runcompare-report.html", "runcompare-report_plots")
    }
