"""The trajectories that a pipeline learns from and is tested on."""

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from runcompare.engine.config.schema import DataConfig
from runcompare.engine.data.pdebench import read_pdebench
from runcompare.engine.physics.equations import EQUATIONS, Equation
from runcompare.engine.physics.spectral import solve

__all__ = ["Dataset", "Split", "load_data"]

BATCH = 64  # trajectories solved side by side; part of the recipe, since substeps follow the fastest of a batch
REFINEMENT = 2  # the solver's grid against the data's


@dataclass(frozen=True, slots=True)
class Split:
    """Trajectories: `u` (n, frames + 1, points) in physical units, and the equation's `parameter` of each, (n,)."""

    u: Tensor
    parameter: Tensor

    def __len__(self) -> int:
        return len(self.u)

    def part(self, which: slice) -> "Split":
        """The trajectories in the slice."""
        return Split(self.u[which], self.parameter[which])

    def to(self, device: torch.device) -> "Split":
        """The same trajectories on a device."""
        return Split(self.u.to(device), self.parameter.to(device))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Three splits, and a fingerprint of the test split: runs with the same one can be compared."""

    train: Split
    val: Split
    test: Split
    fingerprint: str


def load_data(config: DataConfig) -> Dataset:
    """Read the files at `config.path`, or generate trajectories; the same config gives the same bits.

    Returns:
        The three splits on the CPU, in single precision.

    Raises:
        DataError: A file that can't be read or does not fit the configuration.
    """
    splits = _from_file(config) if config.path else _generated(config)
    digest = hashlib.sha256(splits[2].u.numpy().tobytes() + splits[2].parameter.numpy().tobytes()).hexdigest()
    return Dataset(*splits, digest[:16])


def _from_file(config: DataConfig) -> tuple[Split, Split, Split]:
    assert config.path is not None
    u, parameter = read_pdebench(config)
    order = torch.randperm(len(u), generator=torch.Generator().manual_seed(config.seed))
    sizes = [config.train, config.val, config.test]
    parts = torch.split(order, [*sizes, len(u) - sum(sizes)])
    train, val, test = (Split(u[p], parameter[p]) for p in parts[:3])
    return train, val, test


def _generated(config: DataConfig) -> tuple[Split, Split, Split]:
    train, val, test = (
        _generate(config, n, 3 * config.seed + i) for i, n in enumerate((config.train, config.val, config.test))
    )
    return train, val, test


def _generate(config: DataConfig, n: int, seed: int) -> Split:
    equation = EQUATIONS[config.equation]
    generator = torch.Generator().manual_seed(seed)
    u0 = equation.initial(n, REFINEMENT * config.points, generator)
    low, high = torch.tensor(config.parameter).log()
    parameter = torch.exp(low + (high - low) * torch.rand(n, generator=generator))
    solved = []
    for start, own in zip(torch.split(u0, BATCH), torch.split(parameter, BATCH), strict=True):
        u = solve(equation, _after_burn_in(equation, start, own), own, frames=config.frames, dt=config.dt)
        solved.append(u[:, :, ::REFINEMENT].float())
    return Split(torch.cat(solved).contiguous(), parameter)


def _after_burn_in(equation: Equation, u0: Tensor, parameter: Tensor) -> Tensor:
    """The states (n, points) after the equation's burn-in."""
    rough = replace(equation, damped=equation.damped / 4)  # longer substeps: any state of the attractor will do
    frames = round(equation.burn_in / equation.dt)
    return solve(rough, u0, parameter, frames=frames, dt=equation.dt)[:, -1]
