"""A look at a comparison that was made, as a ledger keeps it."""

from dataclasses import dataclass

__all__ = ["PastLook"]


@dataclass(frozen=True, slots=True)
class PastLook:
    """A report on two groups of runs by one metric, which has taken its share of the error rate.

    Both sides stand in a fixed order that does not depend on which was the candidate.

    Attributes:
        metric: The judged metric's key.
        settings: A digest of what each side's runs were told; empty where nothing is known of it.
        runs: The ids of each side's runs.
        n: Runs of the smaller side.
        data: A digest of the runs and their values: who looks at the same again has not looked again.
        share: Of alpha; 1 for a look that nobody planned.
        alpha: The error rate of all looks together.
        at: Unix seconds.
        verdict: What was said.
    """

    metric: str
    settings: tuple[str, str]
    runs: tuple[tuple[str, ...], tuple[str, ...]]
    n: int
    data: str
    share: float
    alpha: float
    at: float
    verdict: str
