"""A configuration file with some settings changed and nothing else: comments, order and layout stay as they are.

The text is edited at exactly the lines that change, then read again: what it holds must be what it held, with the
changes. What can't be changed in place is refused, with the reason, and the rest of the file stays untouched.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from runcompare.comparison.corrected_config_spans import Entry, Format, Spot, load, locate, parse
from runcompare.records.config import flatten, same_setting

__all__ = ["Patched", "Setting", "patch"]


MOST_TRIED = 100  # settings, one after the other, where not all of them can be changed in place


class Setting(NamedTuple):
    """A setting to write, None to remove it, and why, in a few words."""

    path: str
    value: Any
    reason: str


class Refused(NamedTuple):
    """A setting that can't be changed in this file, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Patched:
    """The file's new text, the settings that were written, and those that could not be."""

    text: str
    written: tuple[str, ...]
    refused: tuple[Refused, ...] = ()


class _Edit(NamedTuple):
    """What stands in place of the text from `start` to `end`, and what is noted at the end of that line."""

    start: int
    end: int
    text: str
    note: str = ""


def patch(text: str, kind: Format, settings: Sequence[Setting]) -> Patched:
    """The text with the settings in it.

    Args:
        text: The file's.
        kind: What the file is written in.
        settings: What to write or remove.

    Raises:
        ValueError: If the text is not of that kind, or holds no settings.
    """
    held = load(text, kind)
    root = parse(text, kind) if isinstance(held, Mapping) else None
    if root is None or not isinstance(held, Mapping):
        raise ValueError("it holds no settings")
    sorted_out = [(setting, _why_not(root, setting, kind)) for setting in settings]
    good = [setting for setting, why in sorted_out if why is None]
    refused = [Refused(setting.path, why) for setting, why in sorted_out if why is not None]
    kept = _what_fits(text, kind, held, root, good)
    refused += [Refused(s.path, "the file's layout does not allow to change it in place") for s in good if s not in kept]
    changed = _edited(text, kind, root, kept) if kept else text
    return Patched(changed, tuple(setting.path for setting in kept), tuple(refused))


def _what_fits(
    text: str, kind: Format, held: Mapping[str, Any], root: Spot, settings: Sequence[Setting]
) -> Sequence[Setting]:
    """All settings, if the file can be read with them as it was meant to be; else those that can be changed so."""

    def fits(some: Sequence[Setting]) -> bool:
        return _is_as_meant(held, _edited(text, kind, root, some), kind, root, some)

    if fits(settings) or len(settings) > MOST_TRIED:
        return settings if fits(settings) else ()
    kept: list[Setting] = []
    for setting in settings:
        if fits([*kept, setting]):
            kept.append(setting)
    return kept


def _why_not(root: Spot, setting: Setting, kind: Format) -> str | None:
    found = locate(root, setting.path)
    if found.holder.shared or (found.entry is not None and found.entry.spot.shared):
        return "it stands under an anchor that other settings share"
    if found.entry is not None and found.lacking:
        return f"{'.'.join(found.way)} is no table in the file"
    if found.entry is None and setting.value is None:
        return "it is not in the file"
    if found.entry is not None and found.entry.spot.entries is not None:
        return "it is a whole section of the file"
    if kind == "toml" and setting.value is not None and _toml(setting.value) is None:
        return "TOML has no such value"
    return None


def _edited(text: str, kind: Format, root: Spot, settings: Sequence[Setting]) -> str:
    placed = [(setting, locate(root, setting.path)) for setting in settings]
    edits = [
        _replace(text, kind, found.entry.spot, setting)
        for setting, found in placed
        if found.entry is not None and setting.value is not None
    ]
    gone = {setting.path: setting for setting, found in placed if found.entry is not None and setting.value is None}
    edits += _removals(text, kind, root, {locate(root, path).way: setting for path, setting in gone.items()})
    added = [(found.holder, found.lacking, setting) for setting, found in placed if found.entry is None]
    for _, same in groupby(sorted(added, key=lambda a: a[0].start), key=lambda a: a[0].start):
        listed = list(same)
        edits += _additions(text, kind, listed[0][0], [(lacking, setting) for _, lacking, setting in listed])
    return _applied(text, kind, edits)


def _replace(text: str, kind: Format, spot: Spot, setting: Setting) -> _Edit:
    space = " " if kind == "yaml" and spot.start == spot.end and text[spot.start - 1 : spot.start] == ":" else ""
    return _Edit(spot.start, spot.end, space + _written(setting.value, kind), setting.reason)


def _removals(text: str, kind: Format, root: Spot, gone: Mapping[tuple[str, ...], Setting]) -> list[_Edit]:
    """What deletes the entries; a block that would be empty goes whole, since nothing under its key is null."""
    edits: list[_Edit] = []
    _remove_in(text, kind, root, (), gone, edits)
    return edits


def _remove_in(
    text: str, kind: Format, spot: Spot, way: tuple[str, ...], gone: Mapping[tuple[str, ...], Setting], edits: list[_Edit]
) -> list[Setting] | None:
    """Adds the edits of a mapping; gives back its settings where all of it goes."""
    lost: dict[str, list[Setting]] = {}
    for key, entry in (spot.entries or {}).items():
        here = (*way, key)
        if here in gone:
            lost[key] = [gone[here]]
        elif entry.spot.entries and any(path[: len(here)] == here for path in gone):
            inner: list[_Edit] = []
            whole = _remove_in(text, kind, entry.spot, here, gone, inner)
            if whole is not None and kind == "yaml" and not entry.spot.flow:
                lost[key] = whole
            else:
                edits += inner
    entries = list((spot.entries or {}).items())
    cut = _cut_flow if spot.flow else _cut_block
    edits += cut(text, spot, entries, lost)
    whole = bool(entries) and len(lost) == len(entries)
    return [setting for settings in lost.values() for setting in settings] if whole else None


def _cut_flow(
    text: str, spot: Spot, entries: Sequence[tuple[str, Entry]], lost: Mapping[str, list[Setting]]
) -> Iterator[_Edit]:
    kept_before = False
    for place, (key, entry) in enumerate(entries):
        if key not in lost:
            kept_before = True
            continue
        note = "; ".join(setting.reason for setting in lost[key])
        if kept_before:
            yield _Edit(entries[place - 1][1].spot.end, entry.spot.end, "", note)
        elif place + 1 < len(entries):
            yield _Edit(entry.key_start, entries[place + 1][1].key_start, "", note)
        else:
            yield _Edit(entry.key_start, entry.spot.end, "", note)


def _cut_block(
    text: str, spot: Spot, entries: Sequence[tuple[str, Entry]], lost: Mapping[str, list[Setting]]
) -> Iterator[_Edit]:
    """Each entry's lines make way for a comment that says what went and why."""
    for key, entry in entries:
        if key in lost:
            note = "; ".join(setting.reason for setting in lost[key])
            yield _Edit(entry.key_start, _line_end(text, entry.spot.end), f"# {' '.join(note.split())}")


def _additions(
    text: str, kind: Format, holder: Spot, lacking: Sequence[tuple[Sequence[str], Setting]]
) -> Iterator[_Edit]:
    """What adds settings to a mapping, those of one new section together."""
    if kind == "toml":
        yield from _toml_additions(text, holder, lacking)
        return
    tree: dict[str, Any] = {}
    for parts, setting in lacking:
        node = tree
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = setting
    last = max((entry.spot.end for entry in (holder.entries or {}).values()), default=None)
    if holder.flow:
        own = [f"{_key(key, kind)}: {_plain_flow(node, kind)}" for key, node in tree.items()]
        note = "; ".join(setting.reason for _, setting in lacking)
        if last is None:
            yield _Edit(holder.end - 1, holder.end - 1, ", ".join(own), note)
        else:
            first = min(entry.key_start for entry in (holder.entries or {}).values())
            line = text[text.rfind("\n", 0, first) + 1 : first]
            between = f",\n{line}" if kind == "json" and not line.strip() else ", "
            yield _Edit(last, last, "".join(between + words for words in own), note)
        return
    lines = list(_yaml_lines(tree, holder.indent))
    at = _line_end(text, last) if last is not None else len(text)
    yield _Edit(at, at, "".join(f"\n{line}" for line in lines))


def _yaml_lines(tree: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, node in tree.items():
        if isinstance(node, Setting):
            yield f"{' ' * indent}{_key(key, 'yaml')}: {_written(node.value, 'yaml')}{_comment(node.reason)}"
        else:
            yield f"{' ' * indent}{_key(key, 'yaml')}:"
            yield from _yaml_lines(node, indent + 2)


def _plain_flow(node: Any, kind: Format) -> str:
    if isinstance(node, Setting):
        return _written(node.value, kind)
    return "{" + ", ".join(f"{_key(key, kind)}: {_plain_flow(inner, kind)}" for key, inner in node.items()) + "}"


def _toml_additions(
    text: str, holder: Spot, lacking: Sequence[tuple[Sequence[str], Setting]]
) -> Iterator[_Edit]:
    lines = [
        f"{'.'.join(_key(part, 'toml') for part in parts)} = {_toml(setting.value)}{_comment(setting.reason)}"
        for parts, setting in lacking
    ]
    if holder.end == 0:  # the top of a file without keys of its own
        yield _Edit(0, 0, "".join(f"{line}\n" for line in lines))
    else:
        at = _line_end(text, holder.end)
        yield _Edit(at, at, "".join(f"\n{line}" for line in lines))


def _applied(text: str, kind: Format, edits: Iterable[_Edit]) -> str:
    """The text with all edits made, and their notes as comments where their lines end."""
    notes: dict[int, list[str]] = {}
    changes = []
    for edit in edits:
        changes.append((edit.start, edit.end, edit.text))
        if edit.note and kind != "json":
            notes.setdefault(_line_end(text, edit.end), []).append(edit.note)
    changes += [(at, at, _comment("; ".join(dict.fromkeys(words)))) for at, words in notes.items()]
    made, done = [], 0
    for start, end, instead in sorted(changes, key=_in_order):
        if start >= done:
            made += [text[done:start], instead]
            done = end
    return "".join([*made, text[done:]])


def _in_order(change: tuple[int, int, str]) -> tuple[int, int, int]:
    """At one place a value comes first, then its comment, then lines that follow."""
    start, end, text = change
    return start, end, 2 if text.startswith("\n") else int(text.startswith("  #"))


def _comment(reason: str) -> str:
    return f"  # {' '.join(reason.split())}" if reason else ""


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end > at else end


_WORD = re.compile(r"[A-Za-z_][\w./-]*\Z")
_RESERVED = {"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan", "inf"}


def _key(key: str, kind: Format) -> str:
    if kind == "yaml" and _WORD.match(key) and key.lower() not in _RESERVED:
        return key
    return key if kind == "toml" and re.fullmatch(r"[\w-]+", key, re.ASCII) else json.dumps(key)


def _written(value: Any, kind: Format) -> str:
    if kind == "json":
        return json.dumps(value, default=str)
    if kind == "toml":
        return _toml(value) or '""'
    return _yaml(value)


def _yaml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(k), 'yaml')}: {_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, float):
        return _float(value, ".nan", ".inf")
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    word = str(value)
    return word if _WORD.match(word) and word.lower() not in _RESERVED else json.dumps(word)


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
        inner = {json.dumps(str(key)): _toml(item) for key, item in value.items()}
        good = None not in inner.values()
        return "{" + ", ".join(f"{key} = {item}" for key, item in inner.items()) + "}" if good else None
    if isinstance(value, list | tuple):
        items = [_toml(item) for item in value]
        return f"[{', '.join(item for item in items if item is not None)}]" if None not in items else None
    if isinstance(value, float):
        return _float(value, "nan", "inf")
    return None if value is None else json.dumps(value if isinstance(value, bool | int) else str(value))


def _is_as_meant(held: Mapping[str, Any], text: str, kind: Format, root: Spot, settings: Sequence[Setting]) -> bool:
    """Whether the new text holds what the old one did, with the settings changed."""
    try:
        found = load(text, kind)
    except ValueError:
        return False
    wanted = dict(_leaves(held))
    for setting in settings:
        at = locate(root, setting.path)
        path = (*at.way, *at.lacking)
        if setting.value is None:
            wanted.pop(path, None)
        else:
            wanted[path] = setting.value
    got = dict(_leaves(found or {}))
    wanted = {path: value for path, value in wanted.items() if value != {}}
    return got.keys() == wanted.keys() and all(same_setting(_listed(got[p]), _listed(v)) for p, v in wanted.items())


def _leaves(node: Mapping[Any, Any], way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*way, str(key)))
        else:
            yield (*way, str(key)), value


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
