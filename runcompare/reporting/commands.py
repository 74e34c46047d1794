"""The shell commands that a report ends with."""

import shlex

from runcompare.comparison.model import Comparison
from runcompare.reporting.escape import clean

__all__ = ["next_commands"]


def next_commands(c: Comparison) -> list[str]:
    """What to type next: more seeds of each side, then this report again. Words are quoted for a shell."""
    lines = []
    seeds = next((r.facts for r in c.recommendations if r.action == "run_seeds"), None)
    if seeds is not None:
        for side, have in ((c.candidate, c.quality.candidate.n), (c.baseline, c.quality.baseline.n)):
            missing = int(seeds["seeds_low"]) - have
            if missing > 0:
                word = _quoted(side.label if len(side.runs) > 1 else side.runs[0].id)
                lines.append(f"# {missing} more seed{'s' if missing > 1 else ''} of {word}")
                lines.append(f"runcompare train {word}.yaml --seed {have}")
    if c.corrected is not None:
        lines.append("# the corrected config, saved from above")
        lines.append("runcompare train corrected.yaml")
    lines.append("# then look again")
    lines.append(f"runcompare report {_quoted(c.candidate.reference)} {_quoted(c.baseline.reference)}")
    return lines


def _quoted(word: str) -> str:
    return shlex.quote(clean(word)).replace("```", "'''")
