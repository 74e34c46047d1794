"""The runs of a listing that a selection names."""

from pathlib import Path

import pytest
from found_runs import Make, found
from hypothesis import given
from hypothesis import strategies as st

from runcompare.errors import RunNotFound
from runcompare.references.local import same_value
from runcompare.references.resolve import resolve
from runcompare.sources import list_runs, read_run
from runcompare.sources.recorder.source import RecorderFiles


def test_damaged_runs_have_no_config(some: list[Path]) -> None:
    (some[0] / "early000" / "record.jsonl").write_bytes(b"garbage")
    assert found(resolve("config:opt.lr=0.1", roots=some)) == ["middle00"]


def test_entity_project_and_id_of_a_local_run(make: Make, tmp_path: Path) -> None:
    make("abcdefgh", project="proj")
    assert found(resolve("ent/proj/abcdefgh", roots=[tmp_path])) == ["abcdefgh"]
    with pytest.raises(RunNotFound):
        resolve("ent/other/abcdefgh", roots=[tmp_path])


def test_a_quick_look_at_a_config_is_what_reading_gives(make: Make, tmp_path: Path) -> None:
    make("aaaa0000", config={"seed": 0, "api_key": "0123456789abcdef0123456789abcdef01234567", "n": [1, {"a": None}]})
    shipped = Path(__file__).parents[2] / "examples" / "runs"
    infos = [info for info in list_runs([tmp_path, shipped]).runs if info.source == "recorder"]
    assert len(infos) > 5
    for info in infos:
        assert RecorderFiles().config(info.location) == read_run(info).config


def test_a_names_equals_sign_is_no_label(make: Make, tmp_path: Path) -> None:
    make("abcdefgh", name="lr=0.1")
    assert found(resolve("lr=0.1", roots=[tmp_path])) == ["abcdefgh"]


def test_a_groups_slash_is_no_path(make: Make, tmp_path: Path) -> None:
    make("abcdefgh", group="sweep/one")
    assert found(resolve("sweep/one", roots=[tmp_path])) == ["abcdefgh"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "1e-3"),
        (0.001, "0.001"),
        ("1e-3", "0.001"),  # PyYAML reads 1e-3 as a text
        (1, "1.0"),
        (1.0, "1"),
        (2**53 + 1, "9007199254740993"),
        (True, "true"),
        (True, "True"),
        (False, "false"),
        (None, "null"),
        (None, "None"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("adam", "adam"),
        ("a=b", "a=b"),
        ("true", "true"),
        ([1, 2.5], "[1,2.5]"),
        ([1, 2.5], "1, 2.5"),
        ([], "[]"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_values_that_are_what_is_typed(value: object, text: str) -> None:
    assert same_value(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.10001"),
        (True, "1"),
        ([10**5000], "1"),
        (1, "true"),
        (0, "false"),
        (None, ""),
        (2**53 + 1, "9007199254740992"),
        (2**53 + 1, "9007199254740992.0"),
        ("adam", "Adam"),
        ("1_0", "10"),
        ("", "0"),
        ([1, 2], "[1]"),
        ([1], "[]"),
        ({"a": 1}, "1"),
        (object(), "1"),
    ],
)
def test_values_that_are_not(value: object, text: str) -> None:
    assert not same_value(value, text)


@given(st.integers() | st.floats() | st.booleans() | st.none() | st.text("abc", min_size=1))
def test_a_value_is_what_it_prints_as(value: object) -> None:
    assert same_value(value, str(value))


@given(st.text(), st.one_of(st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_comparing_never_raises(text: str, value: object) -> None:
    assert same_value(value, text) in (True, False)
