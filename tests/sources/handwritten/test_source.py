"""Records written by hand: what they state, and one clear line for every mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.errors import ConfigError, RunNotFound
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs

WRITEUP = Path(__file__).parents[3] / "examples" / "writeup"


HEAD = "runcompare: 1\nid: a\n"


def test_what_is_not_utf8_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(HEAD.encode() + b"name: \xff\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        resolve(str(tmp_path / "x.yaml"), roots=[])


def test_other_yaml_files_are_no_runs(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("lr: 1\nnested:\n  runcompare: 1\n")
    (tmp_path / "broken.yml").write_text("{{ template }}: [")
    assert list_runs([tmp_path]).runs == ()
    assert list_runs([tmp_path]).warnings == ()
    with pytest.raises(RunNotFound, match="runcompare: 1"):
        resolve(str(tmp_path / "config.yaml"), roots=[])


def test_records_are_read_without_heavy_imports() -> None:
    code = (
        "import sys; from runcompare.references.resolve import resolve;"
        f"resolve({str(WRITEUP / 'hjnqclgk.yaml')!r}, roots=[]);"
        "print([m for m in sys.modules if m.split('.')[0] in ('wandb', 'torch', 'pandas', 'matplotlib', 'scipy')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
