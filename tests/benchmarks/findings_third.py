"""A third set of real trainings with planted faults: other models, data, losses and loggers than the first two sets.

Written down, and committed, before any of them was trained. Six trainings: a residual network with batch norm, a
regression with Huber's loss, a small GPT that clips its gradients and logs as Trainer does (single steps, perplexity),
a GRU with an absolute error, a matrix factorisation, and a classifier with dropout and a binary cross entropy.
All log validation and test results and the samples a second that they really trained.
"""

import json
import pydoc_data.topics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from runcompare.records.history import History
from runcompare.records.run import Group, Hardware, Run, RunInfo

__all__ = ["HEALTHY", "THIRD", "Settings", "beside", "changed", "faulty", "names_of", "null_runs", "planted"]

CONTEXT, SYMBOLS = 24, 64


@dataclass(frozen=True)
class Settings:
    """What a training is told; `faults` are planted on top."""

    model: str
    lr: float
    epochs: int
    batch: int = 64
    optimizer: str = "adamw"
    schedule: str = "cosine"
    warmup: float = 0.0
    samples: int | None = None
    weight_decay: float = 1e-3
    clip: float | None = None
    faults: Mapping[str, Any] = field(default_factory=dict)


# training loss, validation loss, metric, gradient norm, learning rate: as their loggers call them
NAMES = {
    "residual": ("train_loss", "val_loss", "val_acc", "grad_norm", "lr"),
    "regression": ("train/huber_loss", "valid/huber_loss", "valid/rmse", "train/grad_norm", "train/learning_rate"),
    "gpt": ("loss", "eval_loss", "eval_perplexity", "grad_norm", "learning_rate"),
    "gru": ("Loss/train", "Loss/val", "MAE/val", "Gradients/norm", "LearningRate"),
    "factors": ("training_loss", "validation_loss", "validation_rmse", "gradient_norm", "lr-SGD"),
    "classifier": ("loss", "val_loss", "val_auc", "grad_norm", "lr"),
    "words": ("train/loss", "validation/loss", "validation/accuracy", "grad/norm", "optimizer/lr"),
    "temporal": ("epoch_loss", "epoch_val_loss", "epoch_val_mae", "epoch_grad_norm", "epoch_learning_rate"),
    "quantiles": ("Train Loss", "Val Loss", "Val Accuracy", "Grad Norm", "LR"),
}
NET, HUBER, GPT, GRU, FACTORS, BINARY = (
    "residual network, batch norm, percent",
    "regression, Huber's loss",
    "GPT, clipped, logged by steps",
    "GRU, absolute error",
    "matrix factorisation, SGD",
    "classifier, dropout, binary cross entropy",
)
HEALTHY = {
    NET: Settings("residual", 0.05, 14, optimizer="sgd", weight_decay=5e-4),
    HUBER: Settings("regression", 2e-3, 40),
    GPT: Settings("gpt", 3e-3, 16, clip=1.0, schedule="linear", warmup=0.1),
    GRU: Settings("gru", 5e-3, 24, optimizer="adam", weight_decay=0.0, schedule="step"),
    FACTORS: Settings("factors", 0.1, 60, batch=128, optimizer="sgd", weight_decay=1e-4, clip=10.0),
    BINARY: Settings("classifier", 1e-3, 24, optimizer="rmsprop", weight_decay=0.0, schedule="constant"),
}


def planted(name: str, **changes: Any) -> tuple[Settings, Settings]:
    """A training with what is changed or planted, and the healthy one."""
    return changed(HEALTHY[name], **changes)


def changed(healthy: Settings, **changes: Any) -> tuple[Settings, Settings]:
    """As `planted`, of settings at hand."""
    own = {key: changes.pop(key) for key in list(changes) if key in Settings.__dataclass_fields__}
    return replace(healthy, **own, faults=changes), healthy


LESS = ("at_chance", "nothing_carried_over", "did_not_learn")  # the data hold less to learn
STUCK = ("stalled", "did_not_learn", "at_chance")
# fault: what was done, beside its baseline, and the findings that name it rightly
THIRD: dict[str, tuple[tuple[Settings, Settings], tuple[str, ...]]] = {
    "residual network, learning rate 0": (planted(NET, lr=0.0), ("lr_zero",)),
    "residual network, learning rate 200 times too high": (
        planted(NET, lr=10.0),
        ("lr_too_high", "diverged", "nonfinite"),
    ),
    "residual network, running statistics never updated": (
        planted(NET, frozen_statistics=True),
        ("nothing_carried_over", "generalisation_gap"),
    ),
    "residual network, all but the last layer frozen": (planted(NET, frozen_body=True), STUCK),
    "GPT in 16 bits": (planted(GPT, half=True), ("nonfinite",)),
    "GPT, stopped at a fifth": (planted(GPT, epochs=3), ("shorter_training",)),
    "GPT, 24 pieces, 12 times as long": (
        planted(GPT, samples=24, epochs=200, batch=8),
        ("overfitting", "generalisation_gap"),
    ),
    "GPT, targets shuffled": (planted(GPT, shuffled=True), LESS),
    "GPT, decay and warm-up lost at 6 times the rate": (
        planted(GPT, lr=2e-2, schedule="constant", warmup=0.0),
        ("lr_never_decayed", "lr_too_high"),
    ),
    "regression, wrong sign of the loss": (planted(HUBER, sign=-1), ("diverged", "nonfinite", "did_not_learn")),
    "regression, half of the features are zero": (planted(HUBER, zeroed=True), LESS),
    "regression, 25 samples": (planted(HUBER, samples=25, epochs=120, batch=8), ("overfitting", "generalisation_gap")),
    "regression in bfloat16 at a small rate": (planted(HUBER, lr=2e-5, brain=True), STUCK),
    "GRU, weight decay of 1": (planted(GRU, weight_decay=1.0), STUCK),
    "GRU, clipped at a thousandth": (planted(GRU, clip=1e-3, optimizer="sgd"), ("mostly_clipped",)),
    "factorisation, learning rate 1,000 times too low": (planted(FACTORS, lr=1e-4), ("did_not_learn",)),
    "factorisation, seed not passed on": (planted(FACTORS, same_seed=True), ("seed_without_effect",)),
    "classifier, 30 % of the labels wrong": (planted(BINARY, noise=0.3), LESS),
    "classifier, validation data trained on": (planted(BINARY, leak=True, epochs=24), ("suspicious_validation",)),
    "classifier, samples in the order of their labels": (
        planted(BINARY, ordered=True),
        ("nothing_carried_over", "generalisation_gap", "at_chance"),
    ),
    "classifier, rate read as text": (planted(BINARY, lr=1e-5, told={"lr": "1e-3"}), ("number_as_text",)),
}


@lru_cache
def data(model: str) -> tuple[Any, Any]:
    """Inputs and targets."""
    from sklearn import datasets

    dice = np.random.default_rng(3)
    if model == "regression":
        x, y = datasets.make_friedman1(1200, noise=1.0, random_state=3)
        return x.astype(np.float32), ((y - y.mean()) / y.std()).astype(np.float32)
    if model == "classifier":
        x, y = datasets.make_classification(1500, 20, n_informative=8, class_sep=0.8, random_state=3)
        return x.astype(np.float32), y.astype(np.float32)
    if model == "gpt":
        text = "".join(pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics))
        numbers = np.array([min(max(ord(c) - 32, 0), 95) * SYMBOLS // 96 for c in text])
        pieces = np.stack([numbers[s : s + CONTEXT + 1] for s in dice.integers(len(numbers) - CONTEXT - 1, size=1000)])
        return pieces[:, :-1], pieces[:, 1:]
    if model == "gru":
        at = np.arange(CONTEXT + 4)
        rates, phases = dice.uniform(0.1, 0.9, (1000, 2, 1)), dice.uniform(0, 6.3, (1000, 2, 1))
        waves = np.sin(rates * at + phases).sum(1) + 0.1 * dice.normal(size=(1000, len(at)))
        return waves[:, :CONTEXT, None].astype(np.float32), waves[:, CONTEXT:].astype(np.float32)
    if model == "factors":
        users, items = dice.normal(size=(60, 3)), dice.normal(size=(80, 3))
        pairs = np.stack([dice.integers(60, size=3000), dice.integers(80, size=3000)], axis=1)
        ratings = (users[pairs[:, 0]] * items[pairs[:, 1]]).sum(1) + 0.3 * dice.normal(size=3000)
        return pairs, ratings.astype(np.float32)
    return _more(model, dice) if model != "residual" else _shapes(dice)


def _more(model: str, dice: np.random.Generator) -> tuple[Any, Any]:
    """Data of the fifth set: of which topic a piece of text is, the next value of a sequence, five nested classes."""
    from sklearn import datasets

    if model == "quantiles":
        x, y = datasets.make_gaussian_quantiles(n_samples=1500, n_features=6, n_classes=5, random_state=3)
        return x.astype(np.float32), y.astype(np.int64)
    if model == "temporal":
        walks = np.zeros((1000, 33))
        for i in range(2, 33):
            walks[:, i] = 1.6 * walks[:, i - 1] - 0.8 * walks[:, i - 2] + 0.3 * dice.normal(size=1000)
        return walks[:, None, :32].astype(np.float32), walks[:, 32].astype(np.float32)
    topics = sorted(pydoc_data.topics.topics, key=lambda name: -len(pydoc_data.topics.topics[name]))[:8]
    pieces, labels = [], []
    for label, name in enumerate(topics):
        text = pydoc_data.topics.topics[name]
        for start in dice.integers(len(text) - 80, size=110):
            part = text[start : start + 80]
            pieces.append([hash_of(part[i : i + 3]) for i in range(78)])
            labels.append(label)
    return np.array(pieces), np.array(labels)


def hash_of(text: str) -> int:
    """A number below 2,000 for a piece of text, the same in every process."""
    return sum(ord(c) * p for c, p in zip(text, (1, 131, 1031), strict=True)) % 2000


def _shapes(dice: np.random.Generator) -> tuple[Any, Any]:
    """Squares, crosses, bars and rings of 12 by 12 points, moved about, with noise."""
    drawn = np.zeros((4, 12, 12), np.float32)
    drawn[0, 3:9, 3:9] = 1
    drawn[1, 5:7, 2:10] = drawn[1, 2:10, 5:7] = 1
    drawn[2, 4:8, 2:10] = 1
    drawn[3, 2:10, 2:10] = 1
    drawn[3, 4:8, 4:8] = 0
    kind, moves = dice.integers(4, size=1000), dice.integers(-2, 3, (1000, 2))
    images = np.stack([np.roll(drawn[k], tuple(m), (0, 1)) for k, m in zip(kind, moves, strict=True)])
    return (images + 0.6 * dice.normal(size=images.shape)).astype(np.float32)[:, None], kind.astype(np.int64)


def network(settings: Settings) -> Any:
    import findings_third_networks as networks

    return networks.network(settings.model, symbols=SYMBOLS, context=CONTEXT)


def loss_of(model: str, out: Any, target: Any) -> Any:
    from torch.nn import functional

    out = out.float()
    if model in ("residual", "gpt", "words", "quantiles"):
        return functional.cross_entropy(out, target)
    kinds = {
        "regression": functional.huber_loss,
        "gru": functional.l1_loss,
        "temporal": functional.smooth_l1_loss,
        "factors": functional.mse_loss,
    }
    return kinds.get(model, functional.binary_cross_entropy_with_logits)(out, target)


def score(model: str, out: Any, target: Any) -> float:
    """The metric that a training logs: percent, an error, perplexity, or the area under the curve."""
    from sklearn.metrics import roc_auc_score

    out = out.float()
    if model in ("residual", "words", "quantiles"):
        return float((out.argmax(1) == target).float().mean() * (100 if model == "residual" else 1))
    if model == "gpt":
        return float(loss_of(model, out, target).exp())
    if model == "classifier":
        return float(roc_auc_score(target.numpy(), out.nan_to_num().numpy()))
    return (
        float(((out - target) ** 2).mean() ** 0.5)
        if model not in ("gru", "temporal")
        else float((out - target).abs().mean())
    )


def rate(settings: Settings, at: float) -> float:
    """The learning rate at a share of the training."""
    warm = min(1.0, (at + 1e-3) / settings.warmup) if settings.warmup else 1.0
    shapes = {"constant": 1.0, "linear": 1 - 0.95 * at, "step": 0.2 ** int(at * 3)}
    return float(settings.lr * warm * shapes.get(settings.schedule, 0.05 + 0.475 * (1 + np.cos(np.pi * at))))


def parts(settings: Settings, seed: int) -> list[tuple[Any, Any]]:
    """Training, validation and test data as tensors, with what was planted in them."""
    import torch

    f, (x, y) = settings.faults, data(settings.model)
    order = np.random.default_rng(0).permutation(len(x))
    cut, dice = len(x) * 3 // 5, np.random.default_rng(seed)
    rows, held, test = order[:cut][: settings.samples], order[cut : cut * 4 // 3], order[cut * 4 // 3 :]
    rows = np.concatenate([rows, held]) if f.get("leak") else rows
    inputs, targets = x.copy(), y[rows].copy()
    if f.get("zeroed"):
        inputs[:, ::2] = 0
    if f.get("shuffled"):
        targets = dice.permuted(targets, axis=-1)
    if f.get("shuffled_rows"):
        targets = dice.permutation(targets)
    if f.get("wrong"):
        targets = np.where(dice.random(len(rows)) < f["wrong"], dice.permutation(targets), targets)
    if f.get("noise"):
        wrong = dice.random(len(rows)) < f["noise"]
        targets = np.where(wrong, 1 - targets, targets).astype(targets.dtype)
    if f.get("ordered"):
        sorted_ = np.argsort(targets, kind="stable")
        rows, targets = rows[sorted_], targets[sorted_]
    pairs = [(inputs[rows], targets), (inputs[held], y[held]), (inputs[test], y[test])]
    return [(torch.as_tensor(a), torch.as_tensor(b)) for a, b in pairs]


def train(settings: Settings, seed: int) -> dict[str, Any]:
    """What one training logs: its rows, and its final results."""
    import torch

    f = settings.faults
    torch.set_num_threads(1)
    torch.manual_seed(0 if f.get("same_seed") else seed)
    (inputs, targets), held, test = parts(settings, seed)
    net = _prepared(network(settings), f)
    optimizer = _optimizer(settings, net)
    keys, by_steps = NAMES[settings.model], settings.model == "gpt"
    rows: list[dict[str, Any]] = []
    steps = [b for _ in range(settings.epochs) for b in _batches(len(inputs), settings)]
    each = len(steps) // settings.epochs
    losses, norms, started = [], [], time.perf_counter()
    for step, batch in enumerate(steps):
        lr = rate(settings, step / len(steps))
        loss, norm = _step(net, optimizer, (inputs[batch], targets[batch]), settings, lr=lr)
        losses.append(loss)
        norms.append(norm)
        ended = (step + 1) % each == 0
        if (step + 1) % 5 == 0 if by_steps else ended:
            row = {"_step": step + 1, "epoch": (step + 1) / each, keys[0]: float(np.mean(losses))}
            rows.append({**row, keys[3]: float(np.mean(norms)), keys[4]: lr})
            losses, norms = [], []
        if (step + 1) % (2 * each) == 0 if by_steps else ended:
            value, result = _evaluated(net, held, settings)
            found = {keys[1]: value, keys[2]: result}
            if by_steps:
                rows.append({"_step": step + 1, "epoch": (step + 1) / each, **found})
            else:
                rows[-1] |= found
    spent = time.perf_counter() - started
    _, tested = _evaluated(net, test, settings)
    last = next(row[keys[2]] for row in reversed(rows) if keys[2] in row)
    summary = {
        keys[2]: last,
        _test_key(keys[2]): tested,
        "train_samples_per_second": len(steps) * settings.batch / spent,
    }
    return {"settings": repr(settings), "rows": rows, "summary": summary}


def _test_key(key: str) -> str:
    for word in ("validation", "valid", "eval", "Val", "val"):
        if word in key:
            return key.replace(word, "test")
    return f"test_{key}"


def _batches(count: int, settings: Settings) -> list[Any]:
    import torch

    order = torch.arange(count) if settings.faults.get("ordered") else torch.randperm(count)
    return list(order.split(settings.batch))


def _prepared(net: Any, faults: Mapping[str, Any]) -> Any:
    if faults.get("frozen_body"):
        for parameter in list(net.parameters())[:-2]:
            parameter.requires_grad_(False)
    if faults.get("frozen_statistics"):
        for module in net.modules():
            if hasattr(module, "running_mean"):
                module.momentum = 0.0
    if faults.get("half"):
        net = net.half()
    return net.bfloat16() if faults.get("brain") else net


def _optimizer(settings: Settings, net: Any) -> Any:
    from torch import optim

    told = {"lr": settings.lr, "weight_decay": settings.weight_decay}
    trained = [p for p in net.parameters() if p.requires_grad]
    kind = {"adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop}.get(settings.optimizer)
    return kind(trained, **told) if kind else optim.SGD(trained, momentum=0.9, **told)


def _cast(net: Any, inputs: Any) -> Any:
    return inputs.to(next(net.parameters()).dtype) if inputs.is_floating_point() else inputs


def _step(net: Any, optimizer: Any, pair: tuple[Any, Any], settings: Settings, *, lr: float) -> tuple[float, float]:
    import torch

    for group in optimizer.param_groups:
        group["lr"] = lr
    loss = loss_of(settings.model, net(_cast(net, pair[0])), pair[1])
    optimizer.zero_grad()
    (loss * settings.faults.get("sign", 1)).backward()
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), settings.clip or 1e9)
    optimizer.step()
    return float(loss), float(norm)


def _evaluated(net: Any, pair: tuple[Any, Any], settings: Settings) -> tuple[float, float]:
    import torch

    net.eval()
    with torch.no_grad():
        out = net(_cast(net, pair[0]))
    net.train()
    return float(loss_of(settings.model, out, pair[1])), score(settings.model, out, pair[1])


def group(settings: Settings, seeds: Sequence[int], name: str, cache: Path) -> Group:
    """Seeds of one training, those that the folder holds as they are."""
    runs = []
    for seed in seeds:
        place = cache / f"{_file(name)}-{seed}.json"
        kept = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        if kept.get("settings") != repr(settings):
            kept = train(settings, seed)
            cache.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(kept), encoding="utf-8")
        runs.append(_run(settings, seed, name, kept))
    return Group(name, name, tuple(runs))


def _run(settings: Settings, seed: int, name: str, kept: Mapping[str, Any]) -> Run:
    told = {"lr": settings.lr, "epochs": settings.epochs, "batch_size": settings.batch, "seed": seed}
    told |= {"optimizer": settings.optimizer, "weight_decay": settings.weight_decay, "model": settings.model}
    told |= {"max_grad_norm": settings.clip, "n_train": settings.samples, **settings.faults.get("told", {})}
    info = RunInfo(f"{name}{seed}", f"{name}{seed}", "test", f"{name}{seed}/", group=name, state="finished", seed=seed)
    history = History.from_rows([dict(row) for row in kept["rows"]])
    return Run(info, config=told, summary=dict(kept["summary"]), history=history, hardware=Hardware(cpu="one"))


def null_runs(name: str, count: int, cache: Path) -> Sequence[Run]:
    """Healthy seeds of a configuration."""
    return group(HEALTHY[name], range(count), name, cache).runs


def faulty(fault: str, seeds: Sequence[int], cache: Path) -> tuple[Group, Group]:
    """A group with the fault, and its baseline with other seeds."""
    return beside(fault, THIRD[fault][0], seeds, cache)


def beside(fault: str, pair: tuple[Settings, Settings], seeds: Sequence[int], cache: Path) -> tuple[Group, Group]:
    """Both groups of a fault: with it, and its baseline with other seeds."""
    bad, good = pair
    name = next((name for name, settings in HEALTHY.items() if settings == good), good.model)
    return group(bad, seeds, fault, cache), group(good, [seed + 3 for seed in seeds], name, cache)


def names_of(fault: str) -> tuple[str, ...]:
    """The findings that name a fault rightly."""
    return THIRD[fault][1]


def _file(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
