"""Source `dvclive`: DVCLive's folder, `metrics.json` beside `plots/metrics/**.tsv`, and `params.yaml`.

Each table under `plots/metrics` is a metric's curve, called as the table is; `metrics.json` has the last values, also
of metrics without a curve. The run is called as the folder above `dvclive`. A location is the folder of `metrics.json`.
"""

from collections.abc import Iterator
from pathlib import Path

from runcompare.errors import UnreadableRun
from runcompare.records.config import flatten
from runcompare.records.run import Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.files import read_whole
from runcompare.sources.kit.json_file import read_object
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.kit.points import Points, column_points, numbers, rows_of_curves
from runcompare.sources.kit.yaml_file import Settings
from runcompare.sources.tables.axes import seconds_of
from runcompare.sources.tables.from_csv import table_of_csv

__all__ = ["DvcLive"]

FIGURES, CURVES = "metrics.json", Path("plots", "metrics")
_FOLDER = "dvclive"


class DvcLive:
    """Finds and reads DVCLive's folders."""

    name = "dvclive"

    def accepts(self, path: Path) -> bool:
        return path.name == FIGURES and (path.parent / CURVES).is_dir()

    def scan(self, path: Path) -> Iterator[RunInfo]:
        folder = path.parent
        yield _info(folder, _settings(folder))

    def read(self, location: str) -> Run:
        folder = Path(location)
        figures, settings = dict(flatten(read_object(folder / FIGURES), "")), _settings(folder)
        curves: dict[str, Points] = {}
        unread: list[str] = []
        for path in sorted((folder / CURVES).rglob("*.tsv")):
            try:
                curves |= _curves(path, path.relative_to(folder / CURVES).with_suffix("").as_posix())
            except UnreadableRun as error:
                unread.append(f"{path.name} was not read: {error.message}")
        frame, warnings = rows_of_curves(curves)
        named = {key.replace(".", "/"): value for key, value in figures.items() if key != "step"}
        draft = Draft(
            _info(folder, settings),
            config=settings.values,
            more_summary=named,
            history=frame,
            warnings=(*unread, *warnings, *settings.warnings),
        )
        return assemble(draft)


def _settings(folder: Path) -> Settings:
    """`params.yaml` in the folder, else what stands beside the folder."""
    found = config_beside(folder)
    return found if found.values or folder.name != _FOLDER else config_beside(folder.absolute().parent)


def _info(folder: Path, settings: Settings) -> RunInfo:
    name = name_of(folder.absolute().parent if folder.name == _FOLDER else folder)
    first = min((folder / CURVES).rglob("*.tsv"), default=None)
    beginning = b"" if first is None else read_whole(first)[:1024].partition(b"\n")[2].partition(b"\n")[0]
    return RunInfo(made_id(name, beginning), name, DvcLive.name, str(folder), seed=find_seed(settings.values))


def _curves(path: Path, name: str) -> dict[str, Points]:
    """The metric in a table `plots/metrics/NAME.tsv`, by its name; several columns by theirs. Raises UnreadableRun."""
    frame = table_of_csv(read_whole(path).decode(errors="replace"), separator="\t").frame
    if "step" not in frame.columns:
        raise UnreadableRun("it has no column 'step'.")
    clock = seconds_of(frame["timestamp"]) if "timestamp" in frame.columns else None
    columns = [c for c in frame.columns if c not in ("step", "timestamp") and numbers(frame[c]).is_not_null().any()]
    return {name if len(columns) == 1 else c: column_points(frame, "step", c, clock) for c in columns}
