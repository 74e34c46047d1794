"""A comparison as strict JSON, and the schema that it keeps to."""

import json
from typing import Any

import msgspec

from runcompare.comparison.comparison import Comparison
from runcompare.records.as_json import json_text

__all__ = ["json_schema", "to_json"]


def to_json(comparison: Comparison) -> str:
    """One object, keys in the order of the schema. Numbers that are not finite are the strings "NaN", "Infinity" and
    "-Infinity", apart from null, which means: not known."""
    return json_text(msgspec.to_builtins(comparison, enc_hook=str))


def json_schema() -> dict[str, Any]:
    """The JSON schema of the report, with non-finite numbers allowed as strings wherever numbers are."""
    return _with_strings(msgspec.json.schema(Comparison))  # type: ignore[no-any-return]


def _with_strings(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_strings(n) for n in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "number":
        return {"anyOf": [node, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
    return {k: _with_strings(v) for k, v in node.items()}


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
