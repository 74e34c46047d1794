"""Runs to refer to; no test of references asks a real server."""

from pathlib import Path
from typing import Any

import pytest
from found_runs import Make

from runcompare import Recorder
from runcompare.references import remote
from runcompare.sources import list_runs, read_run
from runcompare.store.store import Store


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a real one."""
    monkeypatch.setattr(remote, "remote_sources", dict)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(run_id: str, *, values: tuple[float, ...] = (1.0, 0.5), config: Any = None, **more: Any) -> Path:
        with Recorder(tmp_path / run_id, id=run_id, config=config or {"seed": 0}, **more) as log:
            for step, value in enumerate(values):
                log.log({"loss": value, "acc": 1 - value}, step=10 * step)
            log.summary({"eval/nrmse": values[-1] / 10})
        return tmp_path / run_id

    return make


@pytest.fixture
def some(make: Make, tmp_path: Path) -> list[Path]:
    make("early000", values=(0.9, 0.3), config={"seed": 0, "opt": {"lr": 0.1, "name": "adam"}}, group="a")
    make("middle00", values=(0.9, 0.2), config={"seed": 1, "opt": {"lr": 0.1, "name": "adam"}}, group="a")
    make("late0000", values=(0.9, 0.4, 0.25), config={"seed": 0, "opt": {"lr": 1e-3, "name": "sgd"}}, group="b")
    return [tmp_path]


@pytest.fixture
def kept(some: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the runs of `some`, whose folders are empty now."""
    root = tmp_path_factory.mktemp("kept") / "store"
    for info in list_runs(some).runs:
        Store(root).put(read_run(info))
    return root
