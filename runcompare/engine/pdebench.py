"""PDEBench HDF5 files, read as they are: `tensor` [N, T, X], `x-coordinate`, `t-coordinate`, viscosity in the name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runcompare.engine.schema import DataConfig
from runcompare.errors import DataError, MissingExtra

__all__ = ["check_pdebench", "read_pdebench"]


def check_pdebench(config: DataConfig) -> None:
    """Everything about the file at `config.path` that can be known without reading the frames. Raises DataError."""
    with _opened(config) as (file, path):
        _selection(file, path, config)
        _viscosity(path)


def read_pdebench(config: DataConfig) -> tuple[Tensor, Tensor]:
    """As many trajectories as the splits need, on the config's grid and frames: u (n, frames + 1, points), nu (n,).

    Raises DataError for a file that is missing, has other keys or shapes, is too small or holds NaN frames.
    """
    with _opened(config) as (file, path):
        u = torch.from_numpy(file["tensor"][_selection(file, path, config)].astype("float32"))
    bad = (~torch.isfinite(u).all(-1).all(-1)).nonzero().flatten().tolist()
    if bad:
        raise DataError(f"{path}: {len(bad)} trajectories hold NaN or infinite frames, the first is {bad[0]}.")
    return u, torch.full((len(u),), _viscosity(path))


@contextmanager
def _opened(config: DataConfig) -> Iterator[tuple[Any, Path]]:
    try:
        import h5py
    except ImportError:
        raise MissingExtra("h5py", "engine") from None
    path = Path(str(config.path)).expanduser()
    hint = "Give a PDEBench HDF5 file in data.path."
    if not path.is_file():
        raise DataError(f"There is no file {path}.", hint=hint)
    try:
        with h5py.File(path, "r") as file:
            yield file, path
    except OSError as error:
        raise DataError(f"{path} can't be read as HDF5: {error}.", hint=hint) from None


def _selection(file: Any, path: Path, config: DataConfig) -> tuple[slice, slice, slice]:
    """Which trajectories, frames and points of `tensor` are ours."""
    for key in ("tensor", "x-coordinate", "t-coordinate"):
        if key not in file:
            raise DataError(
                f"{path} has no '{key}'; it holds {', '.join(file) or 'nothing'}.", hint="Is it a PDEBench file?"
            )
    shape = file["tensor"].shape
    need = config.train + config.val + config.test
    if len(shape) != 3:
        raise DataError(f"{path}: 'tensor' has shape {shape}, expected [trajectories, frames, points].")
    n, frames, points = shape
    if n < need:
        raise DataError(f"{path} holds {n} trajectories, the splits need {need}.", hint="Make data.train smaller.")
    if points % config.points or not points:
        raise DataError(f"{path} has {points} points, not a multiple of data.points ({config.points}).")
    if len(file["x-coordinate"]) != points or len(file["t-coordinate"]) not in (frames, frames + 1) or frames < 2:
        raise DataError(f"{path}: the coordinates do not fit 'tensor' of shape {shape}.")
    every = _frame_step(file, path, config, frames)
    return slice(need), slice(0, config.frames * every + 1, every), slice(0, None, points // config.points)


def _frame_step(file: Any, path: Path, config: DataConfig, frames: int) -> int:
    """How many frames of the file make one of ours."""
    times: Any = file["t-coordinate"]
    spacing = float(times[1] - times[0])
    every = round(config.dt / spacing) if spacing > 0 else 0
    if every < 1 or abs(every * spacing - config.dt) > 1e-3 * config.dt:
        raise DataError(f"{path} has frames {spacing:g} apart; data.dt ({config.dt:g}) is not a multiple.")
    if config.frames * every >= frames:
        most = (frames - 1) // every
        raise DataError(
            f"{path} has {frames} frames; data.frames ({config.frames}) needs more.", hint=f"At most {most}."
        )
    return every


def _viscosity(path: Path) -> float:
    match = re.search(r"Nu([0-9.eE+-]+?)(?:_|\.hdf5|\.h5)", path.name)
    try:
        if match:
            return float(match[1])
    except ValueError:
        pass
    raise DataError(
        f"{path.name} names no viscosity.", hint="PDEBench puts it there, as in 1D_Burgers_Sols_Nu0.001.hdf5."
    )
