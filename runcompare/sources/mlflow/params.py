"""MLflow's params, which are texts, as the values that they were written from."""

import ast
import math
import re
import warnings
from collections.abc import Mapping
from typing import Any

from runcompare.records.config import nest

__all__ = ["config_of", "value_of"]

_WORDS = {"True": True, "False": False, "true": True, "false": False, "None": None}
_SCIENTIFIC = re.compile(r"-?\d(\.\d+)?[eE][+-]\d{1,3}")
_BRACKETS = ("[", "(", "{")
_DEEPEST = 20
_LONGEST = 8_000  # characters, MLflow's own limit


def value_of(text: str) -> Any:
    """A param's value if its text is exactly what Python writes for one, else the text.

    "0.001", "7", "True", "None", "[1, 2]" have values, and so has scientific notation with a signed exponent
    ("1e-3"); "007", "1.10", "12e4567" (a commit, a version) stay texts.
    """
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text or (_SCIENTIFIC.fullmatch(text) and 0 < abs(number) < math.inf):
            return number
    return _literal(text) if text.startswith(_BRACKETS) and len(text) <= _LONGEST else text


def _literal(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
        if str(value) == text and isinstance(value, list | tuple | dict):
            return _plain(value)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        pass
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple | set | frozenset) else value


def config_of(params: Mapping[str, str]) -> dict[str, Any]:
    """The nested config; `a.b` lies in `a`, unless `a` is a param itself."""
    values = {key: value_of(text) for key, text in params.items()}
    dotted = {key: value for key, value in values.items() if _nestable(key, values)}
    nested = nest(dotted)
    return nested | {key: value for key, value in values.items() if key not in dotted}


def _nestable(key: str, others: Mapping[str, Any]) -> bool:
    parts = key.split(".")
    above = (".".join(parts[:n]) for n in range(1, len(parts)))
    return all(parts) and len(parts) <= _DEEPEST and not any(path in others for path in above)
