"""The shell commands that a report ends with."""

import shlex

from runcompare.comparison.model import Comparison
from runcompare.reporting.escape import clean

__all__ = ["next_commands"]


def next_commands(c: Comparison) -> list[str]:
    """What to type next: more seeds of each side, the corrected config, then this report again. Words that come from
    a run are quoted for a shell."""
    again = f"runcompare report {_quoted(c.candidate.reference)} {_quoted(c.baseline.reference)}"
    lines = _more_seeds(c)
    if c.corrected is not None and not c.corrected.is_baseline:
        lines.append("# the corrected config, whole, and a run of it")
        lines.append(f"{again} --corrected corrected.yaml -o report.md")
        lines.append("runcompare train corrected.yaml")
    return [*lines, "# then look again", again] if lines else [again]


def _more_seeds(c: Comparison) -> list[str]:
    asked = next((r.facts.get("seeds_low") for r in c.recommendations if r.action == "run_seeds"), None)
    lines = []
    for side, have in ((c.candidate, c.quality.candidate.n), (c.baseline, c.quality.baseline.n)):
        missing = int(asked or 0) - have
        if missing > 0:
            seeds = f"{missing} more seed{'s' if missing > 1 else ''}"
            lines.append(f"# {seeds} of {clean(side.label)}; for a trainer of your own add --command")
            lines.append(f"runcompare replicate {_quoted(side.reference)} --seeds {asked}")
    return lines


def _quoted(word: str) -> str:
    return shlex.quote(clean(word))
