"""The networks of the third set of trainings (`findings_third.py`)."""

from typing import Any

import torch
from torch import nn

__all__ = ["network"]


class Block(nn.Module):
    """Two convolutions with batch norm, added to what comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)),
        )

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.body(x))


class Gpt(nn.Module):
    """Two layers that read symbols from the left."""

    def __init__(self, symbols: int, context: int) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(symbols, 32), nn.Parameter(torch.zeros(context, 32))
        layer = nn.TransformerEncoderLayer(32, 4, 96, 0.0, "gelu", batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.register_buffer("mask", torch.triu(torch.ones(context, context, dtype=torch.bool), 1))
        self.out = nn.Linear(32, symbols)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(self.embed(x) + self.place, mask=self.mask)).transpose(1, 2)


class Recurrent(nn.Module):
    """A GRU whose last state foretells four values."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.out = nn.GRU(1, 24, batch_first=True), nn.Linear(24, 4)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x)[0][:, -1])


class Factors(nn.Module):
    """A rating is the product of a user's and an item's factors."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(60, 4), nn.Embedding(80, 4)

    def forward(self, pairs: Any) -> Any:
        return (self.users(pairs[:, 0]) * self.items(pairs[:, 1])).sum(1)


class Dense(nn.Module):
    """One hidden layer or two that give one number."""

    def __init__(self, inputs: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Linear(inputs, 48), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1)),
        )

    def forward(self, x: Any) -> Any:
        return self.body(x)[:, 0]


class Words(nn.Module):
    """The mean of the pieces' embeddings, and one hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.EmbeddingBag(2000, 24)
        self.body = nn.Sequential(nn.ReLU(), nn.Linear(24, 32), nn.Tanh(), nn.Linear(32, 8))

    def forward(self, x: Any) -> Any:
        return self.body(self.embed(x))


class Temporal(nn.Module):
    """Three convolutions over time, each seeing twice as far."""

    def __init__(self) -> None:
        super().__init__()
        layers = [(1, 12, 1), (12, 12, 2), (12, 12, 4)]
        self.body = nn.Sequential(
            *(m for i, o, far in layers for m in (nn.Conv1d(i, o, 3, dilation=far, padding=far), nn.GELU()))
        )
        self.out = nn.Linear(12, 1)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x)[:, :, -1])[:, 0]


def quantiles() -> Any:
    """Two hidden layers with batch norm."""
    return nn.Sequential(
        *(nn.Linear(6, 40), nn.BatchNorm1d(40), nn.ReLU()),
        *(nn.Linear(40, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 5)),
    )


def network(model: str, *, symbols: int, context: int) -> Any:
    """A new network for one of the trainings."""
    if model == "residual":
        head = (nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(48, 4))
        return nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU(), Block(12), Block(12), *head
        )
    if model == "gpt":
        return Gpt(symbols, context)
    if model == "gru":
        return Recurrent()
    if model == "factors":
        return Factors()
    if model in ("words", "temporal", "quantiles"):
        return {"words": Words, "temporal": Temporal, "quantiles": quantiles}[model]()
    return Dense(10, 0.0) if model == "regression" else Dense(20, 0.2)
