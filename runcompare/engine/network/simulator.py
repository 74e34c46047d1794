"""The staged simulator: autoencoder, operator, and a corrector of the operator's residual, behind one interface."""

import torch
from torch import Tensor, nn

from runcompare.engine.config.schema import EngineConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.layers import TokenNet
from runcompare.engine.physics.equations import EQUATIONS

__all__ = ["NOISE_SEED", "Autoencoder", "Corrector", "Simulator", "keep_mass", "latent_noise", "rollout"]

NEIGHBOURS = 3
HIDDEN = 64


def _with_neighbours(x: Tensor) -> Tensor:
    return torch.cat([torch.roll(x, 1, 1), x, torch.roll(x, -1, 1)], -1)


class Autoencoder(nn.Module):
    """Patches with their neighbours to tokens and back: u (n, points) <-> z (n, tokens, dim)."""

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
        x = (u / self.get_buffer("u_scale")).reshape(*u.shape[:-1], -1, self.patch)
        z: Tensor = self.encode_linear(x) + self.encode_rest(_with_neighbours(x))
        return z.float() / self.get_buffer("z_scale")  # networks may run in bfloat16, states stay in single precision

    def decode(self, z: Tensor) -> Tensor:
        z = z * self.get_buffer("z_scale")
        x: Tensor = self.decode_linear(z) + self.decode_rest(_with_neighbours(z))
        return x.float().flatten(-2) * self.get_buffer("u_scale")


class Corrector(nn.Module):
    """A network of the flow's time t in [0, 1], from noise (t = 0) to the operator's scaled residual (t = 1).

    `velocity` is the flow-matching teacher's v(x_t, t); `jump` the student's f(x, t) = x + (1 - t) F(x, t), which is x
    at t = 1 by construction. Both see the state z0 and the operator's z1_hat. Shapes (n, tokens, dim), t (n,).
    """

    def __init__(self, dim: int, width: int, blocks: int) -> None:
        super().__init__()
        self.net = TokenNet(3 * dim, dim, width, blocks, scalars=2)

    def velocity(self, x: Tensor, t: Tensor, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
        out: Tensor = self.net(torch.cat([x, z0, z1_hat], -1), torch.cat([c, t[:, None]], -1))
        return out.float()

    def jump(self, x: Tensor, t: Tensor, z0: Tensor, z1_hat: Tensor, c: Tensor) -> Tensor:
        return x + (1 - t)[:, None, None] * self.velocity(x, t, z0, z1_hat, c)


def keep_mass(v: Tensor, u: Tensor) -> Tensor:
    """v shifted to the mean of u: the equation conserves mass, so the step does, exactly."""
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
        self.operator = TokenNet(latent.dim, latent.dim, size.width, size.blocks, scalars=1)
        self.teacher = Corrector(latent.dim, size.width, size.blocks)
        self.student = Corrector(latent.dim, size.width, size.blocks)
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("gate", torch.zeros(()))
        self.gate: Tensor

    @property
    def corrects(self) -> bool:
        """Is the gate open? Asks the device."""
        return float(self.gate) != 0.0

    def conditions(self, nu: Tensor) -> Tensor:
        """The equation's parameter as the networks see it, shape (n, 1)."""
        return self.equation.condition(nu)

    def operator_step(self, u: Tensor, c: Tensor) -> Tensor:
        """The uncorrected next state, (n, points)."""
        z = self.autoencoder.encode(u)
        return keep_mass(self.autoencoder.decode(z + self.operator(z, c).float()), u)

    def corrected(self, u: Tensor, v: Tensor, residual: Tensor, gate: Tensor) -> Tensor:
        """The operator's step v of u, plus `gate` times a residual in units of `residual_scale`, in latent space."""
        z1_hat = self.autoencoder.encode(v)
        moved = self.autoencoder.decode(z1_hat + gate * self.get_buffer("residual_scale") * residual)
        # add only what the residual changes, so that a gate of 0 is the operator's step to the bit
        return keep_mass(v + (moved - self.autoencoder.decode(z1_hat)), u)

    def correction(self, u: Tensor, v: Tensor, c: Tensor, noise: Tensor) -> Tensor:
        """The student's residual of the step v from `noise`, in one evaluation; zeros give its middle."""
        z0, z1_hat = self.autoencoder.encode(u), self.autoencoder.encode(v)
        return self.student.jump(noise, torch.zeros(len(u), device=u.device), z0, z1_hat, c)

    def step(self, u: Tensor, c: Tensor) -> Tensor:
        """The operator's step with the middle of the student's corrections, as far as the gate is open.

        The middle, not a sample: a sample adds its own spread to the error.
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
    """The model alone, step by step from the first frame: (n, frames, points) without the first frame."""
    c, u = simulator.conditions(split.nu), split.u[:, 0]
    step = simulator.step if corrected and simulator.corrects else simulator.operator_step
    states = []
    for _ in range(split.u.shape[1] - 1):
        u = step(u, c)
        states.append(u)
    return torch.stack(states, 1)
