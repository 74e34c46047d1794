"""A fourth set of planted faults, in the trainings of the third: written down after the first three sets had mended the
rules, and committed before any of them was trained. What the first look showed is in `findings_first_looks.tsv`."""

from typing import Any

import findings_third as third
from findings_third import BINARY, FACTORS, GPT, GRU, HUBER, LESS, NET, STUCK, Settings

__all__ = ["FOURTH"]

WIDE, HIGH = ("overfitting", "generalisation_gap"), ("lr_too_high", "diverged", "nonfinite")
FOURTH: dict[str, tuple[tuple[Settings, Settings], tuple[str, ...]]] = {
    "GRU, learning rate 0": (third.planted(GRU, lr=0.0), ("lr_zero",)),
    "regression, learning rate 250 times too high": (third.planted(HUBER, lr=0.5), HIGH),
    "GRU, learning rate 100 times too high": (third.planted(GRU, lr=0.5), HIGH),
    "classifier, learning rate 300 times too high": (third.planted(BINARY, lr=0.3), HIGH),
    "factorisation, learning rate 20 times too high": (third.planted(FACTORS, lr=2.0), HIGH),
    "regression in 16 bits": (third.planted(HUBER, half=True), ("nonfinite",)),
    "GPT, learning rate 1,000 times too low": (third.planted(GPT, lr=3e-6), ("did_not_learn",)),
    "residual network, labels shuffled": (third.planted(NET, shuffled_rows=True), LESS),
    "regression, targets shuffled": (third.planted(HUBER, shuffled_rows=True), LESS),
    "GRU, targets of other samples": (third.planted(GRU, shuffled_rows=True), LESS),
    "residual network, 30 % of the labels wrong": (third.planted(NET, wrong=0.3), LESS),
    "residual network, 40 samples, 15 times as long": (third.planted(NET, samples=40, epochs=200, batch=16), WIDE),
    "GRU, 20 samples, 10 times as long": (third.planted(GRU, samples=20, epochs=240, batch=8), WIDE),
    "classifier, 40 samples, 15 times as long": (third.planted(BINARY, samples=40, epochs=360, batch=16), WIDE),
    "residual network, stopped at a fifth": (third.planted(NET, epochs=3), ("shorter_training",)),
    "GRU, stopped at a fourth": (third.planted(GRU, epochs=6), ("shorter_training",)),
    "regression, validation data trained on": (third.planted(HUBER, leak=True), ("suspicious_validation",)),
    "GPT, clipped at a thousandth": (third.planted(GPT, clip=1e-3), ("mostly_clipped",)),
    "residual network, weight decay 1,000 times": (third.planted(NET, weight_decay=0.5), STUCK),
    "classifier, seed not passed on": (third.planted(BINARY, same_seed=True), ("seed_without_effect",)),
    "GRU, rate flag not passed on": (third.planted(GRU, told={"lr": 5e-2}), ("setting_without_effect",)),
}


def names_of(fault: str) -> tuple[str, ...]:
    """The findings that name a fault rightly."""
    return FOURTH[fault][1]


def faulty(fault: str, seeds: Any, cache: Any) -> tuple[Any, Any]:
    """A group with the fault, and its baseline with other seeds."""
    return third.beside(fault, FOURTH[fault][0], seeds, cache)
