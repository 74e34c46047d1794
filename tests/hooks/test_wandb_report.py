"""W&B Reports by wandb-workspaces: as JSON without a login, saved with panels on a server of ours."""

import json
from pathlib import Path

import pytest
from hooked import log_of, record, train
from wandb_server import KEY, serving

import runcompare
from runcompare.errors import MissingExtra, UsageError
from runcompare.hooks import wandb_report


@pytest.fixture
def comparison(tmp_path: Path):
    return runcompare.compare(record(tmp_path / "new", 0.5), record(tmp_path / "base"))


def test_without_the_package_the_extra_is_named(comparison, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wandb_workspaces.reports.v2", None)
    with pytest.raises(MissingExtra, match="wandb-reports"):
        wandb_report.write_json(comparison, tmp_path / "report.json")


def test_text_and_tables_are_written_without_a_login(comparison, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("wandb_workspaces")
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    path = wandb_report.write_json(comparison, tmp_path / "report.json")
    text = next(block["content"] for block in json.loads(path.read_text())["blocks"] if "content" in block)
    assert "| **val/loss** |" in text
    with pytest.raises(UsageError, match="entity"):
        wandb_report.save(comparison, project="proj", entity="")


def test_a_saved_report_has_panels_of_both_sides(comparison, monkeypatch) -> None:
    pytest.importorskip("wandb_workspaces")
    with serving() as server:
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        address = wandb_report.save(comparison, project="proj", entity="ent")
        assert address.startswith(f"{server.url}/ent/proj/reports/")
        (saved,) = server.reports
        assert not server.unknown
    grid = next(b for b in json.loads(saved["spec"])["blocks"] if b["type"] == "panel-grid")["metadata"]
    ids = [one["filters"]["filters"][0]["value"] for one in grid["runSets"]]
    assert ids == [[run.id for run in side.runs] for side in (comparison.candidate, comparison.baseline)]
    assert grid["panelBankSectionConfig"]["panels"][0]["config"]["metrics"] == ["val/loss"]


def test_a_hook_writes_the_report_beside_its_run(tmp_path: Path) -> None:
    pytest.importorskip("wandb_workspaces")
    for name, level in (("base", 1.0), ("new", 0.5)):
        record(tmp_path / "runs" / name, level)
    call = "from runcompare.hooks import after_run; after_run('runs/new', baseline='base', attach='wandb-report')"
    train(call, cwd=tmp_path)
    assert "a W&B Report" in log_of(tmp_path / "runs" / "new", words=("W&B Report", "not attached"))
    assert json.loads((tmp_path / "runs" / "new" / "runcompare-report.wandb.json").read_text())["blocks"]
