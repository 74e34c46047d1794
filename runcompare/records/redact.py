"""Take secrets out of what a tracker wrote down: command lines and configs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["MARK", "without_secrets"]

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
