"""Real trainings on data that packages ship, healthy and with planted faults, under the key names of several trackers.

Eleven models: perceptrons, a convolutional network, a logistic and a linear regression, an autoencoder, an LSTM and a
transformer that read Python's own sources, with four optimisers and three schedules. `null_runs` gives seeds of one of
them, healthy; `faulty` a group with a fault beside its baseline. What was trained once is kept in a folder.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from runcompare.records.history import History
from runcompare.records.run import Group, Run, RunInfo

__all__ = ["FAULTS", "FRESH", "HEALTHY", "Settings", "faulty", "null_runs"]

# how trackers and libraries name the same quantities: training loss, validation loss, metric, norm, learning rate
NAMES = {
    "wandb": ("train/loss", "val/loss", "val/{}", "train/grad_norm", "train/lr"),
    "lightning": ("train_loss", "val_loss", "val_{}", "grad_norm", "lr-AdamW"),
    "keras": ("loss", "val_loss", "val_{}", "grad_norm", "learning_rate"),
    "huggingface": ("loss", "eval_loss", "eval_{}", "grad_norm", "learning_rate"),
    "tensorboard": ("Loss/train", "Loss/validation", "Metric/validation_{}", "Grad/total_norm", "LR"),
}


@dataclass(frozen=True)
class Settings:
    """What a training is told; `faults` are planted on top."""

    model: str
    data: str = "digits"
    lr: float = 3e-3
    optimizer: str = "adam"
    schedule: str = "cosine"
    epochs: int = 20
    batch: int = 64
    samples: int | None = None
    weight_decay: float = 1e-4
    clip: float | None = None
    names: str = "wandb"
    faults: Mapping[str, Any] = field(default_factory=dict)


HEALTHY = {
    "digits, perceptron, Adam": Settings("mlp"),
    "digits, perceptron, SGD with steps": Settings("mlp", lr=0.1, optimizer="sgd", schedule="step", names="keras"),
    "digits, convolutions, SGD": Settings("cnn", lr=0.05, optimizer="sgd", epochs=12, names="lightning"),
    "digits, convolutions with dropout, AdamW": Settings("cnn dropout", optimizer="adamw", epochs=12),
    "digits, autoencoder, Adam": Settings("autoencoder", lr=2e-3, names="tensorboard"),
    "wine, logistic regression, SGD": Settings("linear", "wine", lr=0.05, optimizer="sgd", epochs=40, batch=16),
    "wine, perceptron, RMSprop": Settings("mlp", "wine", lr=1e-3, optimizer="rmsprop", epochs=30, batch=16),
    "breast cancer, perceptron, AdamW": Settings("mlp", "cancer", lr=1e-3, optimizer="adamw", names="keras"),
    "diabetes, perceptron, Adam": Settings("mlp", "diabetes", lr=1e-3, epochs=30, batch=32, names="lightning"),
    "diabetes, linear regression, SGD": Settings("linear", "diabetes", lr=0.02, optimizer="sgd", schedule="constant"),
    "characters, LSTM, Adam": Settings("lstm", "characters", lr=5e-3, epochs=24, clip=5.0, names="huggingface"),
    "characters, transformer, AdamW": Settings(
        "transformer", "characters", optimizer="adamw", schedule="warmup", epochs=24, names="huggingface"
    ),
}


def _with(name: str, **changes: Any) -> tuple[Settings, Settings]:
    own = {key: changes.pop(key) for key in list(changes) if key in Settings.__dataclass_fields__}
    return replace(HEALTHY[name], **own, faults=changes), HEALTHY[name]


MLP, CNN, LSTM, GPT = (
    "digits, perceptron, Adam",
    "digits, convolutions, SGD",
    "characters, LSTM, Adam",
    "characters, transformer, AdamW",
)
# fault: what was done, beside its baseline, and the findings that name it rightly
FAULTS: dict[str, tuple[tuple[Settings, Settings], tuple[str, ...]]] = {
    "softmax overflows in 16 bits": (_with(MLP, half=True), ("nonfinite",)),
    "learning rate 0": (_with(CNN, lr=0.0), ("lr_zero",)),
    "learning rate 300 times too high": (_with(MLP, lr=1.0), ("lr_too_high",)),
    "transformer, learning rate 30 times too high": (_with(GPT, lr=0.09), ("lr_too_high",)),
    "learning rate 1,000 times too low": (_with(MLP, lr=3e-6), ("did_not_learn",)),
    "schedule lost: high and constant": (_with(CNN, schedule="constant"), ("lr_never_decayed",)),
    "labels shuffled": (_with(MLP, shuffled=True), ("nothing_carried_over", "at_chance")),
    "transformer, targets shuffled": (_with(GPT, shuffled=True), ("nothing_carried_over", "at_chance")),
    "60 samples": (_with(MLP, samples=60, epochs=60, batch=16), ("overfitting", "generalisation_gap")),
    "transformer overfits 40 pieces in 300 epochs": (_with(GPT, samples=40, epochs=300), ("overfitting",)),
    "stopped at a quarter": (_with(GPT, epochs=6), ("shorter_training",)),
    "validation data trained on": (_with("wine, perceptron, RMSprop", leak=True), ("suspicious_validation",)),
    "twelve sigmoid layers": (_with(MLP, deep=True), ("gradients_vanished", "did_not_learn")),
    "clipped at a thousandth": (_with(CNN, clip=1e-3), ("mostly_clipped",)),
    "seed not passed on": (_with(MLP, same_seed=True), ("seed_without_effect",)),
    "1e-3 read as text": (_with(MLP, lr=3e-6, told={"lr": "3e-3"}), ("number_as_text",)),
    "learning rate flag not passed on": (_with(MLP, told={"lr": 3e-2}), ("setting_without_effect",)),
    "broken batches": (_with(MLP, broken=4), ("loss_spikes",)),
    "one seed of three blew up": (_with("diabetes, linear regression, SGD", blown=1), ("diverged",)),
    "best loss logged before its update": (_with(MLP, wrong_best=True), ("best_worse_than_final",)),
    "LSTM without its clipping, rate 2,000 times": (_with(LSTM, clip=None, lr=10.0), ("lr_too_high",)),
    "schedule ends after a fifth": (_with(CNN, schedule="short", lr=0.01), ("stalled", "under_trained")),
    "pixels normalised in training only": (
        _with(CNN, other_input=True),
        ("nothing_carried_over", "generalisation_gap"),
    ),
}


CANCER, DROP, AUTO = (
    "breast cancer, perceptron, AdamW",
    "digits, convolutions with dropout, AdamW",
    "digits, autoencoder, Adam",
)
CARRY = ("nothing_carried_over", "at_chance", "did_not_learn")
# the same kinds of fault in other trainings, written down before any rule had seen them
FRESH: dict[str, tuple[tuple[Settings, Settings], tuple[str, ...]]] = {
    "convolutions, softmax overflows in 16 bits": (_with(CNN, half=True), ("nonfinite",)),
    "transformer, learning rate 0": (_with(GPT, lr=0.0), ("lr_zero",)),
    "autoencoder, learning rate 500 times too high": (_with(AUTO, lr=1.0), ("lr_too_high", "diverged")),
    "convolutions, learning rate 40 times too high": (_with(CNN, lr=2.0), ("lr_too_high", "diverged", "nonfinite")),
    "breast cancer, learning rate 3,000 times too low": (_with(CANCER, lr=3e-7), ("did_not_learn",)),
    "convolutions with dropout, labels shuffled": (_with(DROP, shuffled=True), CARRY),
    "LSTM, targets shuffled": (_with(LSTM, shuffled=True), CARRY),
    "breast cancer, labels shuffled": (_with(CANCER, shuffled=True), CARRY),
    "LSTM overfits 30 pieces": (_with(LSTM, samples=30, epochs=400), ("overfitting", "generalisation_gap")),
    "breast cancer, 30 samples, 20 times as long": (
        _with(CANCER, samples=30, epochs=400, batch=8),
        ("overfitting", "generalisation_gap"),
    ),
    "autoencoder, stopped at a fifth": (_with(AUTO, epochs=4), ("shorter_training",)),
    "digits, validation data trained on": (_with(MLP, leak=True), ("suspicious_validation",)),
    "LSTM, clipped at a thousandth": (_with(LSTM, clip=1e-3), ("mostly_clipped",)),
    "transformer, seed not passed on": (_with(GPT, same_seed=True), ("seed_without_effect",)),
    "convolutions, broken batches": (_with(CNN, broken=5), ("loss_spikes",)),
}


@lru_cache
def data(name: str) -> tuple[Any, Any, int]:
    """Inputs, targets and the number of classes, 0 for a regression."""
    if name == "characters":
        return (*_characters(), 96)
    from sklearn import datasets

    load = {
        "digits": datasets.load_digits,
        "wine": datasets.load_wine,
        "cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
    }[name]
    x, y = load(return_X_y=True)
    x = (x - x.mean(0)) / (x.std(0) + 1e-6)
    if name == "diabetes":
        return x.astype(np.float32), ((y - y.mean()) / y.std()).astype(np.float32)[:, None], 0
    return x.astype(np.float32), y.astype(np.int64), len(np.unique(y))


def _characters() -> tuple[Any, Any]:
    """Pieces of 32 characters of Python's own sources, and the same one place further on."""
    folder = Path(argparse.__file__).parent
    text = "\n".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in ("argparse", "inspect", "pickle"))
    numbers = np.array([ord(c) - 31 if 32 <= ord(c) < 127 else 0 for c in text])
    starts = np.random.default_rng(0).permutation(len(numbers) - 33)[:900]
    pieces = np.stack([numbers[s : s + 33] for s in starts])
    return pieces[:, :-1], pieces[:, 1:]


def network(settings: Settings, inputs: int, classes: int) -> Any:
    from torch import nn

    out = classes or 1
    if settings.faults.get("deep"):
        hidden = [layer for _ in range(12) for layer in (nn.Linear(32, 32), nn.Sigmoid())]
        return nn.Sequential(nn.Linear(inputs, 32), nn.Sigmoid(), *hidden, nn.Linear(32, out))
    if settings.model == "linear":
        return nn.Linear(inputs, out)
    if settings.model == "mlp":
        return nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, out))
    if settings.model == "autoencoder":
        return nn.Sequential(
            nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, 8), nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, inputs)
        )
    if settings.model.startswith("cnn"):
        drop = [nn.Dropout(0.3)] if "dropout" in settings.model else []
        return nn.Sequential(
            *(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), *drop, nn.Linear(256, out)),
        )
    return _reader(settings.model, classes)


def _reader(model: str, classes: int) -> Any:
    import torch
    from torch import nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.place = nn.Embedding(classes, 32), nn.Parameter(torch.zeros(32, 32))
            self.out = nn.Linear(32, classes)
            if model == "lstm":
                self.body: Any = nn.LSTM(32, 32, batch_first=True)
            else:
                layer = nn.TransformerEncoderLayer(32, 2, 64, 0.0, batch_first=True, norm_first=True)
                self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.mask = nn.Transformer.generate_square_subsequent_mask(32)

        def forward(self, x: Any) -> Any:
            h = self.embed(x) + self.place
            h = self.body(h)[0] if model == "lstm" else self.body(h, mask=self.mask)
            return self.out(h).transpose(1, 2)

    return Reader()


def rate(settings: Settings, at: float) -> float:
    """The learning rate at a share of the training."""
    if settings.schedule == "constant":
        return settings.lr
    if settings.schedule == "step":
        return settings.lr * (0.1 ** int(at * 3))
    if settings.schedule == "short":
        return settings.lr * (0.5 * (1 + np.cos(np.pi * at * 5)) if at < 0.2 else 1e-4)
    warm = min(1.0, at / 0.1) if settings.schedule == "warmup" else 1.0
    return float(settings.lr * warm * (0.05 + 0.475 * (1 + np.cos(np.pi * at))))


def train(settings: Settings, seed: int) -> list[dict[str, Any]]:
    """What one training logs, a row an epoch."""
    import torch

    f = settings.faults
    torch.set_num_threads(1)
    torch.manual_seed(0 if f.get("same_seed") else seed)
    x, y, classes = data(settings.data)
    order = np.random.default_rng(0).permutation(len(x))
    cut = len(x) * 3 // 4
    rows, held = order[:cut][: settings.samples], order[cut:]
    rows = np.concatenate([rows, held]) if f.get("leak") else rows
    target = x if settings.model == "autoencoder" else y
    inputs, targets = torch.as_tensor(x[rows]), torch.as_tensor(target[rows])
    held_in, held_out = torch.as_tensor(x[held]), torch.as_tensor(target[held])
    if f.get("shuffled"):
        dice = np.random.default_rng(seed)
        targets = torch.as_tensor(
            dice.permuted(target[rows], axis=-1) if target.ndim > 1 else dice.permutation(target[rows])
        )
    if f.get("other_input"):
        held_in = held_in * 6 + 3
    net = network(settings, x.shape[-1], classes)
    loss_of = _loss(settings, classes, half=bool(f.get("half")))
    optimizer = _optimizer(settings, net)
    logged, best = [], float("inf")
    for epoch in range(settings.epochs):
        lr = rate(settings, epoch / settings.epochs) * (200 if f.get("blown") == seed and epoch > 5 else 1)
        losses, norms = _epoch(net, optimizer, (inputs, targets), loss_of, settings, lr=lr, epoch=epoch)
        net.eval()
        with torch.no_grad():
            out = net(held_in)
            value, score = float(loss_of(out, held_out)), _score(settings, out, held_out)
        net.train()
        before, best = best, min(best, losses)
        keys = [key.format(_metric(settings)) for key in NAMES[settings.names]]
        row = {"_step": epoch, "epoch": epoch, **dict(zip(keys, (losses, value, score, norms, lr), strict=True))}
        logged.append({**row, **({"best_loss": before if epoch else 2 * losses} if f.get("wrong_best") else {})})
    return logged


def _metric(settings: Settings) -> str:
    return "mse" if settings.model == "autoencoder" or settings.data == "diabetes" else "accuracy"


def _loss(settings: Settings, classes: int, *, half: bool) -> Callable[[Any, Any], Any]:
    import torch
    from torch.nn import functional

    if settings.model == "autoencoder" or not classes:
        return functional.mse_loss
    if not half:
        return functional.cross_entropy

    def unstable(out: Any, target: Any) -> Any:
        """A softmax in 16 bits without the largest logit taken off: it overflows once a logit reaches 11."""
        grown = torch.exp(out.half())
        shares = grown / grown.sum(1, keepdim=True)
        return -torch.log(shares.gather(1, target[:, None])).float().mean()

    return unstable


def _score(settings: Settings, out: Any, target: Any) -> float:
    if _metric(settings) == "mse":
        return float(((out - target) ** 2).mean())
    return float((out.argmax(1) == target).float().mean())


def _optimizer(settings: Settings, net: Any) -> Any:
    from torch import optim

    kind = {"adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop}.get(settings.optimizer)
    if kind is None:
        return optim.SGD(net.parameters(), lr=settings.lr, momentum=0.9, weight_decay=settings.weight_decay)
    return kind(net.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)


def _epoch(
    net: Any, optimizer: Any, pair: tuple[Any, Any], loss_of: Any, settings: Settings, *, lr: float, epoch: int
) -> tuple[float, float]:
    """The mean loss and the mean gradient norm of an epoch."""
    import torch

    for group in optimizer.param_groups:
        group["lr"] = lr
    inputs, targets = pair
    losses, norms = [], []
    every = settings.faults.get("broken")
    for batch in torch.randperm(len(inputs)).split(settings.batch):
        spoilt = every and epoch % every == every - 1
        out = net(inputs[batch] * 60.0 if spoilt else inputs[batch])
        loss = loss_of(out, targets[batch])
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(net.parameters(), settings.clip or 1e9)))
        if not spoilt:
            optimizer.step()
        losses.append(float(loss))
    return float(np.mean(losses)), float(np.mean(norms))


def group(settings: Settings, seeds: Sequence[int], name: str, cache: Path) -> Group:
    """Seeds of one training, those that the folder holds as they are."""
    runs = []
    for seed in seeds:
        place = cache / f"{name}-{seed}.json"
        kept = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        if kept.get("settings") != repr(settings):
            kept = {"settings": repr(settings), "rows": train(settings, seed)}
            cache.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(kept), encoding="utf-8")
        runs.append(_run(settings, seed, name, kept["rows"]))
    return Group(name, name, tuple(runs))


def _run(settings: Settings, seed: int, name: str, rows: Sequence[Mapping[str, Any]]) -> Run:
    told = {"lr": settings.lr, "epochs": settings.epochs, "batch": settings.batch, "optimizer": settings.optimizer}
    told |= {"weight_decay": settings.weight_decay, "model": settings.model, "clip": settings.clip}
    told |= {"samples": settings.samples, **settings.faults.get("told", {}), "seed": seed}
    info = RunInfo(f"{name}{seed}", f"{name}{seed}", "test", f"{name}{seed}/", group=name, state="finished", seed=seed)
    metric = NAMES[settings.names][2].format(_metric(settings))
    return Run(info, config=told, summary={metric: rows[-1][metric]}, history=History.from_rows(list(rows)))


def null_runs(name: str, count: int, cache: Path) -> Sequence[Run]:
    """Healthy seeds of a configuration."""
    return group(HEALTHY[name], range(count), _file(name), cache).runs


def faulty(fault: str, seeds: Sequence[int], cache: Path) -> tuple[Group, Group]:
    """A group with the fault, and its baseline with other seeds."""
    (bad, good), _ = {**FAULTS, **FRESH}[fault]
    name = next(name for name, settings in HEALTHY.items() if settings == good)
    return group(bad, seeds, _file(fault), cache), group(good, [s + 3 for s in seeds], _file(name), cache)


def _file(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)


def names_of(fault: str) -> Iterator[str]:
    """The findings that name a fault rightly."""
    yield from {**FAULTS, **FRESH}[fault][1]
