"""Which options say nothing of several candidates, of many tasks or of a single side, so that they are refused."""

from collections.abc import Sequence
from typing import Any

from runcompare.errors import UsageError
from runcompare.inputs.groups import Reference

__all__ = [
    "FLAGS",
    "OF_ONE_TASK",
    "OF_TWO_ALONE",
    "OF_TWO_SIDES",
    "check_no_second_side",
    "check_only_many",
    "check_only_tasks",
]


OF_TWO_SIDES = (  # options of `compare` that one group has no use for
    *("min_effect", "guardrails", "pair_by", "noise_library", "force"),
    *("ignore", "looks", "looked", "task_key", "task_metrics"),
)


OF_ONE_TASK = (  # not of many tasks
    *("guardrails", "noise_cv", "noise_from", "noise_library"),
    *("pair_by", "ignore", "looks", "looked"),
)


OF_TWO_ALONE = ("keep", "looks", "looked", "tried")  # not of several candidates


FLAGS = {"guardrails": "guardrail"}  # options whose flags have another name


def check_only_many(**options: Any) -> None:
    """Raises UsageError if what was given says nothing of several candidates."""
    if given := [name for name in (*OF_TWO_ALONE, "plots", "corrected") if options.get(name)]:
        hint = "Leave it out, or report on one candidate at a time."
        raise UsageError(f"With several candidates there is no use for {_as_flags(given)}.", hint=hint)


def check_only_tasks(**options: Any) -> None:
    """Raises UsageError if what was given says nothing of many tasks."""
    if given := [name for name in (*OF_ONE_TASK, "plots", "corrected") if options.get(name)]:
        hint = "Leave it out, or compare one task at a time."
        raise UsageError(f"With several tasks there is no use for {_as_flags(given)}.", hint=hint)


def check_no_second_side(baseline: Reference | None, **options: Any) -> None:
    """Raises UsageError if what was given is about two sides."""
    if baseline is not None:
        hint = "Leave one of them out: runcompare report RUNS --target 3.28; or runcompare report NEW OLD"
        raise UsageError("A report is about a baseline or about a target, not both.", hint=hint)
    given = [name for name in (*OF_TWO_SIDES, "plots", "corrected") if options.get(name)]
    if given:
        hint = "A target is itself the effect that is asked for: leave the flag out, or name a baseline instead."
        raise UsageError(f"With a target there is no use for {_as_flags(given)}.", hint=hint)


def _as_flags(names: Sequence[str]) -> str:
    return ", ".join(f"--{FLAGS.get(name, name).replace('_', '-')}" for name in names)
