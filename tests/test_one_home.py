"""One idea, one home: a second Student's t, mean, price setting or gate would show here."""

import re
from pathlib import Path

import pytest

import runcompare

PACKAGE = Path(runcompare.__file__).parent

# what would be the sign of a second home, and the files or rooms where the first one is
HOMES = {
    "Student's t": (r"\bstdtrit?\b|\bttest_|scipy\.stats import t\b", ("stats/",)),
    "the geometric mean over runs": (
        r"fsum\(map\((math\.)?log|exp\(fmean|exp\(np\.mean\(np\.log|\bgmean\b",
        ("stats/",),
    ),
    "prices from settings": (r"PriceBook(\.load)?\(", ("costs/prices/book.py",)),
    "a closed gate": (r"_CLOSED\b|gate\w*\)?\s*(<=|<|==)\s*0|endswith\(\"/gate\"", ("records/conventions.py",)),
    "the time of attempts": (r"ended_at or \w+\.started_at", ("records/run.py",)),
    "the lowest row of a curve": (r"nanargmin|argmin\(\w+\.value", ("records/history.py",)),
}


@pytest.mark.parametrize("idea", HOMES)
def test_an_idea_has_one_home(idea: str) -> None:
    sign, homes = HOMES[idea]
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if re.search(sign, path.read_text(encoding="utf-8"))
    ]
    assert [path for path in found if not path.startswith(homes)] == []
    assert found, "the sign no longer matches its home"
