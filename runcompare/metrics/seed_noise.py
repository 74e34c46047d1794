"""The noise library: how much a metric of a kind differs from seed to seed in other people's runs.

`seed_noise.tsv` holds statistics of public replicated runs, one line for the groups of one family of models on one
suite of tasks, with source, licence and date; `tests/benchmarks/seed_noise.py` computes it from checkouts of the
sources. Which kind a metric is of, its meaning says; a metric whose name no kind of the table knows has none here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from typing import Any

from runcompare.metrics.metric import Metric
from runcompare.metrics.registry import Meaning, lookup

__all__ = ["KindNoise", "SeedNoise", "seed_noise", "table"]


@dataclass(frozen=True, slots=True)
class SeedNoise:
    """A line of the table.

    Attributes:
        kind: what was measured, such as "accuracy".
        scale: "log" or "logit", on which `noise` is a standard deviation, or "relative": relative to the mean.
        family: the models and tasks that are alike; lines of several collections may be of one family.
        collection: whose runs; `task` and `model` say which.
        groups: how many groups of replicates, with `runs` runs, without the `diverged` ones.
        noise: the typical standard deviation of the last value; `noise_tail` of the mean of the last tenth of the
            evaluations, None where only last values are published.
        spread: standard deviation of the logarithm of the noise between groups; `spread_tail` likewise.
        source: where the runs are published; `licence` and `date` are those of the copy that was read.
    """

    kind: str
    scale: str
    family: str
    collection: str
    task: str
    model: str
    groups: int
    runs: int
    diverged: int
    noise: float
    spread: float
    noise_tail: float | None
    spread_tail: float | None
    source: str
    licence: str
    date: str


@dataclass(frozen=True, slots=True)
class KindNoise:
    """What the library has on a metric: lines of one kind.

    `times` is what their noise is multiplied by, for a metric that is a power of what they measured; `relative` says
    that it is relative to the level of the values on the metric's scale.
    """

    kind: str
    lines: tuple[SeedNoise, ...]
    times: float = 1.0
    relative: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    """Keys whose meaning is that of a kind; "log of" keys are the exponential of what the kind measures."""

    kind: str
    keys: tuple[str, ...]
    times: float = 1.0
    exponential: bool = False
    training_too: bool = False  # whether it is also measured while training


_LANGUAGE = "language model loss"
_PERPLEXITY = ("perplexity", "ppl", "word_perplexity", "token_perplexity", "byte_perplexity")
_KINDS = (
    _Kind(_LANGUAGE, ("bpb", "bpc", "bits_per_byte", "bits_per_char", "bits_per_character", "bits_per_token")),
    _Kind(_LANGUAGE, _PERPLEXITY, exponential=True),
    _Kind("accuracy", ("accuracy", "acc", "accuracies", "top1", "top_1", "acc1")),
    _Kind("ROC AUC", ("roc_auc", "auroc", "auc")),
    _Kind("RMSE", ("rmse", "nrmse", "nrmse_mean", "root_mean_squared_error")),
    _Kind("RMSE", ("mse", "nmse", "mean_squared_error"), times=2.0),  # its square
    _Kind("MAE", ("mae", "mean_absolute_error")),
    _Kind(
        "episode return",
        (
            *("return", "returns", "episode_reward", "episode_return", "episodic_return", "ep_reward"),
            *("ep_rew_mean", "episode_reward_mean", "episode_return_mean", "mean_reward"),
        ),
        training_too=True,
    ),
)


def seed_noise(metric: Metric, beside: Iterable[str] = (), *, tail: bool = False) -> KindNoise | None:
    """What the library has on a metric; None where its meaning is that of no kind in it.

    Args:
        metric: on the scale on which it is compared.
        beside: the other keys that its runs log. A loss beside a perplexity is a language model's.
        tail: whether the mean of the last tenth of the evaluations stands for a run, not the last value.
    """
    kind = _kind_of(metric, beside)
    if kind is None or (metric.role == "train" and not kind.training_too):
        return None
    lines = tuple(_tail(line) if tail else line for line in table() if line.kind == kind.kind)
    scale = {"relative": "linear"}.get(lines[0].scale, lines[0].scale)
    if metric.scale != scale:
        return None
    return KindNoise(kind.kind, lines, kind.times, kind.exponential or lines[0].scale == "relative")


def _kind_of(metric: Metric, beside: Iterable[str]) -> _Kind | None:
    meaning = lookup(metric.key)
    if metric.direction != meaning.direction:
        return None  # the user or the run says that it is something else
    if meaning.kind == "loss" and meaning.words == "loss":
        perplexity = next(kind for kind in _KINDS if kind.exponential)
        with_one = any(_matches(lookup(key), perplexity) for key in beside)
        return _Kind(_LANGUAGE, ()) if with_one else None
    return next((kind for kind in _KINDS if _matches(meaning, kind)), None)


def _matches(meaning: Meaning, kind: _Kind) -> bool:
    """Whether the same words decide what the key means, in the same way."""
    return (meaning.words, meaning.direction, meaning.scale) in _meanings(kind)


@cache
def _meanings(kind: _Kind) -> frozenset[tuple[Any, ...]]:
    found = (lookup(key) for key in kind.keys)
    return frozenset((meaning.words, meaning.direction, meaning.scale) for meaning in found)


def _tail(line: SeedNoise) -> SeedNoise:
    """The line with the noise of the last tenth's mean in place of the last value's, where it is known."""
    if line.noise_tail is None or line.spread_tail is None:
        return line
    return replace(line, noise=line.noise_tail, spread=line.spread_tail)


@cache
def table() -> tuple[SeedNoise, ...]:
    """The library, read once."""
    text = resources.files(__package__).joinpath("seed_noise.tsv").read_text(encoding="utf-8")
    heading, *rows = (line.split("\t") for line in text.splitlines())
    if heading != [field.name for field in fields(SeedNoise)]:
        raise ValueError(f"seed_noise.tsv has the columns {heading}")
    return tuple(_line(row) for row in rows)


def _line(cells: list[str]) -> SeedNoise:
    kind, scale, family, collection, task, model, groups, runs, diverged, *numbers, source, licence, date = cells
    noise, spread, noise_tail, spread_tail = (float(cell) if cell else None for cell in numbers)
    assert noise is not None
    assert spread is not None
    return SeedNoise(
        kind,
        scale,
        family,
        collection,
        task,
        model,
        int(groups),
        int(runs),
        int(diverged),
        noise,
        spread,
        noise_tail,
        spread_tail,
        source,
        licence,
        date,
    )
