"""Blocks on a ring of tokens: neighbour mixing by one matrix product, modulated by the conditions."""

import torch
from torch import Tensor, nn

__all__ = ["Block", "Conditions", "TokenNet"]


class Conditions(nn.Module):
    """Scalars such as the log of a viscosity or a diffusion time, each with Fourier features, as one vector:
    (n, scalars) -> (n, width).

    Args:
        scalars: How many scalars each sample has.
        width: Width of the output.
        frequencies: Sines and cosines of each scalar, at angular frequencies 1, 2, 4, ...
    """

    def __init__(self, scalars: int, width: int, frequencies: int = 4) -> None:
        super().__init__()
        self.register_buffer("frequencies", 2.0 ** torch.arange(frequencies), persistent=False)
        self.net = nn.Sequential(
            nn.Linear(scalars * (1 + 2 * frequencies), width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )

    def forward(self, c: Tensor) -> Tensor:
        angle = (c[..., None] * self.get_buffer("frequencies")).flatten(-2)
        out: Tensor = self.net(torch.cat([c, torch.sin(angle), torch.cos(angle)], -1))
        return out


class Block(nn.Module):
    """x + gate * MLP(modulated norm of each token and its two neighbours): (n, tokens, width), (n, condition_width) ->
    (n, tokens, width).

    Concatenating neighbours and multiplying once is twice as fast on a CPU as attention at this size. Shift, scale and
    gate are linear in the conditions and start at zero, as in DiT (Peebles and Xie 2023, arXiv 2212.09748).

    Args:
        width: Width of the tokens.
        condition_width: Width of the conditions' vector.
        reach: How many tokens away the neighbours are.
        expansion: Width of the MLP's hidden layer over `width`.
    """

    def __init__(self, width: int, condition_width: int, reach: int = 1, expansion: int = 2) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(condition_width, 3 * width)
        self.mix = nn.Linear(3 * width, expansion * width)
        self.out = nn.Linear(expansion * width, width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        shift, scale, gate = self.modulation(c)[:, None].chunk(3, -1)
        y = self.norm(x) * (1 + scale) + shift
        y = torch.cat([torch.roll(y, self.reach, 1), y, torch.roll(y, -self.reach, 1)], -1)
        out: Tensor = x + (1 + gate) * self.out(nn.functional.gelu(self.mix(y)))
        return out


class TokenNet(nn.Module):
    """Tokens in, tokens out, under conditions: (n, tokens, inputs), (n, scalars) -> (n, tokens, outputs).

    The last layer starts at zero, so that a residual on top of something starts as that something.

    Args:
        inputs: Width of the input tokens.
        outputs: Width of the output tokens.
        width: Width inside.
        blocks: How many blocks; every second one mixes tokens two apart.
        scalars: How many scalar conditions each sample has.
    """

    def __init__(self, inputs: int, outputs: int, *, width: int, blocks: int, scalars: int) -> None:
        super().__init__()
        self.conditions = Conditions(scalars, width)
        self.enter = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(Block(width, width, reach=1 + i % 2) for i in range(blocks))
        self.leave = nn.Linear(width, outputs)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        condition = self.conditions(c)
        y = self.enter(x)
        for block in self.blocks:
            y = block(y, condition)
        out: Tensor = self.leave(y)
        return out
