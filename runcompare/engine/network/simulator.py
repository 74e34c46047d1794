"""The staged simulator: autoencoder, operator, and a corrector of the operator's residual, behind one interface."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.layers import TokenNet
from runcompare.engine.physics.equations import EQUATIONS

__all__ = ["NOISE_SEED", "Autoencoder", "Corrector", "Simulator", "StepInputs", "keep_mass", "latent_noise", "rollout"]

NEIGHBOURS = 3
HIDDEN = 64


def _with_neighbours(x: Tensor) -> Tensor:
    return torch.cat([torch.roll(x, 1, 1), x, torch.roll(x, -1, 1)], -1)


class Autoencoder(nn.Module):
    """Patches with their neighbours to tokens and back: u (n, points) <-> z (n, tokens, dim).

    Args:
        points: Grid points of a state.
        tokens: Patches that the grid is cut into; divides `points`.
        dim: Width of a token.
    """

    def __init__(self, points: int, tokens: int, dim: int) -> None:
        super().__init__()
        self.patch, self.dim = points // tokens, dim
        self.encode_linear = nn.Linear(self.patch, dim)
        self.encode_rest = nn.Sequential(nn.Linear(NEIGHBOURS * self.patch, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, dim))
        self.decode_linear = nn.Linear(dim, self.patch)
        self.decode_rest = nn.Sequential(nn.Linear(NEIGHBOURS * dim, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, self.patch))
        # normalisation travels with the weights
        self.register_buffer("u_scale", torch.ones(()))
        self.register_buffer("z_scale", torch.ones(()))

    def encode(self, u: Tensor) -> Tensor:
        """Tokens in single precision, scaled to a standard deviation of about 1: (n, points) -> (n, tokens, dim)."""
        x = (u / self.get_buffer("u_scale")).reshape(*u.shape[:-1], -1, self.patch)
        z: Tensor = self.encode_linear(x) + self.encode_rest(_with_neighbours(x))
        return z.float() / self.get_buffer("z_scale")  # networks may run in bfloat16, states stay in single precision

    def decode(self, z: Tensor) -> Tensor:
        """The state that tokens stand for: (n, tokens, dim) -> (n, points)."""
        z = z * self.get_buffer("z_scale")
        x: Tensor = self.decode_linear(z) + self.decode_rest(_with_neighbours(z))
        return x.float().flatten(-2) * self.get_buffer("u_scale")


class StepInputs(NamedTuple):
    """What the corrector knows of a step: the encoded state `z0` and the operator's encoded next state `z1_hat`, both
    (n, tokens, dim), and the conditions `c` (n, 1)."""

    z0: Tensor
    z1_hat: Tensor
    c: Tensor


class Corrector(nn.Module):
    """A network of the flow's time t in [0, 1], from noise (t = 0) to the operator's scaled residual (t = 1).

    `velocity` is the teacher's (flow matching, Lipman et al. 2023, arXiv 2210.02747), `jump` the student's (consistency
    models, Song et al. 2023, arXiv 2303.01469).

    Args:
        dim: Width of a token.
        width: Width of the network.
        blocks: How many blocks it has.
    """

    def __init__(self, dim: int, width: int, blocks: int) -> None:
        super().__init__()
        self.net = TokenNet(3 * dim, dim, width=width, blocks=blocks, scalars=2)

    def velocity(self, x: Tensor, t: Tensor, given: StepInputs) -> Tensor:
        """v(x_t, t) for x (n, tokens, dim) and t (n,); shape of x."""
        out: Tensor = self.net(torch.cat([x, given.z0, given.z1_hat], -1), torch.cat([given.c, t[:, None]], -1))
        return out.float()

    def jump(self, x: Tensor, t: Tensor, given: StepInputs) -> Tensor:
        """The flow's end f(x, t) = x + (1 - t) v(x, t), which is x at t = 1 by construction; shapes as `velocity`."""
        return x + (1 - t)[:, None, None] * self.velocity(x, t, given)


def keep_mass(v: Tensor, u: Tensor) -> Tensor:
    """v shifted to the mean of u, both (n, points): the equation conserves mass, so the step does, exactly."""
    return v - (v.mean(-1, keepdim=True) - u.mean(-1, keepdim=True))


class Simulator(nn.Module):
    """One step of the PDE: encode, z + N(z), decode with mass kept; then, gate > 0, the corrector's residual.

    The loop through latent space is closed: each step starts from the encoded physical state.
    """

    def __init__(self, config: EngineConfig) -> None:
        super().__init__()
        latent, size = config.latent, config.operator
        self.equation = EQUATIONS[config.data.equation]
        self.autoencoder = Autoencoder(config.data.points, latent.tokens, latent.dim)
        self.operator = TokenNet(latent.dim, latent.dim, width=size.width, blocks=size.blocks, scalars=1)
        self.teacher = Corrector(latent.dim, size.width, size.blocks)
        self.student = Corrector(latent.dim, size.width, size.blocks)
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("gate", torch.zeros(()))
        self.gate: Tensor

    @property
    def corrects(self) -> bool:
        """Whether the gate is open; waits for the device."""
        return float(self.gate) != 0.0

    def conditions(self, parameter: Tensor) -> Tensor:
        """The equation's parameter (n,) as the networks see it, shape (n, 1)."""
        return self.equation.condition(parameter)

    def operator_step(self, u: Tensor, c: Tensor) -> Tensor:
        """The uncorrected next state of u (n, points) under conditions c (n, 1); shape of u."""
        z = self.autoencoder.encode(u)
        return keep_mass(self.autoencoder.decode(z + self.operator(z, c).float()), u)

    def corrected(self, u: Tensor, v: Tensor, residual: Tensor, gate: Tensor) -> Tensor:
        """The operator's step with a part of a residual added in latent space.

        Args:
            u: States, (n, points).
            v: The operator's next states, (n, points).
            residual: In units of `residual_scale`, (n, tokens, dim).
            gate: The part of the residual to add, 0 to 1, a scalar tensor.

        Returns:
            The corrected next states, (n, points).
        """
        z1_hat = self.autoencoder.encode(v)
        moved = self.autoencoder.decode(z1_hat + gate * self.get_buffer("residual_scale") * residual)
        # add only what the residual changes, so that a gate of 0 is the operator's step to the bit
        return keep_mass(v + (moved - self.autoencoder.decode(z1_hat)), u)

    def correction(self, u: Tensor, v: Tensor, c: Tensor, noise: Tensor) -> Tensor:
        """The student's residual of the step from u to v, both (n, points), in one evaluation.

        `noise` (n, tokens, dim) chooses the sample; zeros give the middle of the samples. Returns the noise's shape.
        """
        given = StepInputs(self.autoencoder.encode(u), self.autoencoder.encode(v), c)
        return self.student.jump(noise, torch.zeros(len(u), device=u.device), given)

    def step(self, u: Tensor, c: Tensor) -> Tensor:
        """The next state of u (n, points): the operator's, corrected as far as the gate is open.

        By the middle of the student's corrections, not a sample: a sample adds its own spread to the error.
        """
        v = self.operator_step(u, c)
        middle = torch.zeros(len(u), u.shape[-1] // self.autoencoder.patch, self.autoencoder.dim, device=u.device)
        return self.corrected(u, v, self.correction(u, v, c, middle), self.gate)


NOISE_SEED = 20230  # evaluation noise is fixed, so that the same weights give the same figures


def latent_noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers in the shape of `like`, the same for the same seed on every device."""
    return torch.randn(like.shape, generator=generator).to(like.device)


@torch.inference_mode()
def rollout(simulator: Simulator, split: Split, *, corrected: bool = True) -> Tensor:
    """The model alone, step by step from the first frame.

    Args:
        simulator: The trained model.
        split: Trajectories, of which the first frame and the number of frames are used.
        corrected: False leaves the corrector out.

    Returns:
        Predicted states without the first frame, (n, frames, points).
    """
    c, u = simulator.conditions(split.parameter), split.u[:, 0]
    step = simulator.step if corrected and simulator.corrects else simulator.operator_step
    states = []
    for _ in range(split.u.shape[1] - 1):
        u = step(u, c)
        states.append(u)
    return torch.stack(states, 1)
