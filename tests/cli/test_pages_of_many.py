"""What docs/gate.md and docs/ranking.md show is what the commands print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.comparison.gate import COSTS, WORDS

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("gate.md", "ranking.md")}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "RUNCOMPARE_RUNS": str(ROOT / "examples" / "runs")}


def shown(text: str) -> list[tuple[str, str]]:
    """The commands of a page, each with the output that it shows."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]


@pytest.mark.parametrize("name", PAGES)
def test_every_command_prints_what_the_page_shows(name, tmp_path):
    for command, output in shown(PAGES[name]):
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode in (0, 1), f"{command}: {done.stderr}"
        pattern = re.escape(output.rstrip("\n")).replace(r"\.\.\.", r"[\s\S]*")
        assert re.match(pattern, done.stdout), f"{command} prints\n{done.stdout}"


@pytest.mark.parametrize("name", PAGES)
def test_every_python_example_prints_what_it_says(name, tmp_path):
    for code in re.findall(r"```python\n(.*?)```", PAGES[name], re.DOTALL):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == code.rpartition("\n# ")[2].strip()


def test_every_condition_is_in_the_table():
    table = PAGES["gate.md"].split("## Conditions")[1].split("## Formats")[0]
    assert all(f"`{word}" in table for word in (*WORDS, *COSTS))
