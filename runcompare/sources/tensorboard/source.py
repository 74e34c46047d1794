"""Source `tensorboard`: event files, also those of Lightning's TensorBoardLogger, without TensorBoard.

A folder that holds event files is a run. Its files in the order of their first event are its attempts, and what a later
attempt logs again supersedes the earlier. Two kinds of sub-folders belong to the run above them: those of
`add_scalars(tag, ...)`, which are called `TAG_NAME` and log that tag only (they become the keys `TAG/NAME`), and those
of `add_hparams`, which are called by a time. `hparams.yaml` beside the files, and hparams in them, are the config.
A location is the folder. TensorBoard keeps no id and no group: the start makes the id, and a run is called as its
folder, below the folder above where that is `version_0` and the like.
"""

from collections.abc import Iterator
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.yaml_file import settings_beside
from runcompare.sources.tensorboard.folder import belongs_above, event_files, is_event_file, read_folder
from runcompare.sources.tensorboard.run import SOURCE, info_of, run_of

__all__ = ["TensorBoard", "has_event_files"]


class TensorBoard:
    """Finds and reads the runs of event files."""

    name = SOURCE

    def accepts(self, path: Path) -> bool:
        return is_event_file(path.name)

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run of the file's folder, when asked of the folder's first file."""
        folder = path.parent
        files = event_files(folder)
        if path.is_dir() or not files or path.name != files[0].name or belongs_above(folder):
            return
        yield info_of(folder, read_folder(folder, head=True))

    def read(self, location: str) -> Run:
        folder = Path(location)
        found = read_folder(folder)
        if not found.own:
            why = found.unread[0] if found.unread else f"{folder} holds no event files."
            raise UnreadableRun(why, hint="List the runs again: runcompare runs")
        return run_of(folder, found, settings_beside(folder / "hparams.yaml"))


def has_event_files(folder: Path) -> bool:
    """Does TensorBoard's source read this folder?"""
    return bool(event_files(folder))
