"""Records of ablations whose truth is known."""

import math

from runcompare.comparison.causes.ablation import Ablation, ArmRecord, ArmRun, Factor
from runcompare.comparison.model import ConfigChange
from runcompare.metrics.metric import Meanings

RMSE, ACC = (Meanings().metric(key) for key in ("test/rmse", "test/acc"))
FACTORS = (
    Factor("lr", "optimiser", (ConfigChange("lr", 0.1, 0.3, "changed"),)),
    Factor(
        "rollout", "rollout", (ConfigChange("a.rollout", 3, 1, "changed"), ConfigChange("b.rollout", 1, 0, "changed"))
    ),
)
GAIN, SLOWER, DEARER = {"lr": 0.5, "rollout": 0.8}, {"lr": 0.0, "rollout": 30.0}, {"lr": 0.0, "rollout": 0.5}


def arm(*on: str, bend: float = 1.0, seeds: int = 3) -> ArmRecord:
    level = math.prod(GAIN[name] for name in on) * (bend if len(on) == 2 else 1)
    runs = [
        ArmRun(
            seed=s,
            run_id=f"{'-'.join(on)}{s}",
            value=level * (1 + (s - 1) / 100),
            seconds=60 + sum(SLOWER[name] for name in on) + s,
            machine="Some CPU (1 thread)",
            money=1 + sum(DEARER[name] for name in on) + s / 100,
        )
        for s in range(seeds)
    ]
    return ArmRecord(" + ".join(on) or "old", on, tuple(runs))


def record(bend: float = 1.0) -> Ablation:
    """All combinations of two changes, three seeds each; `bend` is what both do together beside their product."""
    arms = arm(), arm("lr"), arm("rollout"), arm("lr", "rollout", bend=bend)
    return Ablation("new", "old", "test/rmse", "factorial", 3, FACTORS, arms)
