"""What was changed, what was found, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runcompare.comparison.model.rows import Interval
from runcompare.comparison.model.words import Advice, Role, Strength
from runcompare.records.figure import Figure

__all__ = ["ConfigChange", "Evidence", "Expected", "Finding", "NotRun", "Recommendation"]


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A setting that differs. `kind` is "changed", "only candidate" or "only baseline"; `ratio` for numbers."""

    path: str
    candidate: Any
    baseline: Any
    kind: Literal["changed", "only candidate", "only baseline"]
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure behind a finding: what it is, whose, and where it stands."""

    what: str
    role: Role | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired.

    `strength` is "strong" (beyond noise or exact), "suggestive" (seen, noise unknown or not excluded) or "note";
    `limits` says what it can't show. `sentence` has fields such as `{share:percent}` for the names in `facts` (and
    `{stage}`), which a renderer fills in its own style. `summary` is what a list of what is known repeats of it: its
    title with the stages, its sentence, or nothing; "unknown" puts the sentence under what is not known instead.
    `code` is what people cite and `runcompare explain` knows, such as RC203; rules of other packages may have none.
    `confirm` says what would show that it is so. `advises` is the way in which its side should be changed; of all
    findings of one side none advises the opposite.
    """

    rule: str
    strength: Strength
    facts: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    stage: str | None = None
    limits: str = ""
    title: str = ""
    sentence: str = ""
    summary: Literal["title", "sentence", "nothing", "unknown"] = "title"
    code: str = ""
    confirm: str = ""
    advises: Advice = ""


@dataclass(frozen=True, slots=True)
class NotRun:
    """Checks that did not run, by their codes, and what they lack, such as "no gradient norm logged"."""

    lacks: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What following a recommendation should bring.

    `quality` is the effect on the primary metric against the candidate, told as in `Test`, None where nobody can say;
    `saving` is USD a run less than the candidate's, `price` what it takes to follow in USD. A figure that plays no part
    is None, one that is not known is missing.
    """

    quality: Interval | None = None
    saving: Figure | None = None
    price: Figure | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do next. `because` names the rules or verdicts behind it, `cites` the findings by their code and the
    attributions by their name; `sentence` is filled from `facts` like a finding's. Lower `rank` comes first. `expected`
    is None for a choice that changes no run."""

    action: str
    facts: Mapping[str, Any]
    because: tuple[str, ...]
    sentence: str = ""
    rank: int = 50
    cites: tuple[str, ...] = ()
    expected: Expected | None = None
