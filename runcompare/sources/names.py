"""Names of logged keys that we can use for columns."""

from runcompare.records.history import AXES
from runcompare.records.plain import JSON_SUFFIX

__all__ = ["TAKEN_SUFFIX", "column_name"]

TAKEN_SUFFIX = "#metric"


def column_name(key: str) -> str:
    """The key, but `KEY#metric` where the name is one of our own; a lone surrogate is written out."""
    text = key.encode("utf-8", "backslashreplace").decode()
    return text + TAKEN_SUFFIX if text in AXES or text.endswith(JSON_SUFFIX) else text
