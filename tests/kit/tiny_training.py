"""A real training that takes 30 ms: a network of one hidden layer on made-up classes, healthy or with a planted fault.

What it logs an epoch is what people log: training and validation loss, validation accuracy, the grad norm, the learning
rate. `FAULTS` are the ways in which trainings go wrong, each as the settings that make it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo

__all__ = ["FAULTS", "HEALTHY", "Settings", "replicates", "train"]

Floats = NDArray[np.float64]
CLASSES = 5


@dataclass(frozen=True)
class Settings:
    """What a training is told. `lr` falls as half a cosine to a tenth unless `decays` is false; `clip` is the largest
    grad norm. The rest plants faults, see `FAULTS`."""

    lr: float = 0.02
    epochs: int = 24
    hidden: int = 32
    batch: int = 32
    samples: int = 600
    overlap: float = 1.0
    noise: float = 0.0  # share of training labels drawn at random
    weight_decay: float = 1e-4
    decays: bool = True
    clip: float | None = None
    optimizer: str = "adam"
    faults: Mapping[str, Any] = field(default_factory=dict)


HEALTHY = Settings()


def _with(**faults: Any) -> Settings:
    own = {name: faults.pop(name) for name in list(faults) if name in Settings.__dataclass_fields__}
    return replace(HEALTHY, **own, faults=faults)


FAULTS = {
    "nan loss": _with(nan_from=10),
    "infinite gradients": _with(inf_grad_from=15),
    "lr zero": _with(lr=0.0),
    "lr too high": _with(lr=0.6),
    "lr too low": _with(lr=2e-5),
    "lr never decayed": _with(lr=0.06, decays=False),
    "diverged": _with(diverges_from=12),
    "one seed diverged": _with(diverges_from=12, only_seed=1),
    "spikes": _with(spikes=4),
    "shuffled labels": _with(noise=1.0),
    "overfitting": _with(samples=60, weight_decay=0.0, epochs=60, hidden=128, overlap=1.3),
    "stopped early": _with(epochs=3),
    "validation leaked": _with(leak=True),
    "clipped": _with(clip=1e-3, optimizer="sgd", lr=0.5),
    "vanished gradients": _with(dead_from=8),
    "seed without effect": _with(same_seed=True),
    "seeds spread": _with(spread=True),
    "lr lost as text": _with(lr=2e-5, told={"lr": "2e-2"}),
    "gradients grow": _with(grows=1.35),
    "loss better, metric worse": _with(confident=True),
}


@lru_cache(maxsize=64)
def _data(samples: int, overlap: float, seed: int = 0) -> tuple[Floats, NDArray[np.int_]]:
    """Classes of two clusters each in 8 dimensions; shape (samples, 8) and (samples,)."""
    centers = np.random.default_rng(7).normal(size=(2 * CLASSES, 8))
    rng = np.random.default_rng(1000 + seed)
    cluster = rng.integers(2 * CLASSES, size=samples)
    return centers[cluster] + overlap * rng.normal(size=(samples, 8)), cluster % CLASSES


class _Net:
    def __init__(self, hidden: int, rng: np.random.Generator) -> None:
        self.weights = [rng.normal(size=(8, hidden)) / 8**0.5, np.zeros(hidden)]
        self.weights += [rng.normal(size=(hidden, CLASSES)) / hidden**0.5, np.zeros(CLASSES)]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps = 0

    def forward(self, x: Floats) -> tuple[Floats, Floats]:
        hidden = np.tanh(x @ self.weights[0] + self.weights[1])
        logits = hidden @ self.weights[2] + self.weights[3]
        return hidden, logits - logits.max(axis=1, keepdims=True)

    def loss(self, x: Floats, y: NDArray[np.int_]) -> tuple[float, float]:
        _, logits = self.forward(x)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return float(-logs[np.arange(len(y)), y].mean()), float((logits.argmax(axis=1) == y).mean())

    def gradients(self, x: Floats, y: NDArray[np.int_], decay: float) -> list[Floats]:
        hidden, logits = self.forward(x)
        error = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        error[np.arange(len(y)), y] -= 1
        error /= len(y)
        back = error @ self.weights[2].T * (1 - hidden**2)
        found = [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        return [g + decay * w for g, w in zip(found, self.weights, strict=True)]

    def step(self, gradients: list[Floats], lr: float, optimizer: str) -> None:
        self.steps += 1
        for i, g in enumerate(gradients):
            if optimizer == "sgd":
                self.weights[i] = self.weights[i] - lr * g
                continue
            m, v = self.moments[i]
            m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
            self.moments[i] = m, v
            self.weights[i] = self.weights[i] - lr * (m / (1 - 0.9**self.steps)) / (
                np.sqrt(v / (1 - 0.99**self.steps)) + 1e-8
            )


def train(settings: Settings = HEALTHY, seed: int = 0, name: str = "run") -> Run:
    """One training as a run."""
    f = settings.faults
    hit = f.get("only_seed") in (None, seed)
    rng = np.random.default_rng(0 if f.get("same_seed") else 10 + seed)
    x, y = _data(settings.samples, settings.overlap)
    held_x, held_y = (x[:200], y[:200]) if f.get("leak") else _data(400, settings.overlap, 1)
    labels = np.where(np.random.default_rng(3).random(len(y)) < settings.noise, rng.integers(CLASSES, size=len(y)), y)
    net = _Net(settings.hidden, rng)
    spiked = np.random.default_rng(seed).choice(np.arange(4, settings.epochs, 3), f.get("spikes", 0), replace=False)
    rows = []
    for epoch in range(settings.epochs):
        cosine = 0.1 + 0.45 * (1 + np.cos(np.pi * epoch / settings.epochs))
        lr = settings.lr * (cosine if settings.decays else 1.0)
        if f.get("spread"):
            lr *= (0.001, 1.0, 8.0, 0.02, 3.0)[seed % 5]
        if hit and epoch >= f.get("diverges_from", 1e9):
            lr = 3.0 * (1 + epoch - f["diverges_from"])
        losses, norms = _epoch(net, (x, labels), settings, lr, rng=rng)
        if epoch in spiked:
            losses *= 12.0
        loss = float(np.mean(losses))
        held, accuracy = net.loss(held_x, held_y)
        norm = float(np.mean(norms)) * (f.get("grows", 1.0) ** epoch)
        if epoch >= f.get("dead_from", 1e9):
            net.weights[2] *= 0.0
            norm *= 1e-9
        if hit and epoch >= f.get("nan_from", 1e9):
            loss = held = float("nan")
        if epoch >= f.get("inf_grad_from", 1e9):
            norm = float("inf")
        if f.get("confident"):
            held, accuracy = 0.8 * held, accuracy - 0.05
        rows.append(
            {
                "_step": epoch,
                "epoch": epoch,
                "train/loss": loss,
                "val/loss": held,
                "val/accuracy": accuracy,
                "grad_norm": norm,
                "lr": lr,
            }
        )
    told = {"lr": settings.lr, "epochs": settings.epochs, "hidden": settings.hidden, "clip": settings.clip}
    told |= {"samples": settings.samples, "weight_decay": settings.weight_decay, **f.get("told", {}), "seed": seed}
    info = RunInfo(f"{name}{seed}", f"{name}{seed}", "test", f"{name}{seed}/", group=name, state="finished", seed=seed)
    summary = {"val/accuracy": rows[-1]["val/accuracy"]}
    return Run(info, config=told, summary=summary, history=History.from_rows(rows))


def _epoch(
    net: _Net, data: tuple[Floats, NDArray[np.int_]], settings: Settings, lr: float, *, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """The losses and grad norms (before clipping) of an epoch's batches."""
    x, y = data
    order = rng.permutation(len(x))
    losses, norms = [], []
    for start in range(0, len(x), settings.batch):
        rows = order[start : start + settings.batch]
        losses.append(net.loss(x[rows], y[rows])[0])
        gradients = net.gradients(x[rows], y[rows], settings.weight_decay)
        norm = float(np.sqrt(sum(float((g * g).sum()) for g in gradients)))
        norms.append(norm)
        if settings.clip is not None and norm > settings.clip:
            gradients = [g * settings.clip / norm for g in gradients]
        net.step(gradients, lr, settings.optimizer)
    return np.array(losses), np.array(norms)


def replicates(settings: Settings = HEALTHY, seeds: range = range(3), name: str = "base") -> Group:
    """Runs that differ by seed only."""
    return Group(name, name, tuple(train(settings, seed, name) for seed in seeds))
