"""Source `sb3`: what Stable-Baselines3 leaves in a folder: `evaluations.npz` of EvalCallback, `monitor.csv` or
`N.monitor.csv` of Monitor (one an environment), and `progress.csv` beside them.

All are counted in timesteps: an evaluation by the step at which it was made (`eval/mean_reward`, the last evaluation's
episodes being its samples), an episode (`r` its reward, `l` its length, `t` seconds) by the steps of all environments
until then. The episodes are called after their run: those of another one begin elsewhere, so that no two runs have a
sample in common that could make a pair. The arrays are read without pickle. A location is the folder, or a named `.npz`
file.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.errors import UnreadableRun
from runcompare.records.run import Attempt, DeclaredMetric, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.beside import config_beside
from runcompare.sources.kit.files import check_archive, read_whole
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.kit.points import Points, column_points, numbers, points, rows_of_curves
from runcompare.sources.tables.axes import find_axes
from runcompare.sources.tables.from_csv import table_of_csv

__all__ = ["StableBaselines"]

EVALUATIONS, MONITOR, PROGRESS = "evaluations.npz", "monitor.csv", "progress.csv"
_MEAN_REWARD = "eval/mean_reward"
_MEANS = {"results": _MEAN_REWARD, "ep_lengths": "eval/mean_ep_length", "successes": "eval/success_rate"}


class StableBaselines:
    """Finds and reads the folders of Stable-Baselines3's callbacks and wrappers."""

    name = "sb3"

    def accepts(self, path: Path) -> bool:
        return path.name in (EVALUATIONS, MONITOR) or path.name.endswith(f".{MONITOR}")

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """The run of the file's folder, when asked of the first of its files."""
        if path == _files(path.parent)[0]:
            yield _info(path.parent, _logs(path.parent))

    def scan_named(self, path: Path) -> Iterator[RunInfo]:
        if self.accepts(path):
            yield _info(path.parent, _logs(path.parent))
        elif path.suffix == ".npz":
            yield _info(path, _logs(path))

    def read(self, location: str) -> Run:
        place = Path(location)
        logs, settings = _logs(place), config_beside(place if place.is_dir() else place.parent)
        frame, warnings = rows_of_curves(logs.curves)
        rewards = DeclaredMetric("r", "max", source="Monitor's reward of an episode")
        info = _info(place, logs)
        draft = Draft(
            info,
            config={**logs.config, **settings.values},
            history=frame,
            attempts=() if logs.span is None else (logs.span,),
            samples=logs.samples,
            sample_keys={key: tuple(_episodes_of(info, len(values))) for key, values in logs.samples.items()},
            declared=(rewards,) if "r" in logs.curves else (),
            warnings=(*logs.warnings, *warnings, *settings.warnings),
        )
        return assemble(draft)


def _episodes_of(info: RunInfo, count: int) -> Iterator[str]:
    return (f"{info.location}: episode {number}" for number in range(1, count + 1))


class _Logs(NamedTuple):
    curves: Mapping[str, Points]
    samples: Mapping[str, tuple[float, ...]] = {}
    config: Mapping[str, Any] = {}
    span: Attempt | None = None
    warnings: tuple[str, ...] = ()


def _files(folder: Path) -> list[Path]:
    """EvalCallback's file and Monitor's, in the order in which one stands for the run."""
    found = sorted(p for p in folder.iterdir() if p.name == MONITOR or p.name.endswith(f".{MONITOR}"))
    return [*([folder / EVALUATIONS] if (folder / EVALUATIONS).is_file() else []), *found]


def _info(place: Path, logs: _Logs) -> RunInfo:
    folder = place if place.is_dir() else place.parent
    name = name_of(folder) if place.is_dir() else place.stem
    first = repr([(key, p.value[:1].tolist()) for key, p in logs.curves.items()]).encode()
    seed = find_seed({**logs.config, **config_beside(folder).values})
    started = None if logs.span is None else logs.span.started_at
    return RunInfo(made_id(name, first), name, StableBaselines.name, str(place), started_at=started, seed=seed)


def _logs(place: Path) -> _Logs:
    """Everything in a folder, or one file of evaluations. Raises UnreadableRun if nothing is readable."""
    if not place.is_dir():
        return _evaluations(place)
    parts, unread = [], []
    for path in [*_files(place), place / PROGRESS]:
        try:
            if path.name == EVALUATIONS:
                parts.append(_evaluations(path))
            elif path.name == PROGRESS and path.is_file():
                parts.append(_progress(path))
        except UnreadableRun as error:
            unread.append(error.message)
    monitors = _episodes([p for p in _files(place) if p.name != EVALUATIONS])
    found = [*parts, monitors] if monitors.curves else parts
    if not found:
        raise UnreadableRun(unread[0] if unread else f"{place} holds no evaluation and no episode.")
    curves: dict[str, Points] = {}
    for part in found:  # what EvalCallback kept counts before what was logged of it
        curves = {**part.curves, **curves}
    samples = {key: values for part in found for key, values in part.samples.items()}
    return _Logs(curves, samples, monitors.config, monitors.span, (*unread, *monitors.warnings))


def _evaluations(path: Path) -> _Logs:
    """Means over the episodes of each evaluation, and the last one's rewards. Raises UnreadableRun."""
    try:
        body = read_whole(path)
        check_archive(path, body)
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            steps = np.asarray(arrays["timesteps"], np.int64)
            values = {key: np.asarray(arrays[name], np.float64) for name, key in _MEANS.items() if name in arrays}
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile):
        raise UnreadableRun(f"{path} holds no evaluations (timesteps, results) that can be read.") from None
    if not len(steps) or any(value.ndim != 2 or len(value) != len(steps) for value in values.values()):
        raise UnreadableRun(f"{path} holds no row of episodes for each evaluation.")
    curves = {key: points(steps, value.mean(axis=1)) for key, value in values.items()}
    rewards = values.get(_MEAN_REWARD)
    return _Logs(curves, {} if rewards is None else {_MEAN_REWARD: tuple(rewards[-1].tolist())})


def _progress(path: Path) -> _Logs:
    """The logger's table, by its timesteps. Raises UnreadableRun."""
    frame = table_of_csv(read_whole(path).decode(errors="replace")).frame
    axis = find_axes(frame).step
    if axis is None:
        raise UnreadableRun(f"{path} has no step.")
    keys = [c for c in frame.columns if c != axis and numbers(frame[c]).is_not_null().any()]
    return _Logs({key: column_points(frame, axis, key) for key in keys})


def _episodes(files: list[Path]) -> _Logs:
    """The episodes of all environments in the order in which they ended."""
    tables, headers, unread = [], [], []
    for path in files:
        try:
            text = read_whole(path).decode(errors="replace")
            frame = table_of_csv(text).frame.select("r", "l", "t").drop_nulls()
        except (UnreadableRun, KeyError, ValueError, LookupError) as error:
            unread.append(f"{path} was not read: {error}")
            continue
        except Exception as error:  # polars' ColumnNotFoundError
            unread.append(f"{path} is no table of Monitor's: {type(error).__name__}.")
            continue
        headers.append(_header(text))
        start = headers[-1].get("t_start")
        tables.append((start if isinstance(start, float | int) else float("nan"), frame.to_numpy().astype(np.float64)))
    if not tables or not sum(len(rows) for _, rows in tables):
        return _Logs({}, warnings=tuple(unread))
    rows: NDArray[np.float64] = np.vstack([np.column_stack([part, start + part[:, 2]]) for start, part in tables])
    rows = rows[np.argsort(rows[:, 3] if np.isfinite(rows[:, 3]).all() else rows[:, 2], kind="stable")]
    steps = np.cumsum(rows[:, 1]).astype(np.int64)
    curves = {key: points(steps, rows[:, i], rows[:, 3]) for i, key in enumerate("rlt")}
    starts = [start for start, _ in tables if np.isfinite(start)]
    span = Attempt(min(starts), float(rows[:, 3].max())) if len(starts) == len(tables) else None
    env = next((h["env_id"] for h in headers if isinstance(h.get("env_id"), str)), None)
    return _Logs(curves, config={} if env is None else {"env_id": env}, span=span, warnings=tuple(unread))


def _header(text: str) -> Mapping[str, Any]:
    """The JSON in Monitor's first line."""
    try:
        found = json.loads(text.partition("\n")[0].lstrip("#"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
