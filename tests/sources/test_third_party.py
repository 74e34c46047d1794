"""A source of another package: the one that the docs show, installed and used."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = HERE / "dummy_source"
DOCS = HERE.parents[1] / "docs" / "extending.md"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    for file in PACKAGE.glob("*.*"):
        (source / file.name).write_bytes(file.read_bytes())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--no-index", "--target", target, source], check=True, timeout=300)
    return target


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for group, level in (("new", 0.5), ("old", 1.0)):
        for seed in range(4):
            lines = [f"{step} {level * (1 + seed / 100) / (step + 1)!r}\n" for step in range(10)]
            (tmp_path / f"{group}-seed{seed}.steps").write_text("".join(lines))
    return tmp_path


def runcompare(installed: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-m", "runcompare", *words], env=environment, capture_output=True, text=True, timeout=120
    )


def test_its_runs_are_listed_and_compared(installed: Path, runs: Path) -> None:
    listed = runcompare(installed, "runs", "--runs", runs, "--format", "csv")
    assert listed.stdout.count(",steps,") == 8, listed.stderr
    report = runcompare(installed, "report", "new", "old", "--runs", runs)
    assert report.returncode == 0, report.stderr
    assert "new is better: val/loss 50 % lower" in report.stdout


def test_what_it_lost_is_counted(installed: Path, runs: Path) -> None:
    path = runs / "new-seed0.steps"
    path.write_text(path.read_text() + "torn")
    export = runcompare(installed, "export", path, "--strict")
    assert export.returncode == 3
    assert runcompare(installed, "export", path).stdout.endswith(
        '"lost": {"records": 1, "bytes": 0, "rebuilt_rows": 0}, "warnings": []}\n'
    )


def test_its_failures_are_errors_of_ours(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.steps").mkdir()  # its reader opens it as a file
    failed = runcompare(installed, "export", tmp_path)
    assert failed.returncode == 3
    assert "(source 'steps') can't be read" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_docs_show_the_same_lines() -> None:
    shown = re.findall(r"```(?:python|toml)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    code = (PACKAGE / "runcompare_steps.py").read_text(encoding="utf-8")
    assert code in shown
    assert len(code.splitlines()) <= 30
    points = '[project.entry-points."runcompare.sources"]\nsteps = "runcompare_steps:StepsFiles"\n'
    assert points in shown
    assert points in (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
