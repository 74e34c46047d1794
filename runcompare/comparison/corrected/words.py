"""Settings as they are written in YAML, JSON and TOML."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from runcompare.comparison.corrected.spans import Format

__all__ = ["comment", "has_value", "key", "written"]

_WORD = re.compile(r"[A-Za-z_][\w./-]*\Z")
_RESERVED = {"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan", "inf"}


def key(name: str, kind: Format) -> str:
    """A setting's name."""
    if kind == "yaml" and _WORD.match(name) and name.lower() not in _RESERVED:
        return name
    return name if kind == "toml" and re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)


def written(value: Any, kind: Format) -> str:
    """A setting's value."""
    if kind == "json":
        return json.dumps(value, default=str)
    if kind == "toml":
        return _toml(value) or '""'
    return _yaml(value)


def _yaml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(str(k), 'yaml')}: {_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, float):
        return _float(value, ".nan", ".inf")
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    word = str(value)
    plain = _WORD.match(word) and word.lower() not in _RESERVED
    return word if plain else json.dumps(word, ensure_ascii=False)


def _float(value: float, nan: str, inf: str) -> str:
    """As every reader takes it for a number: to PyYAML `1e-05` is text, `1.0e-05` is not."""
    if not math.isfinite(value):
        return nan if math.isnan(value) else f"-{inf}" if value < 0 else inf
    shown = repr(value)
    front, mark, power = shown.partition("e")
    return f"{front}.0e{power}" if mark and "." not in front else shown


def _toml(value: Any) -> str | None:
    """None for what TOML can't hold."""
    if isinstance(value, Mapping):
        inner = {json.dumps(str(name)): _toml(item) for name, item in value.items()}
        good = None not in inner.values()
        return "{" + ", ".join(f"{name} = {item}" for name, item in inner.items()) + "}" if good else None
    if isinstance(value, list | tuple):
        items = [_toml(item) for item in value]
        return f"[{', '.join(item for item in items if item is not None)}]" if None not in items else None
    if isinstance(value, float):
        return _float(value, "nan", "inf")
    return None if value is None else json.dumps(value if isinstance(value, bool | int) else str(value))


def has_value(value: Any, kind: Format) -> bool:
    """Whether a file of that kind can hold it."""
    return kind != "toml" or _toml(value) is not None


def comment(reason: str) -> str:
    """The end of a line that says why; nothing for no reason."""
    return f"  # {' '.join(reason.split())}" if reason else ""
