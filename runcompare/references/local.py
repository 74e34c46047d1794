"""Which runs of a listing does a selection name? By `config:`, `group:`, `id:`, `name:`, `tag:`, or a word."""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from runcompare.errors import AmbiguousReference, RuncompareError, UsageError, did_you_mean
from runcompare.records.config import flatten
from runcompare.records.file_stamp import file_stamp
from runcompare.records.run import RunInfo
from runcompare.references.grammar import KINDS
from runcompare.references.narrowing import Found, Read, listed
from runcompare.sources.registry import has_own_id, read_run, sources

__all__ = ["config_hint", "find_begun", "find_local", "same_value"]

SHORTEST_PREFIX = 4
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
_MATCHES: dict[str, Callable[[RunInfo, str], bool]] = {
    "id": lambda run, word: fnmatchcase(run.id, word) or run.id == word,
    "group": lambda run, word: run.group == word,
    "name": lambda run, word: fnmatchcase(run.name, word),
    "project": lambda run, word: run.project == word,
    "state": lambda run, word: run.state == word,
    "tag": lambda run, word: word in run.tags,
}


def find_local(word: str, runs: Sequence[RunInfo], read: Read) -> Found | None:
    """The runs of a listing that `word` names, or None. What a run or group is called literally wins over `KIND:`.

    Conditions joined by AND are all met. A word with a `*` is a pattern of ids and names. Raises UsageError for
    `config:` without a value.
    """
    if not word:
        return Found("all runs", tuple(runs), read=read) if runs else None
    if (literal := _literal(word, runs, read)) is not None:
        return literal
    conditions = [_condition(part) for part in _AND.split(word)]
    if all(condition is not None for condition in conditions):
        matching: Sequence[RunInfo] = runs
        for kind, rest in (c for c in conditions if c is not None):
            matching = _of_config(rest, matching, read) if kind == "config" else _of(kind, rest, matching)
        label = " and ".join(c.rest for c in conditions if c is not None)
        return Found(label, tuple(matching), read=read) if matching else None
    if any(sign in word for sign in "*?["):
        matching = [run for run in runs if fnmatchcase(run.id, word) or fnmatchcase(run.name, word)]
        return Found(word, tuple(matching), read=read) if matching else None
    return None


class _Condition(NamedTuple):
    kind: str
    rest: str


def _condition(text: str) -> _Condition | None:
    kind, colon, rest = text.strip().partition(":")
    return _Condition(kind, rest) if colon and kind in KINDS else None


def _of(kind: str, word: str, runs: Sequence[RunInfo]) -> list[RunInfo]:
    return [run for run in runs if _MATCHES[kind](run, word)]


def _literal(word: str, runs: Sequence[RunInfo], read: Read) -> Found | None:
    group = tuple(run for run in runs if run.group == word)
    one = tuple(run for run in runs if run.id == word)
    if group:
        return Found(word, group, _both(word, group, one), read)
    for matching in (
        one,
        tuple(run for run in runs if word in run.aliases),
        tuple(run for run in runs if run.name == word),
        tuple(run for run in runs if _is_at(run, word)),
    ):
        if matching:
            _check_places(word, matching)
            return Found(matching[0].name if len(matching) == 1 else word, matching, read=read)
    return None


def _check_places(word: str, runs: Sequence[RunInfo]) -> None:
    """A folder's last name is no identity: `seed0` of two experiments is not one side."""
    if len(runs) > 1 and not any(map(has_own_id, runs)):
        raise AmbiguousReference(
            f"'{word}' is the name of {len(runs)} runs in different places: {listed(runs)}.",
            hint="Name one by its id, or several with commas.",
        )


def _is_at(run: RunInfo, word: str) -> bool:
    """`entity/project/id`; a run that was logged offline doesn't know its entity."""
    entity, _, rest = word.partition("/")
    return rest == f"{run.project}/{run.id}" and run.entity in (None, entity)


def _both(word: str, group: tuple[RunInfo, ...], one: tuple[RunInfo, ...]) -> tuple[str, ...]:
    if not one or one == group:
        return ()
    return (
        f"'{word}' is a group of {len(group)} runs and also the id of one run; the group is meant. "
        f"For the one run, write id:{word}.",
    )


def find_begun(word: str, runs: Sequence[RunInfo], read: Read) -> Found | None:
    """The run whose id begins with `word`, of 4 characters or more. Raises AmbiguousReference for several."""
    begun = tuple(run for run in runs if len(word) >= SHORTEST_PREFIX and run.id.startswith(word))
    if len({run.id for run in begun}) > 1:
        raise AmbiguousReference(
            f"'{word}' begins the ids of {len(begun)} runs: {listed(begun)}.", hint="Type more of it."
        )
    return Found(begun[0].name, begun, read=read) if begun else None


def _of_config(condition: str, runs: Sequence[RunInfo], read: Read) -> list[RunInfo]:
    key, equals, wanted = (part.strip() for part in condition.partition("="))
    if not key or not equals:
        raise UsageError(
            f"'config:{condition}' has no value.", hint="Write config:KEY=VALUE, such as config:training.lr=0.001."
        )
    missing = object()
    return [run for run in runs if same_value(_config(run, read).get(key, missing), wanted)]


def same_value(value: Any, text: str) -> bool:
    """Whether a config's value is what `text` writes: numbers as numbers, truth values and null by their names."""
    if isinstance(value, bool) or value is None:
        return text.lower() in {True: ("true",), False: ("false",), None: ("null", "none")}[value]
    if isinstance(value, list | tuple):
        parts = text.strip("[]()").split(",") if text.strip("[]() ") else []
        return len(parts) == len(value) and all(map(same_value, value, (part.strip(" '\"") for part in parts)))
    if isinstance(value, str) and value == text:
        return True
    number = _number(value) if isinstance(value, str) else value if isinstance(value, int | float) else None
    wanted = _number(text)
    return number is not None and wanted is not None and (number == wanted or (number != number and wanted != wanted))


def _number(text: str) -> float | None:
    for kind in (int, float):
        try:
            return None if "_" in text else kind(text)
        except ValueError:
            continue
    return None


def _config(info: RunInfo, read: Read) -> Mapping[str, Any]:
    stamp = _stamp(info.location) if read is read_run else ()
    return _file_config(info, *stamp) if stamp else _flat(info, read)


@lru_cache(maxsize=50_000)
def _file_config(info: RunInfo, *_stamp: int) -> Mapping[str, Any]:
    return _flat(info, read_run)


def _flat(info: RunInfo, read: Read) -> Mapping[str, Any]:
    quick = getattr(sources().get(info.source), "config", None) if read is read_run else None
    try:
        return dict(flatten(quick(info.location) if quick else read(info).config))
    except (OSError, RuncompareError):
        return {}


def _stamp(location: str) -> tuple[int, ...]:
    """Empty if there is no such file."""
    try:
        return file_stamp(Path(location))
    except (OSError, ValueError):
        return ()


def config_hint(condition: str, runs: Sequence[RunInfo]) -> str:
    """For a condition `KEY=VALUE` that no run meets: the values that the runs have, or the nearest key."""
    key = condition.partition("=")[0].strip()
    configs = [_config(info, read_run) for info in runs]
    seen: dict[str, int] = {}
    for config in configs:
        if key in config:
            seen[str(config[key])] = seen.get(str(config[key]), 0) + 1
    if seen:
        return f"The runs have {key} = {', '.join(f'{v[:40]} ({n})' for v, n in list(seen.items())[:8])}."
    near = did_you_mean(key, sorted({k for config in configs for k in config}))
    return near or f"No run's config has the key '{key}'."
