"""Jobs on submitit's own executors, and on a Ray of this machine where it is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.errors import DataError
from runcompare.lab import ablate_workers
from runcompare.lab.jobs import Job, Outcome

WRITES = "import os, pathlib; pathlib.Path('made').open('a').write(os.getcwd() + '\\n')"


def jobs(folder: Path, codes: tuple[str, ...]) -> list[Job]:
    return [Job(s, folder / f"s{s}", (sys.executable, "-c", code)) for s, code in enumerate(codes)]


def has_slurm() -> bool:
    """Whether a cluster answers here."""
    known = shutil.which("sbatch") and shutil.which("sinfo")
    return bool(known) and subprocess.run(["sinfo", "--noheader"], capture_output=True).stdout.strip() != b""


real = pytest.mark.skipif(not has_slurm(), reason="no Slurm answers here")


@pytest.mark.parametrize("cluster", ["local", "debug", pytest.param("slurm", marks=real)])
def test_jobs_of_slurm_run_where_the_ablation_was_started(tmp_path, monkeypatch, cluster):
    pytest.importorskip("submitit")
    monkeypatch.chdir(tmp_path)
    done: list[Outcome] = []
    given = jobs(tmp_path / "runs", (WRITES, "raise SystemExit(4)", WRITES))
    ablate_workers.on_slurm(given, done.append, logs=tmp_path / "slurm", cluster=cluster, options={"timeout_min": 5})
    assert [(o.seed, o.code) for o in done] == [(0, 0), (1, 4), (2, 0)]
    assert (tmp_path / "made").read_text().splitlines() == [str(tmp_path)] * 2


@real
def test_a_job_that_slurm_killed_is_lost_and_the_others_are_not(tmp_path, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.chdir(tmp_path)
    done: list[Outcome] = []
    killed = "import os, subprocess, time; subprocess.run(['scancel', os.environ['SLURM_JOB_ID']]); time.sleep(60)"
    given = jobs(tmp_path / "runs", (WRITES, killed))
    ablate_workers.on_slurm(given, done.append, logs=tmp_path / "slurm", options={"timeout_min": 5})
    assert [o.code == 0 for o in done] == [True, False]


def test_a_machine_without_slurm_is_told(tmp_path, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
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
