"""Which runs are replicates? Those that are known to have the same settings but for the seed.

What a run was told may be unknown: an event file holds no learning rate. Then its name may say that it differs by the
seed only (`ppo_seed3`, `seed=3`, `/3/`), and what it logged of its settings (the learning rate's curve) must agree.
Else runs are one side only because the user named them together, and the report says so.

The project's groups of known replicates are the history that the noise is learned from: they are found in the folders
that are searched and in the store, if there is one.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from runcompare.errors import RuncompareError
from runcompare.records.boundary import boundary
from runcompare.records.config import essentials, same_setting
from runcompare.records.history import Series
from runcompare.records.run import Group, Grouping, Run
from runcompare.references.places import Places
from runcompare.references.trainings import one_each
from runcompare.sources.registry import read_run, training_key

__all__ = [
    "Known",
    "differences",
    "every_run",
    "grouping",
    "knows_settings",
    "replicated_groups",
    "seed_in_name",
    "seedless",
    "signature",
    "without_seed",
]

MOST = 2_000  # runs, the newest; enough for a prior, and reading more would take minutes
# how long and how often, not how: what a trainer's state or a bare log states besides
_SCHEDULE = re.compile(
    r"(^|[._/])((max|num|total|n|train|eval|save|log|logging|warmup)_?)*"
    r"(epochs?|steps|iters?|iterations|timesteps|updates|rounds|frequency|freq|interval|every|workers|batch_size)$",
    re.IGNORECASE,
)
# what was trained for, not how: all that the header of Monitor's file states
_TASK = re.compile(r"(^|[._/])(env|environment|gym|task|dataset|data|benchmark)(_?(id|name|version))?$", re.IGNORECASE)
_LOGGED = re.compile(r"(^|[/._ -])(lr|learning_?rate|lr[-_/].+|batch_?size|weight_?decay)$", re.IGNORECASE)
_SEED = re.compile(
    r"(^|(?<=[._\-/ ]))(seed|rng|replicate|replica|rep|s)[._\-= ]?(?P<seed>\d+)(?=$|[._\-/ ])", re.IGNORECASE
)
_NUMBER = re.compile(r"(^|(?<=/))(?P<seed>\d{1,6})(?=$|/)")
# what of the data a run is about, where its name says that and its settings may not
_PART = re.compile(
    r"(^|[._\-/ ])(?P<what>fold|split|subject|subj|patient|participant|session|site|station|domain|neuron|cell)"
    r"[._\-= ]?(?P<number>\d+)(?=$|[._\-/ ])",
    re.IGNORECASE,
)
_SAME = 1e-6  # relative, of logged settings that went through single precision


class Known(NamedTuple):
    """How runs are known to be replicates, and notes where they are not."""

    kind: Grouping
    notes: tuple[str, ...] = ()


def grouping(runs: Sequence[Run], replicate_keys: Sequence[str] = ()) -> Known:
    """How the runs of one side, which are not known to differ, are known to be replicates."""
    if len(runs) < 2 or all(map(knows_settings, runs)):
        allowed = _varied(runs, replicate_keys)
        return Known(Grouping.SETTINGS, (f"Replicates may differ in {', '.join(allowed)}.",) if allowed else ())
    unknown = [run.id for run in runs if not knows_settings(run)]
    lack = f"The settings of {_some(unknown)} are not in the log{'s' * (len(unknown) > 1)}"
    if _named_alike(runs):
        return Known(Grouping.NAMES, (f"{lack}: the names say that the runs differ by the seed only.",))
    return Known(Grouping.USER, (f"{lack}: the runs count as replicates only because they were named together.",))


def _varied(runs: Sequence[Run], replicate_keys: Sequence[str]) -> list[str]:
    flat = [dict(essentials(run.config)) for run in runs]
    return [
        k for k in replicate_keys if len(flat) > 1 and any(not same_setting(flat[0].get(k), f.get(k)) for f in flat)
    ]


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"


def knows_settings(run: Run) -> bool:
    """Whether the run's config states how it was trained: more than how long and on what, and how often it logged."""
    return any(not (_SCHEDULE.search(key) or _TASK.search(key)) for key, _ in essentials(run.config))


def without_seed(name: str) -> str | None:
    """A name or path with `*` for its seed; None where it has none: `ppo_seed3`, `ppo-s3`, `seed=3`, `ppo/3`."""
    for pattern in (_SEED, _NUMBER):
        if matches := list(pattern.finditer(name)):
            last = matches[-1]
            return f"{name[: last.start('seed')]}*{name[last.end('seed') :]}"
    return None


def seedless(run: Run) -> str | None:
    """The run's id with `*` for its seed; None where it has none. A bare number in a path only counts the runs where
    the run states another seed."""
    rest = without_seed(run.id)
    stated = run.seed is not None and not _SEED.search(run.id) and str(run.seed) != str(seed_in_name(run.id))
    return None if stated else rest


def seed_in_name(name: str) -> int | None:
    """The seed that a name or path states."""
    for pattern in (_SEED, _NUMBER):
        if matches := list(pattern.finditer(name)):
            return int(matches[-1]["seed"])
    return None


def _named_alike(runs: Sequence[Run]) -> bool:
    """Whether the ids, or the names, differ by the seed only."""
    if any(without_seed(run.id) is not None and seedless(run) is None for run in runs):
        return False
    for names in ([run.id for run in runs], [run.name for run in runs]):
        rest = {without_seed(name) for name in names}
        if len(rest) == 1 and None not in rest and len({seed_in_name(name) for name in names}) == len(names):
            return True
    return False


def differences(runs: Sequence[Run], replicate_keys: Sequence[str] = ()) -> dict[str, tuple[Any, ...]]:
    """What keeps runs from being replicates: setting -> each run's value (None where it has none).

    Settings that were logged, such as the learning rate's curve, count like those of the config.
    """
    flat = [dict(essentials(run.config)) for run in runs]
    keys = sorted({key for config in flat for key in config} - {*replicate_keys})
    stated = [bool(config) for config in flat]
    rows = {key: tuple(config.get(key) for config in flat) for key in keys}
    apart = {key: values for key, values in rows.items() if _differ(key, values, stated)}
    more = {**_logged_apart(runs), **_named_apart(runs, replicate_keys)}
    return apart | {key: v for key, v in more.items() if key not in replicate_keys}


def _differ(key: str, values: Sequence[Any], stated: Sequence[bool]) -> bool:
    """A run without any config is not known to differ."""
    known = [value for value, has in zip(values, stated, strict=True) if has]
    return any(not same_setting(known[0], value) for value in known[1:])


def _logged_apart(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    found = {}
    for key in sorted({key for run in runs for key in run.history.numeric_keys if _LOGGED.search(key)}):
        curves = [run.history.series(key) if run.history.has(key) else None for run in runs]
        known = [curve for curve in curves if curve is not None and len(curve)]
        if any(not _same_curve(known[0], curve) for curve in known[1:]):
            found[f"{key} (logged)"] = tuple(None if c is None or not len(c) else float(c.value[0]) for c in curves)
    return found


def _named_apart(runs: Sequence[Run], replicate_keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Parts of the data that the names say the runs are about, and that are not the same."""
    parts = [_parts(run, replicate_keys) for run in runs]
    shared = set.intersection(*map(set, parts)) if parts else set()
    values = {what: tuple(part[what] for part in parts) for what in sorted(shared)}
    return {f"{what} (name)": numbers for what, numbers in values.items() if len(set(numbers)) > 1}


def _parts(run: Run, replicate_keys: Sequence[str] = ()) -> dict[str, int]:
    names = (match for name in (run.name, run.id) for match in _PART.finditer(name))
    found = {match["what"].lower(): int(match["number"]) for match in names}
    return {what: number for what, number in found.items() if what not in replicate_keys}


def _same_curve(one: Series, other: Series) -> bool:
    """At the steps that both logged; one that was scheduled over another length differs."""
    common, at, there = np.intersect1d(one.step, other.step, return_indices=True)
    if not len(common):
        return True
    return bool(np.allclose(one.value[at], other.value[there], rtol=_SAME, atol=0.0, equal_nan=True))


def replicated_groups(
    places: Places, taken: set[str], project: str | None, replicate_keys: Sequence[str] = ()
) -> list[Group]:
    """Groups of two or more runs that are known to be replicates, by label.

    Runs of one training count once, and of one seed the first. What is not known of a run's settings makes no history.

    Args:
        places: The folders to search and the store; of the same run, the folder's counts rather than the store's copy.
        taken: Keys of trainings that are left out (`training_key`); other seeds of their configuration count.
        project: Runs of another project are left out where both name theirs.
        replicate_keys: Settings besides the seed in which replicates may differ.
    """
    families: dict[str, list[Run]] = {}
    for run in every_run(places, set(taken)):
        family = _read(lambda run=run: _family(run, project, replicate_keys))
        if family is not None:
            families.setdefault(family, []).append(run)
    groups = [_read(lambda runs=runs: _group(runs)) for runs in families.values()]
    return sorted((group for group in groups if group and len(group) > 1), key=lambda group: group.label)


def _family(run: Run, project: str | None, replicate_keys: Sequence[str]) -> str | None:
    """What the run shares with its replicates; None for one whose settings are unknown, or of another project."""
    if not knows_settings(run) or (project and run.info.project and run.info.project != project):
        return None
    return signature(run, replicate_keys)


def _group(runs: Sequence[Run]) -> Group:
    each = one_each(runs)
    kept: dict[str, Run] = {}
    for run in sorted(each.runs, key=lambda run: -len(run.history)):
        kept.setdefault(f"seed {run.seed}" if run.seed is not None else run.id, run)
    ordered = tuple(run for run in each.runs if any(run is one for one in kept.values()))
    again = [run.id for run in each.runs if all(run is not one for one in ordered)]
    notes = (*each.notes, *([f"{_some(again)} repeat a seed: left out of the noise."] if again else []))
    label = _label(ordered)
    return Group(label, label, ordered, notes)


def every_run(places: Places, seen: set[str]) -> Iterable[Run]:
    """Each run once, without those in `seen`, which are not even read; the folders before the store."""
    for info in sorted(places.local.runs, key=lambda i: -(i.started_at or 0.0))[:MOST]:
        key = training_key(info)
        if key not in seen and (run := _read(lambda info=info: read_run(info))) is not None:
            seen |= {key, info.id}
            yield run
    kept = places.in_store.outlines(MOST + len(seen)) if places.in_store is not None else []
    unseen = [o for o in reversed(kept) if not {o.info.id, training_key(o.info)} & seen]
    for outline in unseen[:MOST]:
        yield outline.as_run()  # its final values are all that a prior needs


def _read(read: Any) -> Any:
    """What can't be read or judged tells nothing of the noise."""
    try:
        with boundary("A run of the history"):
            return read()
    except RuncompareError:
        return None


def signature(run: Run, replicate_keys: Sequence[str] = ()) -> str:
    """The settings that replicates share, and the part of the data that their names give, as one text."""
    settings = sorted((k, _portable(v)) for k, v in essentials(run.config) if k not in replicate_keys)
    return json.dumps([*settings, *sorted(_parts(run, replicate_keys).items())], default=str)


def _portable(value: Any) -> Any:
    """Data lie elsewhere on each machine: an absolute path counts by its last part."""
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def _label(runs: Sequence[Run]) -> str:
    groups = {run.info.group for run in runs if run.info.group}
    return min(groups) if groups else min((run.name for run in runs), default="")
