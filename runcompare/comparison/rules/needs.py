"""What a check needs to be logged, and which checks did not run for want of it.

Each need is a question about one side. A rule that lacks several is told of the first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runcompare.comparison.measured import FEWEST, MeasuredRun, MeasuredSide
from runcompare.comparison.model import NotRun
from runcompare.comparison.rules.rule import Alone, Facts, Rule
from runcompare.comparison.rules.validation import has_test_and_validation, is_held_out
from runcompare.comparison.stages.detect import Stage
from runcompare.comparison.stages.signs import classes_told, clip_told, learning_rate_curve, learning_rates
from runcompare.metrics.registry import lookup
from runcompare.records.config import flatten
from runcompare.records.conventions import SEARCHES, gate_keys

__all__ = ["NEEDS", "Need", "not_run", "runs_on"]

Stages = Sequence[Stage]


class Need(NamedTuple):
    """A thing that must be there: what to say where it lacks, and whether a side has it."""

    lacks: str
    met: Callable[[MeasuredSide, Stages], bool]


def _logged(quantity: str, at_least: int = 1) -> Callable[[MeasuredSide, Stages], bool]:
    def met(side: MeasuredSide, stages: Stages) -> bool:
        return any(len(curve) >= at_least for stage in stages for curve in side.curves(stage, quantity))

    return met


def _keys(run: MeasuredRun) -> set[str]:
    return {*run.run.summary, *run.run.history.numeric_keys}


def _in_summary(*keys: str) -> Callable[[MeasuredSide, Stages], bool]:
    return lambda side, stages: any(key in run.run.summary for run in side.runs for key in keys)


NEEDS: Mapping[str, Need] = {
    "loss": Need("no training loss logged", _logged("loss")),
    "loss curve": Need(f"fewer than {FEWEST} values of a training loss", _logged("loss", FEWEST)),
    "validation loss": Need("no validation loss logged", _logged("val_loss")),
    "validation curve": Need(f"fewer than {FEWEST} values of a validation loss", _logged("val_loss", FEWEST)),
    "gradient norm": Need(f"fewer than {FEWEST} values of a gradient norm", _logged("grad_norm", FEWEST)),
    "learning rate": Need(
        "no learning rate logged or stated",
        lambda side, stages: any(learning_rates(run.run) is not None for run in side.runs),
    ),
    "learning rate curve": Need(
        "no learning rate logged over the training",
        lambda side, stages: any(learning_rate_curve(run.run) is not None for run in side.runs),
    ),
    "clipping norm": Need("no clipping norm stated", lambda side, stages: any(clip_told(run.run) for run in side.runs)),
    "classes": Need(
        "no number of classes stated", lambda side, stages: any(classes_told(run.run) for run in side.runs)
    ),
    "settings": Need("no settings logged", lambda side, stages: any(flatten(run.run.config) for run in side.runs)),
    "two runs": Need("fewer than two runs", lambda side, stages: len(side) > 1),
    "three runs": Need("fewer than three runs", lambda side, stages: len(side) > 2),
    "seeds": Need(
        "no two known seeds", lambda side, stages: len({r.run.seed for r in side.runs if r.run.seed is not None}) > 1
    ),
    "best loss": Need(
        "no best loss logged",
        lambda side, stages: (
            any("best_loss" in stage.keys for stage in stages)
            or any(key.endswith("best_loss") for run in side.runs for key in run.run.figures)
        ),
    ),
    "search": Need(
        "no test-time search logged", _in_summary(*(key for keys in SEARCHES for key in (keys.alone, keys.searched)))
    ),
    "gate": Need(
        "no gate logged", lambda side, stages: bool(gate_keys(key for run in side.runs for key in run.run.summary))
    ),
    "utilisation": Need(
        "no utilisation of an accelerator logged",
        lambda side, stages: any(not run.ledger.total.utilisation.is_missing for run in side.runs),
    ),
    "throughput": Need(
        "no training throughput logged",
        lambda side, stages: any(
            lookup(key).kind == "throughput" and not is_held_out(key) for run in side.runs for key in _keys(run)
        ),
    ),
    "test and validation": Need(
        "no result logged on test and validation data both",
        lambda side, stages: any(has_test_and_validation(_keys(run)) for run in side.runs),
    ),
    "time": Need("no time logged", lambda side, stages: any(not run.ledger.total.wall.is_missing for run in side.runs)),
    "claims": Need("nothing claimed", lambda side, stages: any(run.run.claims for run in side.runs)),
}

EITHER: frozenset[str] = frozenset({"clipping norm", "gate", "claims", "search"})  # one side of two is enough


def runs_on(rule: Rule, sides: Sequence[MeasuredSide], stages: Stages) -> str:
    """What the rule lacks on these sides, or on the one; empty where it runs."""
    alone = len(sides) == 1 and rule.needs_alone is not None
    for name in (rule.needs_alone or ()) if alone else rule.needs:
        met = [NEEDS[name].met(side, stages) for side in sides]
        if name in EITHER and any(met):
            continue
        if not all(met):
            some = len(sides) > 1 and any(met)
            return f"{NEEDS[name].lacks} by the {sides[met.index(False)].role}" if some else NEEDS[name].lacks
    return ""


def not_run(rules: Sequence[Rule], facts: Facts | Alone) -> tuple[NotRun, ...]:
    """Rules with a code that can't run on these facts, by what they lack, the most frequent first."""
    sides = (facts.side,) if isinstance(facts, Alone) else facts.sides
    lacking: dict[str, list[str]] = {}
    for rule in rules:
        if rule.code and (lacks := runs_on(rule, sides, facts.stages)):
            lacking.setdefault(lacks, []).append(rule.code)
    found = [NotRun(lacks, tuple(sorted(codes))) for lacks, codes in lacking.items()]
    return tuple(sorted(found, key=lambda n: (-len(n.codes), n.codes)))
