"""A comparison as strict JSON, and the schema that it keeps to."""

import json
import math
from typing import Any

import msgspec

from runcompare.comparison.comparison import Comparison

__all__ = ["json_schema", "to_json"]


def to_json(comparison: Comparison) -> str:
    """One object, keys in the order of the schema. Numbers that are not finite are the strings "NaN", "Infinity" and
    "-Infinity", apart from null, which means: not known."""
    plain = _strict(msgspec.to_builtins(comparison, enc_hook=str))
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {_strict(str(k)): _strict(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(v) for v in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate pair is no UTF-8
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


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
