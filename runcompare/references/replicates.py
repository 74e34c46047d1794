"""Which runs are replicates? Those of one configuration but for the seed.

The project's groups of them are the history that its noise is learned from: they are found in the folders that are
searched and in the store, if there is one.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from runcompare.errors import RuncompareError
from runcompare.records.config import essentials, same_setting
from runcompare.records.run import Group, Run
from runcompare.store.store import Store

__all__ = ["differences", "replicated_groups"]

MOST = 2_000  # runs, the newest; enough for a prior, and reading more would take minutes


def replicated_groups(roots: Sequence[Path], store: Path | str, taken: set[str], project: str | None) -> list[Group]:
    """Groups of two or more replicates, by label.

    Args:
        roots: The folders to search; of the same run, theirs counts rather than the store's older copy.
        store: A folder or URL; one that can't be read is passed over, as is a run that can't.
        taken: Ids of runs that are left out; other seeds of their configuration count.
        project: Runs of another project are left out where both name theirs.
    """
    families: dict[str, list[Run]] = {}
    for run in _every_run(roots, store, set(taken)):
        if not run.config or (project and run.info.project and run.info.project != project):
            continue
        families.setdefault(_signature(run), []).append(run)
    found = [(_label(runs), runs) for runs in families.values() if len(runs) > 1]
    return [Group(label, label, tuple(runs)) for label, runs in sorted(found, key=lambda pair: pair[0])]


def _every_run(roots: Sequence[Path], store: Path | str, seen: set[str]) -> Iterable[Run]:
    """Each run once, without those in `seen`, which are not even read; the folders before the store."""
    from runcompare.sources import list_runs, read_run

    for info in sorted(list_runs(roots).runs, key=lambda i: -(i.started_at or 0.0))[:MOST]:
        if info.id not in seen and (run := _read(lambda info=info: read_run(info))) is not None:
            seen.add(info.id)
            yield run
    kept = _read(lambda: Store(store).outlines(MOST + len(seen))) or []
    for outline in [o for o in reversed(kept) if o.info.id not in seen][:MOST]:
        yield outline.as_run()  # its final values are all that a prior needs


def _read(read: Any) -> Any:
    try:
        return read()
    except (OSError, RuncompareError):
        return None


def _signature(run: Run) -> str:
    return json.dumps(sorted((k, _portable(v)) for k, v in essentials(run.config)), default=str)


def _portable(value: Any) -> Any:
    """Data lie elsewhere on each machine: an absolute path counts by its last part."""
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def _label(runs: Sequence[Run]) -> str:
    groups = {run.info.group for run in runs if run.info.group}
    return min(groups) if groups else min(run.name for run in runs)


def differences(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    """What keeps runs from being replicates: config key -> each run's value (None where it has none)."""
    flat = [dict(essentials(run.config)) for run in runs]
    keys = sorted({key for config in flat for key in config})
    rows = {key: tuple(config.get(key) for config in flat) for key in keys}
    return {key: values for key, values in rows.items() if any(not same_setting(values[0], v) for v in values[1:])}
