"""docs/sources.md says what the reader does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.sources.tables import axes, long, names

PAGE = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")


def listed(begin: str) -> list[str]:
    """The words in code marks of a table's row, up to the first semicolon."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {begin} |")]
    return re.findall(r"`([^`]+)`", re.split("[;:]", line)[0])


@pytest.mark.parametrize(
    ("row", "known"),
    [("step", axes.STEP_NAMES), ("clock", axes._CLOCKS), ("elapsed", axes._ELAPSED), ("run", axes.RUN_NAMES)],
)
def test_the_columns_are_those_of_the_code(row: str, known: tuple[str, ...]) -> None:
    assert tuple(listed(row)) == known


@pytest.mark.parametrize("known", [names._HISTORY, names._OTHERS, long._NAMES, long._FRONT])
def test_every_known_name_is_on_the_page(known: tuple[str, ...]) -> None:
    assert [name for name in known if f"`{name}`" not in PAGE] == []


def test_the_example_with_frames_prints_what_it_says(tmp_path: Path) -> None:
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "from_frame" in block]
    stated = code.rpartition("# ")[2].strip()
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == stated == "better"
