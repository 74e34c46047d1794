"""Objects of JSON files."""

from pathlib import Path

import pytest

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.json_file import is_number, read_object


def test_an_object_is_read_with_its_infinities(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": Infinity, "b": [1]}')
    assert read_object(tmp_path / "a.json") == {"a": float("inf"), "b": [1]}


@pytest.mark.parametrize("text", ["[1]", "3", '{"a": 1', "", "\x00", "[" * 100_000])
def test_anything_else_is_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnreadableRun, match=r"a\.json"):
        read_object(tmp_path / "a.json")


def test_truth_values_are_no_numbers() -> None:
    assert [is_number(v) for v in (1, 0.5, float("nan"), True, "1", None)] == [True, True, True, False, False, False]
