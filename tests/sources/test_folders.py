"""Which folders are searched."""

import pytest

from runcompare.sources.folders import MAX_DEPTH, is_searched


@pytest.mark.parametrize(
    ("name", "depth", "searched"),
    [("runs", 0, True), (".git", 0, False), ("venv", 1, False), ("environment", 1, True), ("runs", MAX_DEPTH, False)],
)
def test_folders(name, depth, searched):
    assert is_searched(name, depth) == searched
