"""Rows as a pandas table, and everything else without pandas."""

import subprocess
import sys
from pathlib import Path

import pytest

from runcompare.comparison.frame import to_frame
from runcompare.errors import MissingExtra

ROOT = Path(__file__).parents[2]


def test_without_pandas_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"pip install 'runcompare\[pandas\]'"):
        to_frame([])


def test_a_report_needs_no_pandas(tmp_path: Path) -> None:
    code = "import sys; sys.modules['pandas'] = None; from runcompare.cli import main; sys.exit(main())"
    words = ["report", "hjnqclgk", "baseline32", "--format", "html", "--output", tmp_path / "report.html"]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
