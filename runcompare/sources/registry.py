"""The sources there are: ours, and those that other packages register."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from runcompare.errors import UnreadableRun, UsageError
from runcompare.records.run import Run, RunInfo
from runcompare.sources.base import RemoteSource, Source
from runcompare.sources.guarded import Guarded

__all__ = ["ENTRY_POINTS", "read_run", "remote_sources", "sources"]

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
    "runcompare.sources.handwritten.source:HandwrittenFiles",
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
    """The whole run. Raises UnreadableRun, and what a server's source raises."""
    source = sources().get(info.source) or remote_sources().get(info.source)
    if source is None:
        raise UnreadableRun(f"No source '{info.source}' is installed to read {info.location}.")
    return source.read(info.location)
