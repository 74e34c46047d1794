"""What to run next, with the corrected config as a change of the file that the candidate was started from."""

from dataclasses import dataclass

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.corrected.file import Patched
from runcompare.records.shown import Shown

__all__ = ["Draft", "Recommended", "why_nothing"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The corrected config as text. `path` is the file that it changes, "" where none is known and `before` is what the
    candidate's runs logged; `notes` say what of the file is not as it was logged, and which settings stay."""

    path: str
    kind: str
    before: str
    patched: Patched
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Recommended(Shown):
    """The comparison with its recommendations, and the corrected config where there is one. `failed` says of seeds that
    were to verify it what became of them; those that ended are counted all the same."""

    comparison: Comparison
    draft: Draft | None = None
    failed: tuple[str, ...] = ()


def why_nothing(c: Comparison) -> str:
    """Why there is no corrected config; "" where there is one that is not the baseline's own."""
    if c.corrected is not None:
        return "" if not c.corrected.is_baseline else _as_the_baseline(c)
    if c.incomparable and c.verdict == "not comparable":
        return "the two sides are not comparable"
    lacking = [side.role for side in (c.candidate, c.baseline) if not side.config]
    if lacking:
        return f"no configuration is logged of the {' and the '.join(lacking)}"
    if not c.config:
        return "the two sides were told the same: no setting differs"
    if c.quality.metric.direction is None:
        return "it is not known which is better, higher or lower: say --direction"
    return "nothing that was changed is shown to be without use"


def _as_the_baseline(c: Comparison) -> str:
    """Where nothing is left of what was changed: shown to be of no use, or not known yet."""
    if any(step.action == "keep_baseline" for step in c.recommendations):
        return "nothing that was changed is shown to pay, so the baseline stays"
    return "it is not known yet whether anything that was changed pays"
