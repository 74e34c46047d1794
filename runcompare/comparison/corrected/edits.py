"""The edits of a text that change, remove and add settings, with the reason of each at the end of its line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from runcompare.comparison.corrected.spans import Entry, Format, Spot, locate
from runcompare.comparison.corrected.words import comment, key, written

__all__ = ["Setting", "SettingsFile", "Way", "edited"]

_BREAK = re.compile(r"[\r\n]")
Way = tuple[str, ...]  # the keys that lead to a setting


class Setting(NamedTuple):
    """A setting to write, None to remove it, and why, in a few words."""

    path: str
    value: Any
    reason: str


class SettingsFile(NamedTuple):
    """A file's text, what it is written in, and where its settings stand."""

    text: str
    kind: Format
    root: Spot


class _Edit(NamedTuple):
    """What stands in place of the text from `start` to `end`, and what is noted at the end of that line."""

    start: int
    end: int
    text: str
    note: str = ""


class _Order(NamedTuple):
    """Where a change stands; at one place a value comes first, then its comment, then lines that follow."""

    start: int
    end: int
    turn: int


def edited(file: SettingsFile, settings: Sequence[Setting]) -> str:
    """The text with the settings in it."""
    placed = [(setting, locate(file.root, setting.path)) for setting in settings]
    edits = [
        _replace(file, found.entry.spot, setting)
        for setting, found in placed
        if found.entry is not None and setting.value is not None
    ]
    gone = {found.way: setting for setting, found in placed if found.entry is not None and setting.value is None}
    edits += _Removal(file, gone).edits()
    added = [(found.holder, found.lacking, setting) for setting, found in placed if found.entry is None]
    for _, same in groupby(sorted(added, key=lambda a: a[0].start), key=lambda a: a[0].start):
        listed = list(same)
        edits += _additions(file, listed[0][0], [(lacking, setting) for _, lacking, setting in listed])
    return _applied(file, edits)


def _replace(file: SettingsFile, spot: Spot, setting: Setting) -> _Edit:
    text, kind, _ = file
    space = " " if kind == "yaml" and spot.start == spot.end and text[spot.start - 1 : spot.start] == ":" else ""
    return _Edit(spot.start, spot.end, space + written(setting.value, kind), setting.reason)


@dataclass(frozen=True, slots=True)
class _Removal:
    """Entries to delete, by the way that leads to each; a block that would be empty goes whole, since nothing under its
    key is null."""

    file: SettingsFile
    gone: Mapping[Way, Setting]
    made: list[_Edit] = field(default_factory=list)

    def edits(self) -> list[_Edit]:
        """What deletes them."""
        if self.gone:
            self._in(self.file.root, (), self.made)
        return self.made

    def _in(self, spot: Spot, way: Way, made: list[_Edit]) -> list[Setting] | None:
        """Adds the edits of a mapping to `made`; gives back its settings where all of it goes."""
        lost: dict[str, list[Setting]] = {}
        for name, entry in (spot.entries or {}).items():
            here = (*way, name)
            if here in self.gone:
                lost[name] = [self.gone[here]]
            elif entry.spot.entries and any(path[: len(here)] == here for path in self.gone):
                inner: list[_Edit] = []
                whole = self._in(entry.spot, here, inner)
                if whole is not None and self.file.kind == "yaml" and not entry.spot.flow:
                    lost[name] = whole
                else:
                    made += inner
        entries = list((spot.entries or {}).items())
        made += _cut_flow(entries, lost) if spot.flow else _cut_block(self.file.text, entries, lost)
        is_empty = bool(entries) and len(lost) == len(entries)
        return [setting for settings in lost.values() for setting in settings] if is_empty else None


def _cut_flow(entries: Sequence[tuple[str, Entry]], lost: Mapping[str, list[Setting]]) -> Iterator[_Edit]:
    kept_before = False
    for place, (name, entry) in enumerate(entries):
        if name not in lost:
            kept_before = True
            continue
        note = "; ".join(setting.reason for setting in lost[name])
        if kept_before:
            yield _Edit(entries[place - 1][1].spot.end, entry.spot.end, "", note)
        elif place + 1 < len(entries):
            yield _Edit(entry.key_start, entries[place + 1][1].key_start, "", note)
        else:
            yield _Edit(entry.key_start, entry.spot.end, "", note)


def _cut_block(text: str, entries: Sequence[tuple[str, Entry]], lost: Mapping[str, list[Setting]]) -> Iterator[_Edit]:
    """Each entry's lines make way for a comment that says what went and why."""
    for name, entry in entries:
        if name in lost:
            note = "; ".join(setting.reason for setting in lost[name])
            yield _Edit(entry.key_start, _line_end(text, entry.spot.end), f"# {' '.join(note.split())}")


def _additions(file: SettingsFile, holder: Spot, lacking: Sequence[tuple[Sequence[str], Setting]]) -> Iterator[_Edit]:
    """What adds settings to a mapping, those of one new section together."""
    text, kind, _ = file
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
        own = [f"{key(name, kind)}: {_plain_flow(node, kind)}" for name, node in tree.items()]
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
    for name, node in tree.items():
        if isinstance(node, Setting):
            yield f"{' ' * indent}{key(name, 'yaml')}: {written(node.value, 'yaml')}{comment(node.reason)}"
        else:
            yield f"{' ' * indent}{key(name, 'yaml')}:"
            yield from _yaml_lines(node, indent + 2)


def _plain_flow(node: Any, kind: Format) -> str:
    if isinstance(node, Setting):
        return written(node.value, kind)
    return "{" + ", ".join(f"{key(name, kind)}: {_plain_flow(inner, kind)}" for name, inner in node.items()) + "}"


def _toml_additions(text: str, holder: Spot, lacking: Sequence[tuple[Sequence[str], Setting]]) -> Iterator[_Edit]:
    lines = [
        f"{'.'.join(key(part, 'toml') for part in parts)} = {written(setting.value, 'toml')}{comment(setting.reason)}"
        for parts, setting in lacking
    ]
    if holder.end == 0:  # the top of a file without keys of its own
        yield _Edit(0, 0, "".join(f"{line}\n" for line in lines))
    else:
        at = _line_end(text, holder.end)
        yield _Edit(at, at, "".join(f"\n{line}" for line in lines))


def _applied(file: SettingsFile, edits: Iterable[_Edit]) -> str:
    """The text with all edits made, and their notes as comments where their lines end."""
    text, kind, _ = file
    notes: dict[int, list[str]] = {}
    changes = []
    for edit in edits:
        changes.append((edit.start, edit.end, edit.text))
        if edit.note and kind != "json":
            notes.setdefault(_line_end(text, edit.end), []).append(edit.note)
    changes += [(at, at, comment("; ".join(dict.fromkeys(words)))) for at, words in notes.items()]
    made, done = [], 0
    for start, end, instead in sorted(changes, key=_in_order):
        if start >= done:
            made += [text[done:start], instead]
            done = end
    return "".join([*made, text[done:]])


def _in_order(change: tuple[int, int, str]) -> _Order:
    start, end, text = change
    return _Order(start, end, 2 if text.startswith("\n") else int(text.startswith("  #")))


def _line_end(text: str, at: int) -> int:
    """Where the line ends that has a place in it: before a line feed, a carriage return, or both."""
    found = _BREAK.search(text, at)
    return len(text) if found is None else found.start()
