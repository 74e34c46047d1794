"""Configurations: flat and nested, and what of them is common to replicates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcompare.records.config import essentials, flatten, nest, same_setting

KEYS = st.text("abc", min_size=1)
LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())
CONFIGS = st.dictionaries(KEYS, st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, min_size=1)))


def test_paths_lead_to_leaves_and_lists_are_leaves() -> None:
    assert dict(flatten({"a": {"b": [1, {"c": 2}], "d": {}}, "e": None})) == {"a.b": [1, {"c": 2}], "e": None}


@given(CONFIGS)
def test_nesting_undoes_flattening(config: dict[str, Any]) -> None:
    assert nest(dict(flatten(config))) == config


@pytest.mark.parametrize(
    "key",
    ["seed", "training.seed", "random_seed", "name", "hardware.cpu", "git.commit", "out_dir", "a/log_dir", "args.x"],
)
def test_what_says_where_when_and_by_whom_is_no_part_of_the_configuration(key: str) -> None:
    assert dict(essentials(nest({key: 1}))) == {}


@pytest.mark.parametrize("key", ["training.lr", "data.file", "model.name", "output_size", "logging"])
def test_what_was_run_is(key: str) -> None:
    assert dict(essentials(nest({key: 1}))) == {key: 1}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (float("nan"), float("nan"), True),
        ("/home/a/data.h5", "/mnt/data.h5", True),
        ("/home/a/data.h5", "data.h5", False),
        ([1, "/a/x"], (1, "/b/x"), True),
        ([1], [1, 2], False),
        (None, 0, False),
        ("1", 1, False),
    ],
)
def test_the_same_setting(one: Any, other: Any, same: bool) -> None:
    assert same_setting(one, other) is same
    assert same_setting(other, one) is same


def test_where_an_object_lay_in_memory_is_no_setting() -> None:
    one, other = ({"env_fn": f"<function f at {at}>", f"<Logger object at {at}>": 1} for at in ("0x7f01ab", "0x7f99cd"))
    assert dict(essentials(one)) == dict(essentials(other))


@pytest.mark.parametrize("key", ["seed", "random_state", "model.random_state", "manual_seed", "Seed"])
def test_a_seed_by_any_of_its_names_is_no_setting(key: str) -> None:
    assert dict(essentials({key: 1, "lr": 2})) == {"lr": 2}
