"""Which runs of both sides are pairs: the same seed, fold or task. Decided by what runs were told, not by their values.

The rule where nobody declared it: every run has a seed, each once on its side; both sides have the same seeds; and the
logs show that runs of one seed started alike and saw the same batches: settings of data, batch size and model that are
known on both sides are equal, and those of data and batch size are known. A wrong guess costs power where pairs share
nothing, but no error rate: the paired test holds whatever they share.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from runcompare.comparison.comparable import FINGERPRINT, WHERE
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Pair
from runcompare.errors import UsageError, did_you_mean
from runcompare.records.config import flatten, same_setting
from runcompare.records.run import Run

__all__ = ["OFF", "SEED", "Matching", "key_of", "match", "order_of", "unlike"]

SEED, OFF = "seed", "none"  # of --pair-by: the run's seed, and no pairs at all
MOST = 6  # keys that a sentence lists

_DATA = re.compile(
    r"(^|[._/])(train(ing)?_?)?(data|datasets?|data_?sets?|corpus|tasks?|env|environment)"
    r"(_?(name|id|version|split|config))?([._/]|$)",
    re.IGNORECASE,
)
_BATCH = re.compile(
    r"(^|[._/])((global|train|training|micro|total|effective|per|device|gpu)_?)*(batch_?size|bs)$"
    r"|(^|[._/])(gradient|grad)_accum\w*$",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"(^|[._/])(model|network|net|arch|architecture|backbone|encoder|decoder|policy)(_?(name|type|size|id|kind))?([._/]|$)"
    r"|(^|[._/])(n_?|num_?)?(parameters|params)([._/]|$)"
    r"|(^|[._/])(n_?|num_?|d_?)?(hidden|embd|embed|width|depth|layers?|heads?|blocks|channels|model|ff)(_?(dim|size))?s?$",
    re.IGNORECASE,
)
_SEEDS = re.compile(r"(^|[._/])(\w+_)?seeds?(_everything)?$|(^|[._/])random_state$", re.IGNORECASE)
_WORLD = "hardware.world_size"


@dataclass(frozen=True, slots=True)
class Matching:
    """The pairs of two sides, how they were found or why there are none, and the runs that have no partner."""

    by: str
    declared: bool
    matched: str
    pairs: tuple[Pair, ...] = ()
    alone: tuple[str, ...] = ()


def match(new: MeasuredSide, old: MeasuredSide, by: str | None = None) -> Matching | None:
    """The pairs of both sides; None with one run on a side, unless the user declared pairs.

    Args:
        new, old: The sides. Runs that are left out take their pair with them.
        by: What the user declared: "seed", a setting such as "fold", or "none" for no pairs.

    Raises:
        UsageError: If no run of a side has the setting that was declared.
    """
    if by == OFF:
        return Matching(SEED, True, "as --pair-by none asks")
    if by is None and min(len(new), len(old)) < 2:
        return None
    keys = _Keys.of(new, by or SEED), _Keys.of(old, by or SEED)
    if by is None and (why := _not_found(*keys)):
        return Matching(SEED, False, why)
    for side, found in zip((new, old), keys, strict=True):
        if not found.runs:
            raise _no_key(side, by or SEED)
    return _paired(*keys, by=by or SEED, declared=by is not None)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The runs of a side by their key; `counted` are those that are not left out, `keyless` those without one."""

    role: str
    runs: Mapping[str, Sequence[Run]]
    counted: Mapping[str, Sequence[Run]]
    keyless: tuple[str, ...]

    @classmethod
    def of(cls, side: MeasuredSide, by: str) -> "_Keys":
        runs: dict[str, list[Run]] = {}
        counted: dict[str, list[Run]] = {}
        keyless = []
        for measured in side.runs:
            key = key_of(measured.run, by)
            if key is None:
                keyless.append(measured.id)
                continue
            runs.setdefault(key, []).append(measured.run)
            if measured.id not in side.left_out:
                counted.setdefault(key, []).append(measured.run)
        return cls(side.role, runs, counted, tuple(keyless))


def key_of(run: Run, by: str) -> str | None:
    """What a run shares with its partner: its seed, or the setting `by`."""
    if by == SEED:
        return None if run.seed is None else str(run.seed)
    stated = dict(flatten(run.config)).get(by)
    return None if stated is None else str(stated)


def _no_key(side: MeasuredSide, by: str) -> UsageError:
    known = [path for path, _ in flatten(side.runs[0].run.config)]
    hint = did_you_mean(by, known) or "Name a setting of the runs' configs, or seed."
    return UsageError(f"No run of the {side.role} has one '{by}' to pair by.", hint=hint)


def _not_found(new: _Keys, old: _Keys) -> str:
    """Why pairs that nobody declared are none; empty if they are."""
    for side in (new, old):
        if side.keyless:
            return f"the seed of {_some(side.keyless)} is not known"
        twice = [key for key, runs in side.counted.items() if len(runs) > 1]
        if twice:
            return f"seed {twice[0]} occurs more than once on the {side.role}'s side"
    if alone := _only(new, old, "seed"):
        return alone
    if not set(new.counted) & set(old.counted):
        return "no seed counts on both sides"
    reasons = (unlike(new.runs[key][0], old.runs[key][0]) for key in new.runs)
    return next((f"{why} (--pair-by seed declares pairs)" for why in reasons if why), "")


def _only(new: _Keys, old: _Keys, what: str) -> str:
    """The keys that only one side has, in words."""
    sides = ((new, set(new.runs) - set(old.runs)), (old, set(old.runs) - set(new.runs)))
    return " and ".join(f"the {side.role} alone has {_named(keys, what)}" for side, keys in sides if keys)


def _paired(new: _Keys, old: _Keys, *, by: str, declared: bool) -> Matching:
    both = _ordered(set(new.counted) & set(old.counted))
    pairs = tuple(Pair(key, _ids(new.counted[key]), _ids(old.counted[key])) for key in both)
    words = [f"both sides have {_named(both, by)}" if both else f"no {by} counts on both sides"]
    if not declared:
        words.append("settings of data, batch size and model that were logged are equal")
    if only := _only(new, old, by):
        words.append(only)
    dropped = [
        f"{by} {key} is left out on the {side.role}'s side and so is its partner"
        for side, other in ((new, old), (old, new))
        for key in _ordered(set(side.runs) & set(other.counted) - set(side.counted))
    ]
    alone = tuple(
        run.id for side in (new, old) for key in _ordered(side.counted) if key not in both for run in side.counted[key]
    )
    return Matching(by, declared, "; ".join((*words, *dropped)), pairs, (*alone, *new.keyless, *old.keyless))


def _ids(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(run.id for run in runs)


def unlike(new: Run, old: Run) -> str:
    """Why two runs of one seed are not known to start alike and to see the same batches; empty if they are."""
    ours, theirs = _told(new), _told(old)
    for path in sorted({*ours, *theirs}):
        if not same_setting(ours.get(path), theirs.get(path)) and not _is_unknown(path, ours, theirs):
            return f"{path} differs"
    both = [path for path in ours if path in theirs]
    if not any(_DATA.search(path) or FINGERPRINT.search(path) for path in both):
        return "nothing tells that both sides saw the same data"
    return "" if any(_BATCH.search(path) for path in both) else "nothing tells that both sides had the same batch size"


def _is_unknown(path: str, *sides: Mapping[str, Any]) -> bool:
    """Whether a check sum was logged on one side only: nothing is known to differ."""
    return bool(FINGERPRINT.search(path)) and any(path not in side for side in sides)


def order_of(run: Run) -> Mapping[str, Any]:
    """The settings by which runs of one seed start alike and see the same batches, but for the seeds themselves."""
    return {path: value for path, value in _told(run).items() if not _SEEDS.search(path)}


def _told(run: Run) -> dict[str, Any]:
    flat = {**dict(flatten(run.config)), _WORLD: run.hardware.world_size}
    told = {path: value for path, value in flat.items() if value is not None and _is_told(path)}
    return told | {path: value for path, value in run.summary.items() if FINGERPRINT.search(path)}


@cache
def _is_told(path: str) -> bool:
    if _SEEDS.search(path) or path == _WORLD:
        return True
    if _MODEL.search(path) or _BATCH.search(path) or FINGERPRINT.search(path):
        return True
    return bool(_DATA.search(path)) and not WHERE.search(path)


def _ordered(keys: "set[str] | Mapping[str, object]") -> list[str]:
    return sorted(keys, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))


def _named(keys: "set[str] | Sequence[str]", what: str) -> str:
    """ "seeds 0 to 4", "fold 3", "tasks a, b and 5 more"."""
    ordered = _ordered(set(keys))
    if len(ordered) == 1 or not what.isalpha():
        return f"{what} {_some(ordered)}"
    numbers = [int(key) for key in ordered if key.isdigit()]
    if len(numbers) == len(ordered) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{what}s {numbers[0]} to {numbers[-1]}"
    return f"{what}s {_some(ordered)}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
