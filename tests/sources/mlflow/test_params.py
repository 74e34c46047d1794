"""Params, which are texts, as values."""

import math

import pytest

from runcompare.sources.mlflow.params import config_of, value_of


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *[(str(v), v) for v in (0, -7, 1e-3, 1e-05, 2.5, 1e300, math.inf, True, False, None, [1, 2], {"a": [1.5]})],
        *[
            (t, t)
            for t in ("007", "1.10", "12e4567", "1e10", "1_000", " 1", "+1", "0x10", "[1,2", "", "tRUE", "[1, 2 ]")
        ],
        *[("1e-3", 0.001), ("2.5E+4", 25000.0), ("true", True), ("(1, 2)", [1, 2]), ("9007199254740993", 2**53 + 1)],
        *[("1e999", "1e999"), ("1e-999", "1e-999"), ("9" * 5000, "9" * 5000), ("[" * 5000, "[" * 5000)],
    ],
)
def test_texts_become_values_where_that_is_exact(text: str, meant: object) -> None:
    found = value_of(text)
    assert found == meant
    assert type(found) is type(meant)


def test_dotted_keys_are_nested_unless_they_clash() -> None:
    assert config_of({"a": "1", "a.b": "2", "c.d.e": "3", "c.d.f": "x", "g..h": "4", ".i": "5"}) == {
        **{"a": 1, "a.b": 2, "c": {"d": {"e": 3, "f": "x"}}, "g..h": 4, ".i": 5},
    }
    assert config_of({"l": "{'m': 1}", "l.n": "2"}) == {"l": {"m": 1}, "l.n": 2}
