"""A report on two named files reads these two, whatever else lies beside them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, os, sys
opened = []
here = os.getcwd() + os.sep
def note(event, args):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(args[0], (str, bytes, os.PathLike)):
        opened.append(os.path.abspath(os.fsdecode(args[0])))
sys.addaudithook(note)
from runcompare.cli import main
code = 0
try:
    main(["report", *sys.argv[1:], "--format", "json", "--output", os.devnull])
except SystemExit as end:
    code = end.code or 0
print(json.dumps([code, sorted({path for path in opened if path.startswith(here)})]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "old", *(f"other{i}" for i in range(5))):
        (tmp_path / f"{name}.csv").write_text("step,val/loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(5)))
    (tmp_path / "runs" / "s0").mkdir(parents=True)
    (tmp_path / "runs" / "s0" / "metrics.csv").write_text("step,val/loss\n0,1.0\n1,0.5\n")
    (tmp_path / "wandb-summary.json").write_text('{"loss": 1.0}')
    return tmp_path


def test_only_the_two_files_are_opened(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "new.csv", "old.csv"], cwd=folder, capture_output=True, text=True
    )
    code, opened = json.loads(done.stdout.splitlines()[-1])
    assert (code, done.stderr.count("Traceback")) == (0, 0)
    assert opened == [str(folder / "new.csv"), str(folder / "old.csv")]


def test_the_hook_sees_what_a_search_opens(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, "new", "old"], cwd=folder, capture_output=True, text=True)
    _, opened = json.loads(done.stdout.splitlines()[-1])
    assert str(folder / "runs" / "s0" / "metrics.csv") in opened
