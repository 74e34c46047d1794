"""The wheel holds what the package needs away from the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_templates_prices_and_types_travel(unpacked):
    names = {p.relative_to(unpacked / "runcompare").as_posix() for p in (unpacked / "runcompare").rglob("*")}
    assert {"py.typed", "templates/page.html.j2", "costs/prices/gpu_prices.csv"} <= names
    plotter = ("uPlot.iife.min.js", "uPlot.min.css", "uPlot.LICENSE.txt")
    assert {f"templates/{name}" for name in ("page.css", "page.js", *plotter)} <= names, "the plotter with its licence"
    assert not {n for n in names if n.startswith(("tests", "examples")) or n.endswith(".pyc")}


def test_the_wheel_reports_on_copied_runs_outside_the_checkout(unpacked, tmp_path):
    shutil.copytree(ROOT / "examples" / "writeup", tmp_path / "runs")
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "runcompare", "report", "runs/hjnqclgk.yaml", "runs/baseline32.yaml", "-o", "r.md"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# Run Comparison")
    subprocess.run([*command[:-1], "r.html"], cwd=tmp_path, env=env, check=True, capture_output=True)
    assert "</html>" in (tmp_path / "r.html").read_text(encoding="utf-8")
    where = subprocess.run(
        [sys.executable, "-c", "import runcompare; print(runcompare.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
    )
    assert str(unpacked).encode() in where.stdout
