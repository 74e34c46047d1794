"""A fifth set of planted faults, in three more trainings: written down after the fourth had mended the rules, and
committed before any of them was trained. What the first look showed is in `findings_first_looks.tsv`."""

from typing import Any

import findings_third as third
from findings_third import LESS, STUCK, Settings

__all__ = ["FIFTH"]

WIDE, HIGH = ("overfitting", "generalisation_gap"), ("lr_too_high", "diverged", "nonfinite")
WORDS = Settings("words", 5e-3, 16, batch=32, optimizer="adam", weight_decay=0.0)
TEMPORAL = Settings("temporal", 4e-3, 30, schedule="linear", warmup=0.1, clip=5.0)
QUANTILES = Settings("quantiles", 0.1, 30, optimizer="sgd", schedule="step", weight_decay=1e-4)
FIFTH: dict[str, tuple[tuple[Settings, Settings], tuple[str, ...]]] = {
    "words, learning rate 0": (third.changed(WORDS, lr=0.0), ("lr_zero",)),
    "words, learning rate 200 times too high": (third.changed(WORDS, lr=1.0), HIGH),
    "words, learning rate 1,000 times too low": (third.changed(WORDS, lr=5e-6), ("did_not_learn",)),
    "words, labels shuffled": (third.changed(WORDS, shuffled_rows=True), LESS),
    "words, 40 samples, 12 times as long": (third.changed(WORDS, samples=40, epochs=190), WIDE),
    "words, validation data trained on": (third.changed(WORDS, leak=True), ("suspicious_validation",)),
    "words, half of the labels wrong": (third.changed(WORDS, wrong=0.5), LESS),
    "temporal, clipped at a thousandth, SGD": (
        third.changed(TEMPORAL, clip=1e-3, optimizer="sgd"),
        ("mostly_clipped",),
    ),
    "temporal, in 16 bits": (third.changed(TEMPORAL, half=True), ("nonfinite",)),
    "temporal, stopped at a fifth": (third.changed(TEMPORAL, epochs=6), ("shorter_training",)),
    "temporal, targets of other samples": (third.changed(TEMPORAL, shuffled_rows=True), LESS),
    "temporal, wrong sign of the loss": (third.changed(TEMPORAL, sign=-1), ("diverged", "nonfinite", "did_not_learn")),
    "temporal, learning rate 200 times too high": (third.changed(TEMPORAL, lr=0.8), HIGH),
    "temporal, decay and warm-up lost at 5 times the rate": (
        third.changed(TEMPORAL, lr=2e-2, schedule="constant", warmup=0.0),
        ("lr_never_decayed", "lr_too_high"),
    ),
    "quantiles, all but the last layer frozen": (third.changed(QUANTILES, frozen_body=True), STUCK),
    "quantiles, running statistics never updated": (
        third.changed(QUANTILES, frozen_statistics=True),
        ("nothing_carried_over", "generalisation_gap"),
    ),
    "quantiles, seed not passed on": (third.changed(QUANTILES, same_seed=True), ("seed_without_effect",)),
    "quantiles, rate flag not passed on": (third.changed(QUANTILES, told={"lr": 1.0}), ("setting_without_effect",)),
    "quantiles, rate read as text": (third.changed(QUANTILES, lr=1e-4, told={"lr": "1e-1"}), ("number_as_text",)),
    "quantiles, 60 samples, 10 times as long": (third.changed(QUANTILES, samples=60, epochs=300, batch=16), WIDE),
}


def names_of(fault: str) -> tuple[str, ...]:
    """The findings that name a fault rightly."""
    return FIFTH[fault][1]


def faulty(fault: str, seeds: Any, cache: Any) -> tuple[Any, Any]:
    """A group with the fault, and its baseline with other seeds."""
    return third.beside(fault, FIFTH[fault][0], seeds, cache)
