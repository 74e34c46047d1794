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
    """`u` (n, frames + 1, points) in physical units, `nu` (n,): the equation's parameter, whatever its name."""

    u: Tensor
    nu: Tensor

    def __len__(self) -> int:
        return len(self.u)

    def part(self, which: slice) -> "Split":
        return Split(self.u[which], self.nu[which])

    def to(self, device: torch.device) -> "Split":
        return Split(self.u.to(device), self.nu.to(device))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Three splits, and a fingerprint of the test split: runs with the same one can be compared."""

    train: Split
    val: Split
    test: Split
    fingerprint: str


def load_data(config: DataConfig) -> Dataset:
    """Read the file at `config.path`, or generate; the same config gives the same bits. Raises DataError."""
    splits = _from_file(config) if config.path else _generated(config)
    digest = hashlib.sha256(splits[2].u.numpy().tobytes() + splits[2].nu.numpy().tobytes()).hexdigest()
    return Dataset(*splits, digest[:16])


def _from_file(config: DataConfig) -> tuple[Split, Split, Split]:
    assert config.path is not None
    u, nu = read_pdebench(config)
    order = torch.randperm(len(u), generator=torch.Generator().manual_seed(config.seed))
    sizes = [config.train, config.val, config.test]
    parts = torch.split(order, [*sizes, len(u) - sum(sizes)])
    train, val, test = (Split(u[p], nu[p]) for p in parts[:3])
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
    solved = [
        solve(equation, _settled(equation, a, b), b, config.frames, config.dt)[:, :, ::REFINEMENT].float()
        for a, b in zip(torch.split(u0, BATCH), torch.split(parameter, BATCH), strict=True)
    ]
    return Split(torch.cat(solved).contiguous(), parameter)


def _settled(equation: Equation, u0: Tensor, parameter: Tensor) -> Tensor:
    """The state after the equation's burn-in."""
    rough = replace(equation, damped=equation.damped / 4)  # longer substeps: any state of the attractor will do
    frames = round(equation.burn_in / equation.dt)
    return solve(rough, u0, parameter, frames, equation.dt)[:, -1]
