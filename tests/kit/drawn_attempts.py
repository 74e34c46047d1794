"""Attempts at a run as trainings make them, drawn at random: killed, and resumed before or behind where they were."""

import math
import random
from dataclasses import dataclass, field

__all__ = ["Attempt", "Row", "draw_attempts"]

KEYS = ("loss", "val/loss", "lr", "grad/norm", "late")
T0 = 1_700_000_000.0


@dataclass(frozen=True)
class Row:
    step: int
    time: float
    values: dict[str, float | int | str]


@dataclass
class Attempt:
    """Rows in the order logged; `start` is when the process began."""

    start: float
    rows: list[Row] = field(default_factory=list)


def _values(draw: random.Random, keys: list[str], step: int, odd: float) -> dict[str, float | int | str]:
    found: dict[str, float | int | str] = {}
    for key in keys:
        if key.startswith("val") and step % 7:
            continue
        if key == "late" and draw.random() < 0.5:
            continue
        found[key] = draw.choice((math.nan, math.inf)) if draw.random() < odd else round(draw.gauss(1, 1), 2)
    return found


def draw_attempts(draw: random.Random, *, steps: str = "any", least: int = 2) -> list[Attempt]:
    """Two to four attempts (one where `least` is 1). Some keys are logged by some attempts only; `global_step` and
    `epoch` beside the step by all, by some or by none.

    Args:
        draw: chooses.
        steps: "rise" if those of an attempt never fall, else now and then they do.
        least: how many attempts there are at least.
    """
    counts = draw.sample(("global_step", "epoch", "phase"), draw.randrange(4))
    step, time, found = 0, T0, list[Attempt]()
    for _ in range(draw.randrange(least, 5)):
        keys = draw.sample(KEYS, draw.randrange(1, len(KEYS)))
        keys = list(dict.fromkeys(["loss", *keys])) if draw.random() < 0.8 else keys
        odd, falls = draw.choice((0.0, 0.02)), steps != "rise" and draw.random() < 0.2
        attempt = Attempt(time)
        for _ in range(draw.choice((0, 3, 80, 250, 400)) if found else draw.choice((80, 250, 400))):
            time += draw.choice((0.5, 0.5, 1.5))
            values = _values(draw, keys, step, odd)
            values |= {"global_step": step} if "global_step" in counts and draw.random() < 0.9 else {}
            values |= {"epoch": step // 50} if "epoch" in counts and draw.random() < 0.9 else {}
            values |= {"phase": "warm" if step < 60 else "hot"} if "phase" in counts else {}
            attempt.rows.append(Row(step, time, values))
            step += draw.choice((0, 1, 1, 2)) if not falls or draw.random() < 0.98 else -min(step, 30)
        found.append(attempt)
        step = max(0, step + draw.choice((1, -1, -30, -30, -120, -1000)))
        time += draw.choice((5.0, 500.0))
    return found
