"""A result as one JSON object, with the version of its schema and the sentences that reports say of it."""

from typing import Any

import msgspec

from runcompare.comparison.comparison import SCHEMA_VERSION
from runcompare.records.as_json import builtin, json_text

__all__ = ["json_document"]


def json_document(result: Any, words: Any) -> str:
    """Keys in the order of the schema. Numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity",
    apart from null, which means: not known. `text` holds `words`."""
    data = msgspec.to_builtins(result, enc_hook=builtin)
    return json_text({**data, "schema": SCHEMA_VERSION, "text": msgspec.to_builtins(words)})
