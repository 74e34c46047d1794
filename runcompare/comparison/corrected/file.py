"""A configuration file with some settings changed and nothing else: comments, order and layout stay as they are.

The text is edited at exactly the lines that change, then read again: what it holds must be what it held, with the
changes. What can't be changed in place is refused, with the reason, and the rest of the file stays untouched.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from runcompare.comparison.corrected.edits import Setting, SettingsFile, Way, edited
from runcompare.comparison.corrected.spans import Format, Spot, leaves, load, locate, parse
from runcompare.comparison.corrected.words import has_value
from runcompare.records.config import same_setting

__all__ = ["BOM", "Patched", "Refused", "Setting", "patch"]

BOM = "\ufeff"  # at the start of files that some editors of Windows write
MOST_TRIED = 100  # settings, one after the other, where not all of them can be changed in place
_ENDS = re.compile(r"\r\n|\r|\n")
LAYOUT = "the file's layout does not allow to change it in place"


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


def patch(text: str, kind: Format, settings: Sequence[Setting]) -> Patched:
    """The text with the settings in it.

    Args:
        text: The file's.
        kind: What the file is written in.
        settings: What to write or remove.

    Raises:
        ValueError: If the text is not of that kind, or holds no settings.
    """
    if text.startswith(BOM):
        return replace(done := patch(text.removeprefix(BOM), kind, settings), text=BOM + done.text)
    if (end := _line_end_of(text)) != "\n":  # what is added has the line ends of the rest
        done = patch(text.replace(end, "\n"), kind, settings)
        return replace(done, text=done.text.replace("\n", end))
    held = load(text, kind)
    root = parse(text, kind) if isinstance(held, Mapping) else None
    if root is None or not isinstance(held, Mapping):
        raise ValueError("it holds no settings")
    file = SettingsFile(text, kind, root)
    reasons = {setting.path: _why_not(root, setting, kind) for setting in settings}
    good = [setting for setting in settings if reasons[setting.path] is None]
    kept = _what_fits(file, held, good)
    refused = [Refused(path, why) for path, why in reasons.items() if why is not None]
    refused += [Refused(setting.path, LAYOUT) for setting in good if setting not in kept]
    return Patched(edited(file, kept) if kept else text, tuple(s.path for s in kept), tuple(refused))


def _line_end_of(text: str) -> str:
    """What ends each line of a text; a line feed where not all are alike."""
    ends = set(_ENDS.findall(text))
    return str(ends.pop()) if len(ends) == 1 else "\n"


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
    if setting.value is not None and not has_value(setting.value, kind):
        return f"{kind.upper()} has no such value"
    return None


def _what_fits(file: SettingsFile, held: Mapping[str, Any], settings: Sequence[Setting]) -> Sequence[Setting]:
    """All settings, if the file can be read with them as it was meant to be; else those that can be changed so."""

    def fits(some: Sequence[Setting]) -> bool:
        return _is_as_meant(file, held, some, edited(file, some))

    if fits(settings):
        return settings
    kept: list[Setting] = []
    for setting in settings if len(settings) <= MOST_TRIED else ():
        if fits([*kept, setting]):
            kept.append(setting)
    return kept


def _is_as_meant(file: SettingsFile, held: Mapping[str, Any], settings: Sequence[Setting], text: str) -> bool:
    """Whether the new text holds what the old one did, with the settings changed."""
    try:
        found = load(text, file.kind)
    except ValueError:
        return False
    wanted: dict[Way, Any] = leaves(held)
    for setting in settings:
        at = locate(file.root, setting.path)
        path = (*at.way, *at.lacking)
        if setting.value is None:
            wanted.pop(path, None)
        else:
            wanted[path] = setting.value
    got = leaves(found or {})
    wanted = {path: value for path, value in wanted.items() if value != {}}
    return got.keys() == wanted.keys() and all(same_setting(_listed(got[p]), _listed(v)) for p, v in wanted.items())


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
