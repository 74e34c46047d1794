"""Where in the text of a configuration file each setting stands: YAML, JSON and TOML, as trees of mappings with the
places of their keys and values."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from runcompare.records.config import MOST_VALUES, repeats_itself, yaml_problem

__all__ = ["Entry", "Format", "Located", "Spot", "leaves", "load", "locate", "parse"]

Format = Literal["yaml", "json", "toml"]
MOST_DEEP = 60  # mappings inside each other


class Entry(NamedTuple):
    """A key's place and its value."""

    key_start: int
    spot: "Spot"


@dataclass(slots=True)
class Spot:
    """A value from `start` to `end` of the text; a mapping has its `entries`, `flow` if it stands in braces.

    `shared` is a value that an alias or a merge brings to several places: to change it here would change it there.
    """

    start: int
    end: int
    entries: dict[str, Entry] | None = None
    flow: bool = False
    shared: bool = False
    indent: int = 0
    header: str = field(default="")  # of a TOML table: its name as it is written


def load(text: str, kind: Format) -> Any:
    """What the text holds. Raises ValueError if it is not of that kind, or is nested too deeply."""
    try:
        if kind == "json":
            return json.loads(text)
        if kind == "toml":
            return tomllib.loads(text)
        return _yaml_values(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _yaml_values(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if repeats_itself(text, YAML(typ="safe", pure=True)):
            raise ValueError(f"it repeats itself into more than {MOST_VALUES:,} values")
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError(yaml_problem(error)) from None


def leaves(node: Mapping[Any, Any], way: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """The values of nested settings by the keys that lead to each; lists are values, empty mappings vanish."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in node.items():
        here = (*way, str(key))
        found |= leaves(value, here) if isinstance(value, Mapping) else {here: value}
    return found


def parse(text: str, kind: Format) -> Spot | None:
    """The tree of the text, which `load` can read; None if it holds no mapping."""
    root = {"yaml": _yaml, "json": _json, "toml": _toml}[kind](text)
    return root if root is not None and root.entries is not None else None


class Located(NamedTuple):
    """The deepest mapping of the file on the way to a setting, the parts of the path that it lacks, and the keys that
    led to it. No part lacks where the setting is there: then `entry` is its own."""

    holder: Spot
    lacking: tuple[str, ...]
    way: tuple[str, ...]
    entry: Entry | None


def locate(root: Spot, path: str) -> Located:
    """The way to a flat path such as `a.b.c`; keys may hold dots themselves, and W&B wraps each value in `value:`."""
    holder = root
    parts, way = tuple(path.split(".")), tuple[str, ...]()
    while True:
        entries = holder.entries or {}
        taken = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in entries), 0)
        if not taken:
            return Located(holder, parts, way, None)
        entry = entries[".".join(parts[:taken])]
        way, parts = (*way, ".".join(parts[:taken])), parts[taken:]
        inner = entry.spot.entries
        if inner is not None and "value" in inner and set(inner) <= {"value", "desc"}:
            entry, way = inner["value"], (*way, "value")
        if not parts or entry.spot.entries is None:
            return Located(holder, parts, way, entry)
        holder = entry.spot


def _yaml(text: str) -> Spot | None:
    from ruamel.yaml import YAML

    node = YAML(typ="safe", pure=True).compose(text)
    seen: dict[int, int] = {}
    _count(node, seen, 0)
    return None if node is None else _yaml_spot(node, text, seen, shared=False, depth=0)


def _count(node: Any, seen: dict[int, int], depth: int) -> None:
    """How often each node is reached: more than once where an alias stands for it."""
    if node is None or depth > MOST_DEEP:
        return
    seen[id(node)] = seen.get(id(node), 0) + 1
    if seen[id(node)] > 1 or not isinstance(node.value, list):
        return
    for item in node.value:
        for part in item if isinstance(item, tuple) else (item,):
            _count(part, seen, depth + 1)


def _yaml_spot(node: Any, text: str, seen: Mapping[int, int], *, shared: bool, depth: int) -> Spot:
    shared = shared or seen.get(id(node), 0) > 1
    start, end = node.start_mark.index, node.end_mark.index
    if type(node).__name__ != "MappingNode" or depth > MOST_DEEP:
        return Spot(start, _yaml_end(node, text), shared=shared)
    entries = {}
    for key, value in node.value:
        if isinstance(key.value, str) and not key.tag.endswith(":merge"):
            spot = _yaml_spot(value, text, seen, shared=shared, depth=depth + 1)
            if spot.start == spot.end and spot.entries is None:  # nothing stands behind the colon
                spot.start = spot.end = text.index(":", key.end_mark.index) + 1
            entries[key.value] = Entry(key.start_mark.index, spot)
    flow = bool(node.flow_style)
    end = end if flow else max((entry.spot.end for entry in entries.values()), default=end)
    return Spot(start, end, entries, flow, shared, node.start_mark.column)


def _yaml_end(node: Any, text: str) -> int:
    """Where a value's last sign stands: the marks of block sequences reach to the next token."""
    while isinstance(node.value, list) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    return start + len(text[start:end].rstrip()) if end > start else start


_SPACE = re.compile(r"\s*")


def _json(text: str) -> Spot:
    return _json_spot(text, _skip(text, 0))


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _json_spot(text: str, at: int, depth: int = 0) -> Spot:
    decoder = json.JSONDecoder()
    if text[at] != "{" or depth > MOST_DEEP:
        return Spot(at, decoder.raw_decode(text, at)[1])
    entries: dict[str, Entry] = {}
    place = _skip(text, at + 1)
    while text[place] != "}":
        key, after = decoder.raw_decode(text, place)
        spot = _json_spot(text, _skip(text, _skip(text, after) + 1), depth + 1)
        entries[key] = Entry(place, spot)
        place = _skip(text, spot.end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return Spot(at, place + 1, entries, flow=True)


_TABLE = re.compile(r"^\s*\[(?!\[)\s*(?P<name>[^\[\]]+?)\s*\]\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?P<key>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=\s*""")


class _Line(NamedTuple):
    start: int
    text: str


def _toml(text: str) -> Spot:
    """Tables and their keys, line by line; tables of an array of tables can't be named by a path."""
    root = Spot(0, 0, {}, indent=0)
    table: Spot | None = root
    lines = iter(_lines(text))
    for line in lines:
        if found := _TABLE.match(line.text):
            table = _toml_table(root, _toml_parts(found["name"]), line, found["name"])
        elif line.text.lstrip().startswith("[["):
            table = None
        elif found := _KEY.match(line.text):
            start = line.start + found.end()
            end = _toml_end(text, start, lines)
            if table is not None and end is not None:
                _toml_put(table, _toml_parts(found["key"]), line.start + found.start("key"), Spot(start, end))
    return root


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):  # TOML has no other line ends
        yield _Line(at, line.rstrip("\r\n"))
        at += len(line)


def _toml_parts(name: str) -> list[str]:
    return list(_names(tomllib.loads(f"{name} = 1")))


def _names(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield key
        if isinstance(value, Mapping):
            yield from _names(value)


def _toml_table(root: Spot, parts: list[str], line: _Line, header: str) -> Spot:
    end = line.start + len(line.text)
    spot = Spot(line.start, end, {}, header=header)
    _toml_put(root, parts, line.start, spot)
    return spot


def _toml_put(table: Spot, parts: list[str], key_start: int, spot: Spot) -> None:
    holder = table
    for part in parts[:-1]:
        assert holder.entries is not None
        entry = holder.entries.setdefault(part, Entry(key_start, Spot(spot.start, spot.end, {}, header="")))
        if entry.spot.entries is None:
            return
        holder = entry.spot
    assert holder.entries is not None
    known = holder.entries.get(parts[-1])
    if known is not None and known.spot.entries and spot.entries is not None:
        spot.entries.update(known.spot.entries)
    holder.entries[parts[-1]] = Entry(key_start, spot)
    if spot.entries is None:
        table.end = max(table.end, spot.end)


def _toml_end(text: str, start: int, lines: Iterator[_Line]) -> int | None:
    """Where a value ends, which may be some lines further on; those lines are used up."""
    end = text.find("\n", start)
    while True:
        stop = len(text) if end < 0 else end
        chunk = text[start:stop]
        for cut in (*(m.start() for m in re.finditer("#", chunk)), len(chunk)):
            value = chunk[:cut].rstrip()
            if value and _is_toml_value(value):
                return start + len(value)
        if end < 0 or next(lines, None) is None:
            return None
        end = text.find("\n", end + 1)


def _is_toml_value(text: str) -> bool:
    try:
        tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError:
        return False
    return True
