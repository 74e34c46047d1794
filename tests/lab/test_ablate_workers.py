"""Jobs on submitit's own executors, and on a Ray of this machine where it is installed."""

import sys
from pathlib import Path

import pytest

from runcompare.errors import DataError
from runcompare.lab import ablate_workers
from runcompare.lab.jobs import Job, Outcome

WRITES = "import os, pathlib; pathlib.Path('made').open('a').write(os.getcwd() + '\\n')"


def jobs(folder: Path, codes: tuple[str, ...]) -> list[Job]:
    return [Job(s, folder / f"s{s}", (sys.executable, "-c", code)) for s, code in enumerate(codes)]


@pytest.mark.parametrize("cluster", ["local", "debug"])
def test_jobs_of_slurm_run_where_the_ablation_was_started(tmp_path, monkeypatch, cluster):
    pytest.importorskip("submitit")
    monkeypatch.chdir(tmp_path)
    done: list[Outcome] = []
    given = jobs(tmp_path / "runs", (WRITES, "raise SystemExit(4)", WRITES))
    ablate_workers.on_slurm(given, done.append, logs=tmp_path / "slurm", cluster=cluster, options={"timeout_min": 5})
    assert [(o.seed, o.code) for o in done] == [(0, 0), (1, 4), (2, 0)]
    assert (tmp_path / "made").read_text().splitlines() == [str(tmp_path)] * 2


def test_a_machine_without_slurm_is_told(tmp_path):
    pytest.importorskip("submitit")
    with pytest.raises(DataError, match="Slurm takes no jobs"):
        ablate_workers.on_slurm(jobs(tmp_path, (WRITES,)), print, logs=tmp_path / "slurm")


def test_jobs_of_ray_run_where_the_ablation_was_started(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)
    done: list[Outcome] = []
    try:
        ablate_workers.on_ray(jobs(tmp_path / "runs", (WRITES, "raise SystemExit(4)")), done.append)
    finally:
        ray.shutdown()
    assert sorted((o.seed, o.code) for o in done) == [(0, 0), (1, 4)]
    assert (tmp_path / "made").read_text().splitlines() == [str(tmp_path)]
