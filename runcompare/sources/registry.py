"""The sources there are: ours, and those that other packages register."""

from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from runcompare.errors import UnreadableRun, UsageError
from runcompare.records.run import Run, RunInfo
from runcompare.sources.base import Source
from runcompare.sources.handwritten import HandwrittenFiles
from runcompare.sources.recorder import RecorderFiles
from runcompare.sources.wandb_offline import WandbOffline

__all__ = ["ENTRY_POINTS", "read_run", "sources"]

ENTRY_POINTS = "runcompare.sources"


@cache
def sources() -> MappingProxyType[str, Source]:
    """All sources by name, ours first. An entry point names a class without arguments, or an instance.

    Raises UsageError for an entry point that can't be loaded, is no Source, or takes a name that is in use.
    """
    found: dict[str, Source] = {source.name: source for source in _built_in()}
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
        found[source.name] = source
    return MappingProxyType(found)


def _built_in() -> tuple[Source, ...]:
    return RecorderFiles(), WandbOffline(), HandwrittenFiles()


def read_run(info: RunInfo) -> Run:
    """The whole run. Raises UnreadableRun."""
    source = sources().get(info.source)
    if source is None:
        raise UnreadableRun(f"No source '{info.source}' is installed to read {info.location}.")
    return source.read(info.location)
