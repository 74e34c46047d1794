"""Source `lightning`: the folders of Lightning's CSVLogger, `metrics.csv` beside `hparams.yaml`; what LightningCLI was
told (`config.yaml`) lies there too.

Rows of one step are one row: Lightning writes one for each call to log. A folder that TensorBoardLogger writes too is
TensorBoard's, which knows the times. A run is called as its folder, below the folder above: `lightning_logs-version_0`.
A location is the file's path.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from runcompare.errors import UnreadableRun
from runcompare.records.history import STEP
from runcompare.records.last_row import last_of_group
from runcompare.records.run import Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.files import open_regular
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.kit.lightning_files import HPARAMS, lightning_settings
from runcompare.sources.tables.source import TableFiles
from runcompare.sources.tensorboard.source import has_event_files

__all__ = ["LightningCsv"]

METRICS = "metrics.csv"


class LightningCsv:
    """Finds and reads what CSVLogger wrote."""

    name = "lightning"

    def accepts(self, path: Path) -> bool:
        return path.name == METRICS

    def scan(self, path: Path) -> Iterator[RunInfo]:
        folder = path.parent
        if (folder / HPARAMS).is_file() and not has_event_files(folder):
            if not path.stat().st_size:
                raise UnreadableRun(f"{path} is empty.")
            yield _info(path, lightning_settings(folder).values)

    def read(self, location: str) -> Run:
        path = Path(location)
        table = TableFiles().read(location)
        settings = lightning_settings(path.parent)
        draft = Draft(
            _info(path, settings.values),
            config=settings.values,
            history=_one_row_a_step(table.history.frame),
            attempts=table.attempts,
            runtime_s=table.runtime_s,
            lost=table.lost,
            warnings=(*table.warnings, *settings.warnings),
        )
        return assemble(draft)


def _info(path: Path, config: dict[str, object]) -> RunInfo:
    name = name_of(path.parent)
    return RunInfo(made_id(name, _first_row(path)), name, LightningCsv.name, str(path), seed=find_seed(config))


def _first_row(path: Path) -> bytes:
    """The first row's cells, whatever columns were added to the file since."""
    with open_regular(path) as file:
        cells = file.read(1 << 16).splitlines()[1:2]
    return b",".join(sorted(cell for cell in cells[0].split(b",") if cell)) if cells else b""


def _one_row_a_step(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of one step merged where no two of them log the same key."""
    if STEP not in frame.columns or frame[STEP].null_count():
        return frame
    logged = [c for c in frame.columns if c not in (STEP, "step")]
    counts = frame.group_by(STEP).agg(pl.col(c).count() for c in logged)
    if any((counts[c] > 1).any() for c in logged if c != "epoch"):
        return frame
    return frame.group_by(STEP, maintain_order=True).agg(last_of_group(c) for c in frame.columns if c != STEP)
