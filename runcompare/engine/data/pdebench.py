"""PDEBench HDF5 files, read as they are: `tensor` [N, T, X], `x-coordinate`, `t-coordinate` (may be one longer).

The parameter is in the file's name alone (1D_Burgers_Sols_Nu0.01.hdf5, 1D_Advection_Sols_beta0.4.hdf5), but for the
length of a ring, which `x-coordinate` has too. Source: Takamoto et al. 2022, arXiv 2210.07182.
"""

import glob
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from runcompare.engine.config.schema import DataConfig
from runcompare.engine.physics.equations import EQUATIONS
from runcompare.errors import DataError, MissingExtra

__all__ = ["check_pdebench", "read_pdebench"]

KEYS = ("tensor", "x-coordinate", "t-coordinate")
HINT = "Give a PDEBench HDF5 file in data.path."


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to read of one file: the first `need` trajectories, every `frame`-th of the first `frames` frames, every
    `point`-th grid point."""

    path: Path
    need: int
    frames: int
    frame: int
    point: int
    parameter: float


def check_pdebench(config: DataConfig) -> None:
    """Check the files at `config.path` as far as possible without reading the frames.

    Raises:
        DataError: A file that is missing, has other keys or shapes, or is too small.
        MissingExtra: h5py is not installed.
    """
    for _ in _plans(config):
        pass


def read_pdebench(config: DataConfig) -> tuple[Tensor, Tensor]:
    """As many trajectories as the splits need, on the config's grid and frames. Several files give equal parts, from
    their first trajectories.

    Returns:
        States u (n, frames + 1, points) and the equation's parameter of each trajectory (n,), in single precision.

    Raises:
        DataError: A file that is missing, has other keys or shapes, is too small, or holds NaN or infinite frames.
        MissingExtra: h5py is not installed.
    """
    read = [(_read(plan), plan.parameter) for plan in _plans(config)]
    u = torch.from_numpy(np.concatenate([frames for frames, _ in read]))
    return u, torch.cat([torch.full((len(frames),), parameter) for frames, parameter in read])


def _plans(config: DataConfig) -> Iterator[_Plan]:
    """What to read of each file that `config.path` names."""
    need = config.train + config.val + config.test
    paths = _paths(str(config.path))[:need]
    for i, path in enumerate(paths):
        with _opened(path) as file:
            yield _plan(file, path, config, need // len(paths) + (i < need % len(paths)))


def _paths(named: str) -> list[Path]:
    path = Path(named).expanduser()
    if path.is_file():
        return [path]
    # Path.glob fails on some patterns
    found = sorted(p for p in map(Path, glob.glob(str(path))) if p.is_file())  # noqa: PTH207
    if not found:
        raise DataError(f"There is no file {path}.", hint=HINT)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import h5py
    except ImportError:
        raise MissingExtra("h5py", "engine") from None
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:  # h5py's for what is damaged
        why = str(error).strip("'\"").rstrip(".")
        raise DataError(f"{path} can't be read as HDF5: {why}.", hint=HINT) from None


def _plan(file: Any, path: Path, config: DataConfig, need: int) -> _Plan:
    shape = _shape(file, path)
    trajectories, frames, points = shape
    x, t = (np.asarray(file[key][()], dtype=float) for key in KEYS[1:])
    if x.shape != (points,) or t.shape not in ((frames,), (frames + 1,)) or frames < 2 or points < 2:
        raise DataError(f"{path}: the coordinates do not fit 'tensor' of shape {shape}.")
    if trajectories < need:
        raise DataError(
            f"{path} holds {trajectories} trajectories, the splits need {need}.", hint="Make data.train smaller."
        )
    if points % config.points:
        raise DataError(f"{path} has {points} points, not a multiple of data.points ({config.points}).")
    every = _frame_step(t[:frames], path, config)
    return _Plan(path, need, config.frames * every + 1, every, points // config.points, _parameter(path, x, config))


def _shape(file: Any, path: Path) -> tuple[int, int, int]:
    """The shape of `tensor`, once the keys are there and are numbers."""
    for key in KEYS:
        if key not in file:
            raise DataError(
                f"{path} has no '{key}'; it holds {', '.join(file) or 'nothing'}.", hint="Is it a PDEBench file?"
            )
        held = file[key]
        if not hasattr(held, "shape") or held.shape is None or held.dtype.kind not in set("fiu"):
            raise DataError(f"{path}: '{key}' holds no numbers.", hint="Is it a PDEBench file?")
    shape = tuple(file["tensor"].shape)
    if len(shape) != 3:
        raise DataError(f"{path}: 'tensor' has shape {shape}, expected [trajectories, frames, points].")
    return shape[0], shape[1], shape[2]


def _frame_step(t: np.ndarray, path: Path, config: DataConfig) -> int:
    """How many frames of the file, whose times are `t`, make one of ours."""
    spacing = float(t[1] - t[0])
    every = round(config.dt / spacing) if math.isfinite(spacing) and spacing > 0 else 0
    if every < 1 or abs(every * spacing - config.dt) > 1e-3 * config.dt:
        raise DataError(f"{path} has frames {spacing:g} apart; data.dt ({config.dt:g}) is not a multiple.")
    most = (len(t) - 1) // every
    if config.frames > most:
        raise DataError(
            f"{path} has {len(t)} frames; data.frames ({config.frames}) needs more.", hint=f"At most {most}."
        )
    if not np.allclose(np.diff(t), spacing, rtol=1e-2):
        raise DataError(f"{path}: the frames are not evenly apart in 't-coordinate'.")
    return every


def _parameter(path: Path, x: np.ndarray, config: DataConfig) -> float:
    """The equation's parameter. Raises DataError if it is not known, or the grid `x` is not once around the ring."""
    equation = EQUATIONS[config.equation]
    around = float(x[-1] - x[0]) * len(x) / (len(x) - 1)
    parameter = _named(path, equation.symbol)
    if parameter is None and equation.ring:
        parameter = around
    if parameter is None:
        others = [e.name for e in EQUATIONS.values() if _named(path, e.symbol) is not None]
        hint = f"PDEBench puts it there, as in 1D_Burgers_Sols_Nu0.001.hdf5; here it would be {equation.symbol}."
        raise DataError(
            f"{path.name} names no {equation.words}.", hint=f"Set data.equation: {others[0]}?" if others else hint
        )
    if not 0 < parameter < math.inf:
        raise DataError(f"{path.name}: the {equation.words} is {parameter:g}; it must be above 0.")
    length = parameter if equation.ring else 1.0
    if not abs(around - length) < 2 * length / len(x):
        raise DataError(f"{path}: 'x-coordinate' covers {around:g}, the {equation.name} equation's ring is {length:g}.")
    return parameter


def _named(path: Path, symbol: str) -> float | None:
    """The number behind the symbol in a file's name."""
    match = re.search(symbol + r"([0-9.eE+-]+?)(?:_|\.hdf5|\.h5)", path.name)
    try:
        return float(match[1]) if match else None
    except ValueError:
        return None


def _read(plan: _Plan) -> np.ndarray:
    """The plan's part of `tensor`, (need, frames, points) in single precision."""
    with _opened(plan.path) as file, np.errstate(over="ignore"):  # what is too large becomes infinite, an error below
        u: np.ndarray = file["tensor"][: plan.need, : plan.frames : plan.frame, :: plan.point].astype("float32")
    bad = np.flatnonzero(~np.isfinite(u).all((1, 2)))
    if len(bad):
        raise DataError(f"{plan.path}: {len(bad)} trajectories hold NaN or infinite frames, the first is {bad[0]}.")
    return u
