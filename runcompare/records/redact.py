"""Take secrets out of what a tracker wrote down: command lines and configs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["MARK", "redact", "without_secrets"]

MARK = "(redacted)"
_KEY = re.compile(
    r"(^|[._/-])(api_?-?key|apikey|secret(_?-?key)?|password|passwd|credentials?|bearer|private_?-?key"
    r"|(access|auth|api|hf|hub|wandb|github|gh|client|bot)_?-?(token|secret|key))$|^token$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,}"
    r"|wandb_v1_\w{20,})|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def without_secrets(value: Any, key: str = "") -> Any:
    """A copy of nested data with `(redacted)` in place of what looks like a secret by its key or its form.

    In a list of arguments, `--api-key=X`, `--api-key X` and `API_KEY=X` are keys too.
    """
    if isinstance(value, Mapping):
        return {k: without_secrets(v, str(k)) for k, v in value.items()}
    if isinstance(value, str):
        if value and _KEY.search(key):
            return MARK
        return _VALUE.sub(MARK, _assignment(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _arguments(value, key)
    return value


def _assignment(text: str) -> str:
    name, equals, rest = text.partition("=")
    return f"{name}={MARK}" if equals and rest and " " not in name and _KEY.search(name.lstrip("-")) else text


def _arguments(values: Sequence[Any], key: str) -> list[Any]:
    cleaned, name = [], key
    for item in values:
        cleaned.append(without_secrets(item, name))
        is_flag = isinstance(item, str) and item.startswith("-") and "=" not in item
        name = item.lstrip("-") if is_flag else key
    return cleaned


SECRET_KEY = re.compile(r"(api[-_]?key|secret|password|passwd|token$|access[-_]?key|private[-_]?key|credential)", re.I)


SECRET_VALUE = re.compile(
    r"\b(sk-[\w-]{16,}|gh[pousr]_\w{20,}|hf_\w{20,}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,}|[0-9a-f]{40})\b"
)


REDACTED = "(redacted)"


def redact(path: str, value: Any) -> Any:
    """The value, or a mark in place of what looks like a secret by its key or by its form."""
    if SECRET_KEY.search(path) and isinstance(value, str) and value:
        return REDACTED
    if isinstance(value, str):
        return SECRET_VALUE.sub(REDACTED, value)
    if isinstance(value, list | tuple):
        return [redact(path, item) for item in value]
    return value
