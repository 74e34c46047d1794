"""Noise you can trust: is a difference between two groups of runs real?

Policy. The noise that matters is what another seed would do, so a claim about a method needs replicates, or the
project's history of replicates; a training curve or a test set can't stand in for them. Where the noise is unknown
there is no p-value and the verdict is "can't tell". Error rates are measured by simulation:
`tests/benchmarks/calibration.py` covers every situation. Everything takes arrays and returns plain data, with
warnings and assumptions as data; nothing here prints, reads files or knows what a run is.

`decide` is the entry point; the rest are its parts. `docs/how-runcompare-decides.md` explains each situation.
"""

from runcompare.stats.best_of import BestOf, best_of_k, expected_maximum
from runcompare.stats.correlation import Correlation, pooled_correlation
from runcompare.stats.curves import Level, curve_level
from runcompare.stats.decide import decide
from runcompare.stats.decision import Decision, Noise, Note, SeedRange, Verdict
from runcompare.stats.divergence import fisher
from runcompare.stats.guardrail import Guardrail, check_guardrail
from runcompare.stats.multiplicity import benjamini_hochberg, holm
from runcompare.stats.others import Family, Others
from runcompare.stats.others import pool as pool_families
from runcompare.stats.paired import decide_paired, pair_correlation, pair_noise, pairing_decides
from runcompare.stats.permutation import permutation_p, smallest_p
from runcompare.stats.power import Plan, plan, power, seeds_beyond, seeds_for, seeds_per_arm
from runcompare.stats.ranks import Ranked, Ranking, rank_groups
from runcompare.stats.samples import decide_on_samples
from runcompare.stats.sequential import LOOKS, Look, Made, Turn, e_value, look, look_alpha, planned_sizes, turn
from runcompare.stats.tails import Finals, TailNoise, final_values
from runcompare.stats.target import TargetTest, decide_target
from runcompare.stats.tasks import Improvement, TaskPool, pool_tasks
from runcompare.stats.verdict import verdict

__all__ = [
    "LOOKS",
    "BestOf",
    "Correlation",
    "Decision",
    "Family",
    "Finals",
    "Guardrail",
    "Improvement",
    "Level",
    "Look",
    "Made",
    "Noise",
    "Note",
    "Others",
    "Plan",
    "Ranked",
    "Ranking",
    "SeedRange",
    "TailNoise",
    "TargetTest",
    "TaskPool",
    "Turn",
    "Verdict",
    "benjamini_hochberg",
    "best_of_k",
    "check_guardrail",
    "curve_level",
    "decide",
    "decide_on_samples",
    "decide_paired",
    "decide_target",
    "e_value",
    "expected_maximum",
    "final_values",
    "fisher",
    "holm",
    "look",
    "look_alpha",
    "pair_correlation",
    "pair_noise",
    "pairing_decides",
    "permutation_p",
    "plan",
    "planned_sizes",
    "pool_families",
    "pool_tasks",
    "pooled_correlation",
    "power",
    "rank_groups",
    "seeds_beyond",
    "seeds_for",
    "seeds_per_arm",
    "smallest_p",
    "turn",
    "verdict",
]
