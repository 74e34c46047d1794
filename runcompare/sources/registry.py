"""The sources there are: ours, and those that other packages register."""

import os
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from runcompare.errors import UnreadableRun, UsageError
from runcompare.records.reading import being_read
from runcompare.records.run import Log, Run, RunInfo
from runcompare.sources.base import RemoteSource, Source
from runcompare.sources.guarded import Guarded, GuardedServer
from runcompare.sources.trainings import read_logs

__all__ = [
    "ENTRY_POINTS",
    "has_own_id",
    "read_log",
    "read_run",
    "remote_sources",
    "sources",
    "training_key",
    "training_keys",
]

ENTRY_POINTS = "runcompare.sources"
# module:class, asked in this order
FILES = (
    "runcompare.sources.recorder.source:RecorderFiles",
    "runcompare.sources.wandb.source:WandbOffline",
    "runcompare.sources.mlflow.sqlite:MlflowSqlite",
    "runcompare.sources.mlflow.files:MlflowFiles",
    "runcompare.sources.trackio.source:Trackio",
    "runcompare.sources.tensorboard.source:TensorBoard",
    "runcompare.sources.lightning.source:LightningCsv",
    "runcompare.sources.huggingface.source:HuggingFaceTrainer",
    "runcompare.sources.catboost.source:CatBoost",
    "runcompare.sources.dvclive.source:DvcLive",
    "runcompare.sources.sb3.source:StableBaselines",
    "runcompare.sources.sacred.source:Sacred",
    "runcompare.sources.optuna.source:Optuna",
    "runcompare.sources.lm_eval.source:LmEval",
    "runcompare.sources.figures.source:FinalFigures",
    "runcompare.sources.handwritten.source:HandwrittenFiles",
    "runcompare.sources.pattern.source:TextByPattern",
    "runcompare.sources.tables.source:TableFiles",
)
SERVERS: tuple[str, ...] = (
    "runcompare.sources.mlflow.server:MlflowServer",
    "runcompare.sources.wandb.cloud.source:WandbCloud",
)


@cache
def sources() -> MappingProxyType[str, Source]:
    """All sources of files by name, ours first. An entry point names a class without arguments, or an instance.

    Raises UsageError for an entry point that can't be loaded, is no Source, or takes a name that is in use.
    """
    found: dict[str, Source] = {source.name: Guarded(source) for source in map(_made, FILES)}
    for point in entry_points(group=ENTRY_POINTS):
        try:
            loaded = point.load()
            source = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:
            raise UsageError(
                f"The source '{point.name}' ({point.value}) can't be loaded: {error}.",
                hint="Mend or remove its package.",
            ) from error
        if not isinstance(source, Source) or source.name in found:
            raise UsageError(f"The source '{point.name}' ({point.value}) is no source, or its name is taken.")
        found[source.name] = Guarded(source, is_ours=False)
    return MappingProxyType(found)


@cache
def remote_sources() -> MappingProxyType[str, RemoteSource]:
    """The sources that ask a server, by name."""
    return MappingProxyType({source.name: GuardedServer(source) for source in map(_made, SERVERS)})


def _made(address: str) -> Any:
    module, _, name = address.partition(":")
    return getattr(import_module(module), name)()


def read_run(info: RunInfo) -> Run:
    """The whole run, of all its logs, called as in the listing. Raises UnreadableRun, and what a server's source
    raises."""
    being_read(info.name or info.id)
    run = read_logs(info, read_log) if info.logs else read_log(Log(info.source, info.location))
    if (run.info.id, run.info.name) == (info.id, info.name):
        return run
    return replace(run, info=replace(run.info, id=info.id, name=info.name, location=info.location))


def read_log(log: Log) -> Run:
    """What one log holds. Raises as `read_run` does."""
    source = sources().get(log.source) or remote_sources().get(log.source)
    if source is None:
        raise UnreadableRun(f"No source '{log.source}' is installed to read {log.location}.")
    return source.read(log.location)


def has_own_id(info: RunInfo) -> bool:
    """Whether the run's id is its tracker's own, and not made of its path. What has no place has nothing else."""
    source = sources().get(info.source)
    return not info.location or source is None or bool(getattr(source, "keeps_ids", False))


def training_key(info: RunInfo) -> str:
    """What identifies a training: its tracker's id, else where it lies. Names and labels don't."""
    return info.id if has_own_id(info) else os.path.abspath(info.location)  # noqa: PTH100


def training_keys(info: RunInfo) -> set[str]:
    """What identifies a training, and each of its logs."""
    logs = (replace(info, source=log.source, location=log.location) for log in info.logs)
    return {training_key(info), *map(training_key, logs)}
