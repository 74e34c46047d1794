"""The line that says which run is being read, on a real terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# the trainer of these runs is slow to read: each takes a while
SLOW = (
    "import sys, time; from runcompare.cli import main, reading; from runcompare.sources import registry;"
    "reading.PATIENCE = 0.2; read = registry.read_log;"
    "registry.read_log = lambda log: (time.sleep(0.6), read(log))[1];"
    "sys.argv[0] = 'runcompare'; main()"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, end in (("new", 0.5), ("o\x1b[31mld", 0.6)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_text(f"step,val/loss\n1,0.9\n2,{end}\n")
    return tmp_path


def command(folder: Path) -> list[str]:
    return [sys.executable, "-c", SLOW, "report", "new", str(folder / "o\x1b[31mld"), "--brief"]


def settings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}


def test_somebody_who_waits_sees_which_run_is_read(folder: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(folder), cwd=folder, env=settings(), stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while block := os.read(ours, 4096):
                seen += block
        except OSError:  # the other end is closed
            pass
        document = process.stdout.read() if process.stdout else ""
    os.close(ours)
    assert process.returncode == 0, seen
    assert b"reading new" in seen
    assert b"\x1b[31m" not in seen, "a name brings no colour of its own"
    assert document.startswith("### new vs")
    assert "reading" not in document


def test_a_pipe_gets_no_such_line(folder: Path) -> None:
    done = subprocess.run(command(folder), cwd=folder, env=settings(), capture_output=True, text=True, check=True)
    assert done.stderr == ""
