"""What a run's test-time search gained and took, as the run logged it.

Which keys and settings are those of a search stands in `records.conventions`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runcompare.costs.durations.stages import is_eval
from runcompare.costs.ledgers import Ledger
from runcompare.metrics.value import value
from runcompare.records.config import essentials, flatten
from runcompare.records.conventions import SEARCHES, SearchKeys, is_search_setting, network_evaluations
from runcompare.records.counted import counted
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run
from runcompare.stats.intervals import mean_interval

__all__ = ["FEWEST", "Gain", "Search", "gain_of", "read_search", "same_but_for_search"]

FEWEST = 3  # runs, below which a gain is not called noise


@dataclass(frozen=True, slots=True)
class Search:
    """One run's search: the error `alone` and `searched` (equal where there was none), over test samples where they
    were logged, seconds, and network evaluations."""

    run: Run
    ledger: Ledger
    alone: float
    searched: float
    samples: tuple[float, ...]  # relative gain a test sample
    seconds: Figure
    evaluations: float

    @property
    def gain(self) -> float:
        """Relative; below 0 where search made it worse."""
        return 1 - self.searched / self.alone


def read_search(run: Run, ledger: Ledger) -> Search | None:
    """None for a run that did not log its error above 0; a run that did not search took no time for it."""
    for keys in SEARCHES:
        alone, searched = value(run, keys.alone).mid, value(run, keys.searched).mid
        if alone is None or not 0 < alone < math.inf:
            continue
        spent = value(run, keys.evaluations).mid
        evaluations = spent if spent is not None else network_evaluations(dict(flatten(run.config)))
        if searched is None:
            return Search(run, ledger, alone, alone, (), Figure(0.0, "s", source="no search was logged"), evaluations)
        if 0 < searched < math.inf:
            return Search(run, ledger, alone, searched, _by_sample(run, keys), _seconds(run, ledger, keys), evaluations)
    return None


def _by_sample(run: Run, keys: SearchKeys) -> tuple[float, ...]:
    alone, searched = run.samples.get(keys.alone, ()), run.samples.get(keys.searched, ())
    if len(alone) != len(searched):
        return ()
    gains = [1 - s / a for a, s in zip(alone, searched, strict=True) if a > 0]
    return tuple(gains) if gains and all(map(math.isfinite, gains)) else ()


def _seconds(run: Run, ledger: Ledger, keys: SearchKeys) -> Figure:
    """As logged, else at most what evaluation took."""
    logged = value(run, keys.seconds)
    if logged.mid is not None and 0 <= logged.mid < math.inf:
        return Figure(logged.mid, "s", provenance=logged.provenance, source=keys.seconds)
    known = [x.wall for x in ledger.lines if is_eval(x.stage) and x.wall.mid is not None]
    if not known:
        return Figure.missing(f"neither {keys.seconds} nor the time of evaluation was logged", "s")
    most = math.fsum(w.mid or 0.0 for w in known)
    source = f"{keys.seconds} was not logged: at most all of evaluation"
    return Figure(most, "s", 0.0, most, Provenance.ESTIMATED, source)


class Gain(NamedTuple):
    """Whether a search gained anything beyond noise, None where the runs are too few; and the evidence in words."""

    shown: bool | None
    evidence: str


def gain_of(side: Sequence[Search]) -> Gain:
    """What search gained over a group's runs, by the interval of the mean gain; a single run is judged by its test
    samples."""
    gains = [s.gain for s in side]
    mean = math.fsum(gains) / len(gains)
    by_sample = side[0].samples if len(side) == 1 else ()
    values = by_sample or gains
    what = f"{len(by_sample)} test samples" if by_sample else f"{counted(len(gains), 'run')}"
    if len(values) < 2:
        return Gain(False if mean <= 0 else None, f"search changed the error by {-mean:+.2%} in {what}")
    low, high = mean_interval(values)
    center = math.fsum(values) / len(values)
    text = f"search changed the error by {-center:+.2%} ({-high:+.2%} to {-low:+.2%}) over {what}"
    if low > 0:
        return Gain(True, text)
    return Gain(False if len(values) >= FEWEST or center <= 0 else None, text)


def same_but_for_search(run: Run) -> tuple[tuple[str, str], ...]:
    """The run's settings without those of the search, seeds and names: equal for runs that differ in search only."""
    return tuple(sorted((path, repr(v)) for path, v in essentials(run.config) if not is_search_setting(path)))
