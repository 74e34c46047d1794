"""Names of columns and of runs."""

from pathlib import Path

import pytest

from runcompare.sources.kit.keys import column_name, made_id, name_of


@pytest.mark.parametrize(
    ("key", "column"),
    [("loss", "loss"), ("_step", "_step#metric"), ("a#json", "a#json#metric"), ("a\ud800", "a\\ud800"), ("", "")],
)
def test_columns_of_our_own_names(key, column):
    assert column_name(key) == column


def test_ids_follow_name_and_beginning():
    assert made_id("a", b"x") == made_id("a", b"x")
    assert len({made_id("a", b"x"), made_id("a", b"y"), made_id("b", b"x")}) == 3


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/runs/try1", "try1"),
        ("/runs/try1/version_0", "try1-version_0"),
        ("/runs/a/logs", "a-logs"),
        ("/x/logs2", "logs2"),
    ],
)
def test_a_run_is_called_as_its_folder(folder, name):
    assert name_of(Path(folder)) == name
