"""What of a store is not as it was written? Found by `verify`, noted for the next pull, cleared once it is mended.

A note is an empty file `damaged/HOME-VERSION`: no file of a version is ever changed.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from runcompare.errors import UnreadableRun
from runcompare.store.index import FOLDER, current, gone_texts, index_files, is_index, is_superseded
from runcompare.store.manifest import FORMAT_TEXT, check_files, read_version
from runcompare.store.place import FORMAT_FILE, Place, Version

__all__ = ["Damage", "clear_damage", "damaged", "find_damage", "note_damage"]

NOTES = "damaged"


class Damage(NamedTuple):
    """What is wrong, and of which version, if it is of one."""

    text: str
    version: Version | None = None


def find_damage(place: Place) -> list[Damage]:
    """Everything below `runs`, the index and the format are looked at. Raises OSError."""
    listed = [Version(home, name) for home, names in place.all_versions().items() for name in names]
    with ThreadPoolExecutor(4) as pool:
        found = [one for one in pool.map(lambda version: _damage_of(place, version), listed) if one is not None]
    gone = [Damage(text) for text in gone_texts(place, current(place))]
    return [*_own_files(place, bool(listed)), *found, *gone]


def _damage_of(place: Place, version: Version) -> Damage | None:
    try:
        read_version(place, *version)
    except UnreadableRun as error:
        return None if is_superseded(place, version) else Damage(error.message, version)
    return None


def _own_files(place: Place, holds_runs: bool) -> Iterator[Damage]:
    try:
        if place.read(FORMAT_FILE).strip() != FORMAT_TEXT:
            yield Damage(f"{place.address(FORMAT_FILE)} is damaged: it should read {FORMAT_TEXT.decode()}.")
    except FileNotFoundError:
        if holds_runs:
            yield Damage(f"{place.address(FORMAT_FILE)} is gone.")
    for name in index_files(place):
        with suppress(OSError):  # a newer index has replaced it
            if not is_index(name, place.read(FOLDER, name)):
                yield Damage(f"{place.address(FOLDER, name)} is damaged: its checksum is wrong.")


def note_damage(place: Place, found: Iterable[Damage]) -> None:
    """Leave a note of each damaged version, if the place can be written."""
    with suppress(OSError):
        for home, name in (one.version for one in found if one.version is not None):
            place.write(b"", NOTES, f"{home}-{name}")


def damaged(place: Place) -> set[Version]:
    """The versions of which there are notes. Raises OSError."""
    return {Version(home, name) for home, _, name in (note.partition("-") for note in place.names(NOTES)) if name}


def clear_damage(place: Place) -> None:
    """Remove the noted versions of which a newer one is intact, and the notes that hold no longer. Raises OSError."""
    for version in damaged(place):
        versions = place.versions(version.home)
        if version.name in versions and not _is_intact(place, version):
            newer = [Version(version.home, name) for name in versions if name > version.name]
            if not any(_is_intact(place, one) for one in newer):
                continue
            with suppress(FileNotFoundError):
                place.remove_version(*version)
        place.remove(NOTES, f"{version.home}-{version.name}")


def _is_intact(place: Place, version: Version) -> bool:
    try:
        check_files(place, *version)
    except UnreadableRun:
        return False
    return True
