"""What a run's test-time search gained and took, as the run logged it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runcompare.costs.durations.stages import is_eval
from runcompare.costs.forecasts.workload import flatten, network_evaluations
from runcompare.costs.ledgers import Ledger
from runcompare.metrics.final_value import value
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run
from runcompare.stats.intervals import mean_interval

__all__ = ["FEWEST", "Search", "gain_of", "read_search", "same_but_for_search"]

# the model alone and with search: the engine's keys, and a hand-written record's
KEYS = (("eval/baseline_nrmse", "eval/ttc_nrmse"), ("nrmse_without_ttc", "nrmse"))
TIME, EVALUATIONS = "eval/ttc_time_sec", "eval/network_evaluations"
FEWEST = 3  # runs, below which a gain is not called noise

_SEEDS = {"seed", "training.seed", "train.seed", "random_seed"}
_LABELS = {"name", "group", "project", "run_name", "run_id", "notes", "tags", "output_dir"}
_CIRCUMSTANCES = {"git", "hardware", "parameters"}


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
    for alone_key, searched_key in KEYS:
        alone, searched = value(run, alone_key).mid, value(run, searched_key).mid
        if alone is None or not 0 < alone < math.inf:
            continue
        spent = value(run, EVALUATIONS).mid
        evaluations = spent if spent is not None else network_evaluations(flatten(run.config))
        if searched is None:
            return Search(run, ledger, alone, alone, (), Figure(0.0, "s", source="no search was logged"), evaluations)
        if 0 < searched < math.inf:
            samples = _by_sample(run, alone_key, searched_key)
            return Search(run, ledger, alone, searched, samples, _seconds(run, ledger), evaluations)
    return None


def _by_sample(run: Run, alone_key: str, searched_key: str) -> tuple[float, ...]:
    alone, searched = run.samples.get(alone_key, ()), run.samples.get(searched_key, ())
    if len(alone) != len(searched):
        return ()
    gains = [1 - s / a for a, s in zip(alone, searched, strict=True) if a > 0]
    return tuple(gains) if gains and all(map(math.isfinite, gains)) else ()


def _seconds(run: Run, ledger: Ledger) -> Figure:
    """As logged, else at most what evaluation took."""
    logged = value(run, TIME)
    if logged.mid is not None and 0 <= logged.mid < math.inf:
        return Figure(logged.mid, "s", provenance=logged.provenance, source=TIME)
    known = [x.wall for x in ledger.lines if is_eval(x.stage) and x.wall.mid is not None]
    if not known:
        return Figure.missing(f"neither {TIME} nor the time of evaluation was logged", "s")
    most = math.fsum(w.mid or 0.0 for w in known)
    return Figure(most, "s", 0.0, most, Provenance.ESTIMATED, f"{TIME} was not logged: at most all of evaluation")


def gain_of(side: Sequence[Search]) -> tuple[bool | None, str]:
    """Whether search gained anything beyond noise over a group's runs (None if they are too few to tell), and a word
    on it. A single run is judged by its test samples."""
    gains = [s.gain for s in side]
    mean = math.fsum(gains) / len(gains)
    by_sample = side[0].samples if len(side) == 1 else ()
    values = by_sample or gains
    what = f"{len(by_sample)} test samples" if by_sample else f"{len(gains)} run(s)"
    if len(values) < 2:
        return (False if mean <= 0 else None), f"search changed the error by {-mean:+.2%} in {what}"
    low, high = mean_interval(values)
    center = math.fsum(values) / len(values)
    text = f"search changed the error by {-center:+.2%} ({-high:+.2%} to {-low:+.2%}) over {what}"
    if low > 0:
        return True, text
    return (False if len(values) >= FEWEST or center <= 0 else None), text


def same_but_for_search(run: Run) -> tuple[tuple[str, str], ...]:
    """The run's settings without those of the search, seeds and names: equal for runs that differ in search only."""
    flat: Mapping[str, Any] = flatten(run.config)
    kept = {path: v for path, v in flat.items() if path not in _SEEDS | _LABELS and not _aside(path)}
    return tuple(sorted((path, repr(v)) for path, v in kept.items()))


def _aside(path: str) -> bool:
    parts = path.lower().split(".")
    return "ttc" in parts or parts[0] in _CIRCUMSTANCES
