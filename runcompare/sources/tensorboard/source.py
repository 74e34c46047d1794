"""Source `tensorboard`: event files, also those of Lightning's TensorBoardLogger, without TensorBoard.

A folder that holds event files is a run, together with the sub-folders that belong to it (see `folder`): those of
`add_scalars` make keys `TAG/NAME`, those named by a role keys `ROLE/TAG`. Files written side by side are taken
together, files written one after the other are attempts (see `curves`). `hparams.yaml` or another file
of settings beside the files, and hparams in them, are the config.
A location is the folder. TensorBoard keeps no id and no group: the start makes the id, and a run is called as its
folder, below the folder above where that is `version_0` and the like.
"""

from collections.abc import Iterator
from pathlib import Path

from runcompare.records.run import Run, RunInfo
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.gone import gone
from runcompare.sources.kit.lightning_files import HPARAMS, lightning_settings
from runcompare.sources.kit.yaml_file import Settings
from runcompare.sources.tensorboard.folder import event_files, home_of, is_event_file, read_folder
from runcompare.sources.tensorboard.run import SOURCE, config_of, info_of, run_of

__all__ = ["TensorBoard", "has_event_files"]


class TensorBoard:
    """Finds and reads the runs of event files."""

    name = SOURCE

    def accepts(self, path: Path) -> bool:
        return is_event_file(path.name)

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run that the file belongs to, when asked of the first file of the run."""
        if path.is_dir() or (home := home_of(path.parent)) is None:
            return
        if _first_file(home) == path:
            yield _info(home)

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        """The run that a named file belongs to, whichever of its files that is."""
        if is_event_file(path.name) and (home := home_of(path.parent)) is not None:
            yield _info(home)

    def read(self, location: str) -> Run:
        folder = Path(location)
        found = read_folder(folder)
        if not found.files:
            why = found.unread[0] if found.unread else f"{folder} holds no event files."
            raise gone(why, folder)
        return run_of(folder, found, _settings(folder))


def _info(home: Path) -> RunInfo:
    found = read_folder(home, head=True)
    return info_of(home, found, config_of(found, _settings(home).values))


def _settings(folder: Path) -> Settings:
    """Those of Lightning's files, else of another file of a usual name."""
    return lightning_settings(folder) if (folder / HPARAMS).exists() else config_beside(folder)


def _first_file(home: Path) -> Path | None:
    """The one that stands for a run in a listing: the first of its own, else of the first sub-folder."""
    if own := event_files(home):
        return own[0]
    below = sorted(p for p in home.iterdir() if p.is_dir() and not p.is_symlink() and event_files(p))
    return next((event_files(p)[0] for p in below if home_of(p) == home), None)


def has_event_files(folder: Path) -> bool:
    """Does TensorBoard's source read this folder?"""
    return bool(event_files(folder))
