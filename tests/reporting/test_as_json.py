import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import RunValue
from runcompare.records.figure import Figure
from runcompare.reporting import json_schema, to_json
from runcompare.reporting.verdict_text import headline

SCHEMA = Path(__file__).parents[2] / "docs" / "comparison.schema.json"


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def strict(text: str) -> Any:
    text.encode("utf-8")
    return json.loads(text, parse_constant=refuse)


def with_value(c: Comparison, value: float) -> Comparison:
    sample = replace(c.quality.candidate, values=(RunValue("r", Figure(value)),))
    return replace(c, quality=replace(c.quality, candidate=sample))


def test_reads_back_as_the_same_comparison(full: Comparison, single: Comparison) -> None:
    for c in (full, single):
        assert msgspec.json.decode(to_json(c), type=Comparison) == c


def test_says_its_schema_and_keeps_the_order_of_keys(full: Comparison) -> None:
    data = strict(to_json(full))
    assert data["schema"] == 2
    assert list(data)[:6] == ["version", "options", "candidate", "baseline", "verdict", "worth"]
    assert to_json(full) == to_json(full)


def test_says_what_the_report_says(full: Comparison) -> None:
    text = strict(to_json(full))["text"]
    assert text["headline"] == headline(full)
    assert any(line.startswith("Worth it? Find out first") for line in text["summary"])
    assert "**" not in json.dumps(text)


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_nonfinite_numbers_are_words(full: Comparison, value: float, word: str) -> None:
    data = strict(to_json(with_value(full, value)))
    assert data["quality"]["candidate"]["values"][0]["figure"]["value"] == word


def test_hostile_words_stay_data(hostile: Comparison, word: str) -> None:
    data = strict(to_json(hostile))
    assert data["candidate"]["label"] == word


def test_settings_of_any_type_are_written(full: Comparison) -> None:
    odd = {"path": Path("a/b"), "set": {1}, "tuple": (1, 2), "complex": 1j, "none": None, 3: "int key"}
    data = strict(to_json(replace(full, candidate=replace(full.candidate, config=odd))))
    assert data["candidate"]["config"]["path"] == "a/b"
    assert data["candidate"]["config"]["tuple"] == [1, 2]


def test_the_published_schema_is_current() -> None:
    stored = SCHEMA.read_text(encoding="utf-8")
    assert json.loads(stored) == json.loads(json.dumps(json_schema())), (
        "run: python -m runcompare.reporting.as_json > docs/comparison.schema.json"
    )


def numbers_in(node: Any) -> list[Any]:
    if isinstance(node, list):
        return [n for item in node for n in numbers_in(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == "number" else []
    return own + [n for value in node.values() for n in numbers_in(value)]


def test_the_schema_allows_what_is_written() -> None:
    definitions = json_schema()["$defs"]
    figure = definitions["Figure"]["properties"]["value"]
    assert {"enum": ["NaN", "Infinity", "-Infinity"]} in figure["anyOf"][0].get("anyOf", figure["anyOf"])
    assert numbers_in(definitions)
