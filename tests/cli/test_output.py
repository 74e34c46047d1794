"""Output that can't be written is told, and is never exit 0; what is no file is written through."""

import json
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runcompare import Recorder

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
BUFFERS = [{}, {"PYTHONUNBUFFERED": "1"}]
COMMANDS = [
    ["runs"],
    ["runs", "--format", "json"],
    ["report", "many", "other", "--metric", "x", "--direction", "min"],
    ["report", "many", "other", "--metric", "x", "--direction", "min", "--format", "html"],
    ["export", "many", "--format", "csv"],
    ["export", "many", "--format", "parquet"],
    ["--help"],
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of 4,000 rows: more than a pipe holds."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("many", "other"):
        with Recorder(folder / name, id=name, config={"seed": 1, "lr": len(name)}) as log:
            for step in range(4000):
                log.log({"x": (step * 7919 + len(name)) % 1000 / 7}, step=step)
    return folder


def start(runs: Path, *words: str, stdout: Any, env: dict[str, str] | None = None, **more: Any) -> Any:
    command = [sys.executable, "-m", "runcompare", *words]
    told = {**os.environ, "RUNCOMPARE_RUNS": str(runs), **(env or {})}
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=runs, env=told, **more)


def failed(process: Any) -> str:
    error = process.communicate()[1]
    assert process.returncode == 3, error
    assert "Traceback" not in error
    assert "internal error" not in error
    return str(error)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_full_device_is_told(runs: Path, words: list[str]) -> None:
    with FULL.open("w") as full:
        left = [start(runs, *words, stdout=full, env=env) for env in BUFFERS]
        for process in left:
            assert "Can't write stdout: No space left on device" in failed(process)


def test_a_limit_of_size_is_told(runs: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    for env in BUFFERS:
        with (tmp_path / "out").open("w") as file:
            process = start(runs, "export", "many", stdout=file, env=env, preexec_fn=limit)
            assert "Can't write stdout: File too large" in failed(process)


def test_output_that_nobody_reads_to_its_end_is_not_exit_0(runs: Path) -> None:
    for env in BUFFERS:
        process = start(runs, "export", "many", stdout=subprocess.PIPE, env=env)
        process.stdout.read(5)
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
        assert process.wait() == 141


def test_a_closed_stdout_is_told(runs: Path) -> None:
    process = start(runs, "runs", stdout=subprocess.DEVNULL, preexec_fn=lambda: os.close(1))
    assert "Can't write stdout: it is closed" in failed(process)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A full device that may be lost: root could replace that of the system."""
    if os.geteuid():
        return FULL
    try:
        os.mknod(tmp_path / "full", stat.S_IFCHR | 0o666, os.makedev(1, 7))
        (tmp_path / "full").open("w").close()
    except OSError:
        pytest.skip("no devices can be made here")
    return tmp_path / "full"


def test_a_device_is_written_through(runs: Path, full: Path) -> None:
    process = start(runs, "export", "many", "-o", str(full), stdout=None)
    assert f"Can't write {full}: No space left" in failed(process)
    assert stat.S_ISCHR(full.stat().st_mode)


def test_a_pipe_is_written_through(runs: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    process = start(runs, "export", "many", "-o", str(tmp_path / "pipe"), stdout=None)
    with (tmp_path / "pipe").open() as pipe:
        assert json.loads(pipe.read())["run"]["id"] == "many"
    assert process.wait() == 0
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "many", "-o"),
        ("check", "many", "-o"),
        ("report", "many", "other", "--metric", "x", "--direction", "min", "-o"),
        ("rank", "many", "other", "--metric", "x", "--direction", "min", "-o"),
        ("cost", "many", "--plot"),
        ("recommend", "many", "other", "-o"),
        ("ablate", "many", "other", "--plan-only", "--record"),
    ],
    ids=lambda words: words[0],
)
def test_no_output_takes_the_place_of_a_runs_log(runs: Path, words: tuple[str, ...]) -> None:
    log = runs / "many" / "record.jsonl"
    before = log.read_bytes()
    for target, told in (("many/record.jsonl", "belongs to run many and would be replaced"), ("", "names no file")):
        process = start(runs, *words, target, stdout=subprocess.PIPE)
        error = process.communicate()[1]
        assert process.returncode == 2, error
        assert told in " ".join(error.split())
    assert log.read_bytes() == before
