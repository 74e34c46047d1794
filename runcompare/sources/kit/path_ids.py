"""Ids of runs whose tracker keeps none: where they lie below the folder that is searched.

`ppo/seed0/progress.csv` is the run `ppo/seed0`, `new.csv` the run `new`: the file's name is left out where the run is
called after its folder. A folder's last name alone is no id, for two experiments have their `seed0` each. The runs of a
table with several keep their names, below the table's where other tables have them too.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NamedTuple

from runcompare.records.run import RunInfo
from runcompare.sources.kit.files import is_there
from runcompare.sources.kit.named_files import run_of_figures, run_of_history

__all__ = ["place_of", "shortest_tails", "with_path_ids"]


def with_path_ids(infos: Sequence[RunInfo], bases: Sequence[Path], named: Sequence[Path] = ()) -> list[RunInfo]:
    """The runs with the path below the nearest of `bases` as their id, made longer where two would share one.

    What lies below none of them, but below one of `named`, is called from the folder around that on.
    """
    tops = sorted((_absolute(base) for base in bases), key=lambda base: -len(base.parts))
    tops += [_absolute(one).parent for one in named]
    places = [place_of(info) for info in infos]
    ids = [info.id if _parted(info.location).run else _below(at, tops) for info, at in zip(infos, places, strict=True)]
    for shared in [one for one, count in Counter(ids).items() if count > 1]:
        at = [number for number, one in enumerate(ids) if one == shared]
        for number, longer in zip(at, shortest_tails([places[number] for number in at]), strict=True):
            ids[number] = longer
    return [replace(info, id=one) for info, one in zip(infos, ids, strict=True)]


def place_of(info: RunInfo) -> Path:
    """The absolute path that a run is known by: its file without the ending where it is called after the file, else its
    folder; a run of a table with several is below the file."""
    path, part = _parted(info.location)
    path = _absolute(path)
    stem = path.name.split(".")[0]
    if part:
        return path.parent / stem / part.replace("/", "_") if stem else path / part
    if path.is_dir():
        return path
    if info.name in (stem, path.stem, path.name):
        return path.parent / stem
    return (
        path.parent / info.name if info.name in (run_of_history(path.name), run_of_figures(path.name)) else path.parent
    )


def shortest_tails(paths: Sequence[PurePath]) -> list[str]:
    """The shortest ends of the paths that tell them apart: `ppo/seed0` and `a2c/seed0`; whole where nothing does."""
    longest = max((len(path.parts) for path in paths), default=0)
    for length in range(1, longest):
        tails = ["/".join(path.parts[-length:]) for path in paths]
        if len(set(tails)) == len(set(paths)):
            return tails
    return [path.as_posix() for path in paths]


def _below(place: Path, tops: Iterable[Path]) -> str:
    for top in tops:
        if place.is_relative_to(top):
            return place.relative_to(top).as_posix() if place != top else top.name or top.as_posix()
    return place.name


class _Parted(NamedTuple):
    path: Path
    run: str  # which of a file's runs; empty for its only one


def _parted(location: str) -> _Parted:
    if is_there(location):
        return _Parted(Path(location), "")
    path, _, part = location.rpartition("#")
    return _Parted(Path(path), part) if path else _Parted(Path(location), "")


def _absolute(path: Path) -> Path:
    """Without `..`; links stay as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100
