"""A YAML document that remembers where each value stands, so that an error can name the line."""

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from runcompare.errors import ConfigError, did_you_mean

__all__ = ["Node", "read_yaml"]

MAX_NODES = 100_000


@dataclass(frozen=True, slots=True)
class Node:
    """A value, its path in the document ("figures.cost") and its line. The methods raise ConfigError."""

    value: Any
    path: str
    file: str
    line: int

    def fail(self, what: str, hint: str = "") -> NoReturn:
        where = f"'{self.path}' " if self.path else ""
        raise ConfigError(f"{self.file}, line {self.line}: {where}{what}.", hint=hint)

    def items(self) -> Iterator[tuple[str, "Node"]]:
        if not isinstance(self.value, dict):
            self.fail(f"must be a mapping, not {_kind(self.value)}")
        places = getattr(self.value, "lc", None)
        for key, value in self.value.items():
            line = places.data[key][0] + 1 if places and places.data and key in places.data else self.line
            if not isinstance(key, str):
                self.fail(f"has the key {key!r}, which is no text", "Put quotes around it.")
            yield key, Node(value, f"{self.path}.{key}" if self.path else key, self.file, line)

    def fields(self, known: Sequence[str], needed: Sequence[str] = ()) -> dict[str, "Node"]:
        """The mapping's entries, none of them unknown and none of `needed` missing."""
        found = dict(self.items())
        for key, node in found.items():
            if key not in known:
                node.fail("is unknown", did_you_mean(key, known) or f"Known: {', '.join(known)}.")
        for key in needed:
            if key not in found:
                self.fail(f"lacks '{key}'")
        return found

    def list(self) -> list["Node"]:
        if not isinstance(self.value, list):
            self.fail(f"must be a list, not {_kind(self.value)}")
        places = getattr(self.value, "lc", None)
        lines = {i: at[0] + 1 for i, at in (places.data or {}).items()} if places else {}
        return [Node(v, f"{self.path}[{i}]", self.file, lines.get(i, self.line)) for i, v in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail(f"must be a text, not {_kind(self.value)}", "Put quotes around it." if self.value else "")
        return str(self.value)

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail(f"must be a number, not {_kind(self.value)}")
        try:
            return float(self.value)
        except OverflowError:
            self.fail("is a larger number than can be reckoned with")

    def count(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            self.fail(f"must be a whole number of 0 or more, not {_kind(self.value)}")
        return int(self.value)

    def plain(self) -> Any:
        """The value as ordinary Python data, keys as texts, dates as ISO texts."""
        return _plain(self.value, self, iter(range(MAX_NODES)))


def _plain(value: Any, node: Node, budget: Iterator[int]) -> Any:
    if next(budget, None) is None:
        node.fail(f"holds more than {MAX_NODES:,} values")
    if isinstance(value, dict):
        return {str(k): _plain(v, node, budget) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v, node, budget) for v in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):  # ruamel's own subclasses remember how a number was written
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    shown = repr(_plain(value, Node(None, "", "", 0), iter(range(9))))
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def read_yaml(text: str, file: str) -> Node:
    """The document's root. Raises ConfigError, with the line, for text that is not YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return Node(YAML().load(text), "", file, 1)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = (error.problem or error.context or "it doesn't parse").splitlines()[0]
        raise ConfigError(f"{file}{line}: this is not YAML: {problem}.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
        raise ConfigError(f"{file}: this is not YAML: {reason}.") from None
