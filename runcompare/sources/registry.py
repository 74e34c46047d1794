"""The sources there are: ours, and those that other packages register."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runcompare.errors import RuncompareError, UnreadableRun, UsageError
from runcompare.records.run import Log, Run, RunInfo
from runcompare.sources.base import NamedFileSource, RemoteSource, Source
from runcompare.sources.kit.assemble import without_secrets
from runcompare.sources.trainings import read_logs

__all__ = ["ENTRY_POINTS", "Guarded", "has_own_id", "read_log", "read_run", "remote_sources", "sources", "training_key"]

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
    found: dict[str, Source] = {source.name: source for source in map(_made, FILES)}
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
        found[source.name] = Guarded(source)
    return MappingProxyType(found)


@cache
def remote_sources() -> MappingProxyType[str, RemoteSource]:
    """The sources that ask a server, by name."""
    return MappingProxyType({source.name: source for source in map(_made, SERVERS)})


def _made(address: str) -> Any:
    module, _, name = address.partition(":")
    return getattr(import_module(module), name)()


def read_run(info: RunInfo) -> Run:
    """The whole run, of all its logs, called as in the listing. Raises UnreadableRun, and what a server's source
    raises."""
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


class Guarded:
    """Another package's source: what it raises besides our errors becomes UnreadableRun, and what it returns is checked
    to be a run and kept without secrets."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name = source.name
        self.keeps_ids = bool(getattr(source, "keeps_ids", False))

    def accepts(self, path: Path) -> bool:
        try:
            return bool(self.source.accepts(path))
        except Exception as error:
            raise self._failed("the names of files", error) from error  # once, not for every file

    def scan(self, path: Path) -> Iterator[RunInfo]:
        yield from self._listed(self.source.scan, path)

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if isinstance(self.source, NamedFileSource):
            yield from self._listed(self.source.scan_named, path)

    def read(self, location: str) -> Run:
        try:
            run = self.source.read(location)
        except RuncompareError:
            raise
        except Exception as error:
            raise self._failed(location, error) from error
        if not isinstance(run, Run):
            raise UnreadableRun(f"The source '{self.name}' made no run of {location}.", hint="Mend its package.")
        return without_secrets(run)

    def _listed(self, scan: Callable[[Path], Iterable[RunInfo]], path: Path) -> Iterator[RunInfo]:
        try:
            for info in scan(path):
                if not isinstance(info, RunInfo):
                    raise TypeError(f"a {type(info).__name__} is no RunInfo")
                yield info
        except RuncompareError:
            raise
        except Exception as error:
            raise self._failed(path, error) from error

    def _failed(self, where: Path | str, error: Exception) -> UnreadableRun:
        why = (str(error).splitlines() or [""])[0][:200]
        what = f"The source '{self.name}' failed at {where}: {type(error).__name__}: {why}."
        return UnreadableRun(what, hint="Mend or remove its package.")
