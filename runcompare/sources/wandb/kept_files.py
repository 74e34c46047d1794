"""The files that W&B keeps beside a run's log, in `files/`: they speak where the log is gone, or doesn't say.

`wandb-summary.json` holds the final values, `config.yaml` the config, `wandb-metadata.json` the machine. A run that is
left with these has no history.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.run import Attempt, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.files import read_whole
from runcompare.sources.kit.yaml_file import Settings, settings_beside
from runcompare.sources.wandb.defined import declared, definitions_in
from runcompare.sources.wandb.history import flat_values
from runcompare.sources.wandb.log import Log
from runcompare.sources.wandb.machine import SeenMachine, hardware_on, machine_of_environments, machine_of_metadata

__all__ = ["FILES", "RUN_FOLDER", "SUMMARY", "machine_of_run", "read_kept", "scan_kept"]

FILES, SUMMARY, CONFIG, METADATA = "files", "wandb-summary.json", "config.yaml", "wandb-metadata.json"
RUN_FOLDER = re.compile(r"(offline-)?run-(?P<date>\d{8}_\d{6})-(?P<id>.+)")
_ABOUT = ("os", "python", "program", "args")


def machine_of_run(log: Log) -> SeenMachine:
    """The machine that the log tells of, else the metadata file beside it: all there is before 2025."""
    seen = machine_of_environments(log.environments)
    return seen if seen != SeenMachine() else machine_of_metadata(_metadata(log.path.parent / FILES))


def scan_kept(summary: Path, source: str) -> Iterator[RunInfo]:
    """The run of a `wandb-summary.json` that has no log beside its folder."""
    folder = summary.parent.parent if summary.parent.name == FILES else summary.parent
    if not any(folder.glob("run-*.wandb")):
        yield _info(summary, source, _config(summary).values)


def read_kept(summary: Path, source: str) -> Run:
    """The run as far as the files tell. Raises UnreadableRun."""
    values, raw, about = _values(summary), _config(summary), _metadata(summary.parent)
    config = _own_values(raw.values)
    info = _info(summary, source, raw.values)
    own = values.pop("_wandb", None)
    seen = hardware_on(machine_of_metadata(about), config, ())
    stated = own.get("runtime") if isinstance(own, Mapping) else None
    runtime = next((s for s in map(_number, (stated, values.get("_runtime"))) if s is not None and s > 0), None)
    own_keys = {key: value for key, value in values.items() if not key.startswith("_")}
    final = dict(flat for key, value in own_keys.items() for flat in flat_values(key, value))
    git = about.get("git")
    commit = git.get("commit") if isinstance(git, Mapping) else None
    draft = Draft(
        info,
        config=config,
        summary=final,
        hardware=seen.hardware,
        attempts=_attempts(info.started_at, runtime),
        runtime_s=runtime,
        metadata={k: v for k in _ABOUT if (v := about.get(k))} | ({"git_commit": commit} if commit else {}),
        warnings=(_NO_LOG, *raw.warnings, *seen.warnings),
        declared=declared(definitions_in(raw.values), final),
    )
    return assemble(draft)


def _attempts(start: float | None, runtime: float | None) -> tuple[Attempt, ...]:
    return (Attempt(start, start + runtime),) if start is not None and runtime is not None else ()


_NO_LOG = "The run's .wandb log is missing: its final values are known, its history isn't."


def _info(summary: Path, source: str, raw: Mapping[str, Any]) -> RunInfo:
    folder = summary.parent.parent if summary.parent.name == FILES else summary.parent
    match = RUN_FOLDER.fullmatch(folder.name)
    run_id = match["id"] if match else folder.name
    values = _values(summary)
    return RunInfo(
        id=run_id,
        name=run_id,
        source=source,
        location=str(summary),
        started_at=_start(_metadata(summary.parent).get("startedAt"), values),
        seed=find_seed(_own_values(raw)),
    )


def _start(stated: Any, values: Mapping[str, Any]) -> float | None:
    try:
        moment = datetime.fromisoformat(str(stated))
    except ValueError:
        last, ran = _number(values.get("_timestamp")), _number(values.get("_runtime"))
        return last - ran if last is not None and ran is not None else None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _config(summary: Path) -> Settings:
    return settings_beside(summary.parent / CONFIG)


def _own_values(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The config without W&B's wrapping: each setting is a mapping with `value` and perhaps `desc`."""
    wrapped = {k: v for k, v in raw.items() if isinstance(v, Mapping) and "value" in v and k != "_wandb"}
    return {key: entry["value"] for key, entry in wrapped.items()}


def _values(summary: Path) -> dict[str, Any]:
    try:
        values = json.loads(read_whole(summary))  # reads NaN and Infinity
    except (ValueError, RecursionError):
        raise UnreadableRun(f"{summary} is no whole JSON document.") from None
    if not isinstance(values, dict):
        raise UnreadableRun(f"{summary} holds no summary of W&B's.")
    return values


def _metadata(files: Path) -> Mapping[str, Any]:
    """What `wandb-metadata.json` holds; nothing where it is missing or damaged."""
    path = files / METADATA
    try:
        found = json.loads(read_whole(path)) if path.exists() else {}
    except (UnreadableRun, ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
