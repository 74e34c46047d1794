"""Which settings make a run what it is? Logged configurations as flat paths, without where, when and by whom."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

__all__ = ["MOST_VALUES", "essentials", "flatten", "nest", "repeats_itself", "same_setting", "yaml_problem"]

MOST_VALUES = 1_000_000  # of a configuration file

# where, when, by whom and under what name a run was made, not what was run
_TOP = {
    *("id", "name", "run_id", "run_name", "exp_name", "experiment_name", "group", "project", "entity", "tags", "notes"),
    *("hardware", "git", "git_commit", "commit", "host", "hostname", "user", "username", "versions", "version"),
    *("time", "timestamp", "started_at", "created_at", "date", "wandb", "_wandb", "device", "threads", "argv", "args"),
    *("fingerprint", "parameters", "n_parameters", "resume", "resume_from"),
}
_ANYWHERE = re.compile(
    r"(^|[._/])((random_?)?seeds?|random_state|seed_everything)$|(^|[._/])(out|output|log|save|run|checkpoint|ckpt|work|cache|tmp)_?-?(dir|path|folder|root)?$",
    re.IGNORECASE,
)


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{4,}")


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`a.b.c` and its value for each leaf; lists are leaves, empty mappings vanish."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `flatten`."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        node = nested
        *parents, leaf = path.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node[leaf] = value
    return nested


def yaml_problem(error: Exception) -> str:
    """What is wrong with a YAML text, and in which line, without the text itself, which may hold secrets."""
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    if not isinstance(problem, str) or mark is None:
        return "it is no text of YAML"
    words = "a key that stands there before" if "duplicate key" in problem else problem
    return f"line {mark.line + 1}: {words}"


def repeats_itself(text: str, loader: Any) -> bool:
    """Whether the aliases and merged mappings of a YAML text make more than `MOST_VALUES` values of it."""
    return "*" in text and "&" in text and _size(loader.compose(text), {}) > MOST_VALUES


def _size(node: Any, known: dict[int, float]) -> float:
    """How many values a document holds once its aliases and merged mappings are written out."""
    inside = getattr(node, "value", None)
    if not isinstance(inside, list):
        return 1
    if id(node) not in known:
        known[id(node)] = math.inf  # met again inside of itself
        parts = [part for item in inside for part in (item if isinstance(item, tuple) else (item,))]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def essentials(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The flat settings without the seed and without bookkeeping: what replicates have in common."""
    for key, value in flatten(config):
        if key.split(".")[0] not in _TOP and not _ANYWHERE.search(key):
            yield _without_address(key), _without_address(value) if isinstance(value, str) else value


def _without_address(text: str) -> str:
    """A printed object without its place in memory, which is another in each process."""
    return _ADDRESS.sub(" at 0x...", text)


def same_setting(a: Any, b: Any) -> bool:
    """Equal, NaN to itself too and True not to 1; absolute paths are if they end alike, for data lie elsewhere on each
    machine."""
    if isinstance(a, str) and isinstance(b, str) and a.startswith("/") and b.startswith("/"):
        return PurePath(a).name == PurePath(b).name
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same_setting(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and (bool(a == b) or (a != a and b != b))
