"""One table line from two samples: the ratio, what the statistics say of it, and one word for the cell."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from runcompare import stats
from runcompare.comparison.model import Assessment, Interval, Noise, Note, Row, Sample, Test
from runcompare.comparison.others import OthersNoise
from runcompare.comparison.scales import ScaleView, view_of
from runcompare.metrics.metric import Metric
from runcompare.metrics.min_effect import MinEffect

__all__ = ["Policy", "correct_for_many", "make_row", "tell", "with_test"]

BEYOND = (stats.Verdict.BEYOND_BASELINE, stats.Verdict.BEYOND_CANDIDATE)
LIKELY = tuple(word.likely for word in stats.Verdict if word.is_difference)
DIFFERENT = ("better", "worse", "higher", "lower", *BEYOND, *LIKELY)  # what a correction for many metrics may take back


@dataclass(frozen=True, slots=True)
class Policy:
    """How rows are decided: the smallest effect of interest, None where the user stated none, the error rate, and how
    many runs or configurations a side was picked from."""

    min_effect: MinEffect | None = None
    alpha: float = 0.05
    searched: int = 1

    @property
    def general(self) -> "Policy":
        """The policy for rows other than the primary metric's, in whose units an effect may be stated."""
        keep = self.min_effect is not None and self.min_effect.is_general
        return self if keep else replace(self, min_effect=None)


def make_row(
    metric: Metric,
    candidate: Sample,
    baseline: Sample,
    policy: Policy,
    *,
    role: str = "diagnostic",
    decided: bool = True,
    history: Mapping[str, Sequence[float]] | None = None,
    noise_cv: float | None = None,
    others: OthersNoise | None = None,
) -> Row:
    """The row of a quantity on both sides.

    Args:
        metric: With a scale that holds all values.
        candidate, baseline: The quantity over each side's runs.
        policy: Smallest effect of interest and error rate.
        role: What the row is to the comparison, see `Row`.
        decided: Whether to test; settings, epochs and costs go without.
        history: Values of replicated groups of the project by name, for the noise.
        noise_cv: Relative noise stated by hand.
        others: The noise of other people's runs, for one run a side and no history.
    """
    ratio = _ratio(candidate, baseline)
    row = Row(metric, candidate, baseline, ratio, *_range_ratio(candidate, baseline), role=role)  # type: ignore[arg-type]
    if not (_known(candidate) and _known(baseline)):
        return replace(row, assessment="missing")
    if not decided or _settled(candidate, baseline):
        return row
    if baseline.low is not None or candidate.low is not None:
        return replace(row, assessment=_against_range(candidate, baseline))
    return with_test(row, _test(row, policy, history or {}, noise_cv, others=others))


def with_test(row: Row, test: Test) -> Row:
    """The row as the test judges it, with the test's interval."""
    low, high = (test.low, test.high) if row.metric.scale == "log" else (None, None)
    bounds = {"ratio_low": None if low is None else 1 + low, "ratio_high": None if high is None else 1 + high}
    return replace(row, test=test, assessment=test.verdict, **bounds)  # type: ignore[arg-type]


def correct_for_many(
    rows: Sequence[Row], alpha: float, method: Callable[[Sequence[float]], Iterable[float]] = stats.benjamini_hochberg
) -> list[Row]:
    """Rows whose p-values are corrected for how many were looked at: by Benjamini and Hochberg where one explores, by
    `stats.holm` where each row must hold. A difference that does not survive becomes "inconclusive".
    """
    tested = [i for i, row in enumerate(rows) if row.test and row.test.p_value is not None]
    p_values = [row.test.p_value for i in tested if (row := rows[i]).test and row.test.p_value is not None]
    corrected = list(rows)
    for i, q in zip(tested, method(p_values), strict=True):
        row = rows[i]
        assert row.test is not None
        lost = row.assessment in DIFFERENT and q > alpha
        word: Assessment = "inconclusive" if lost else row.assessment
        corrected[i] = replace(row, test=replace(row.test, q_value=float(q)), assessment=word)
    return corrected


def _test(
    row: Row,
    policy: Policy,
    history: Mapping[str, Sequence[float]],
    noise_cv: float | None,
    *,
    others: OthersNoise | None,
) -> Test:
    view = view_of(row.metric, stated_noise=noise_cv is not None)
    past = [values for group in history.values() if len(values := view.usable(group)) > 1]

    def decide(margin: float) -> stats.Decision:
        return stats.decide(
            view.values(row.candidate),
            view.values(row.baseline),
            history=past,
            scale=view.scale,
            higher_is_better=row.metric.higher_is_better,
            min_effect=margin,
            alpha=policy.alpha,
            noise_cv=noise_cv,
            searched=policy.searched,
            others=others.noise if others else None,
            limits=(0.0, row.metric.full) if row.metric.bounded else (),
        )

    return tell(row, view, policy, decide, names=tuple(history), others=others)


def tell(
    row: Row,
    view: ScaleView,
    policy: Policy,
    decide: Callable[[float], stats.Decision],
    *,
    names: tuple[str, ...] = (),
    others: OthersNoise | None = None,
    seed_sd: float | None = None,
) -> Test:
    """The test of a row in the units in which effects are told.

    Args:
        row: Both samples.
        view: The metric on the scale of the statistics.
        policy: Smallest effect of interest and error rate.
        decide: The decision with that smallest effect on the scale, 0 where none was stated.
        names: The groups of the history, to be named where the noise is theirs.
        others: Whose noise it is else, likewise.
        seed_sd: The noise from seed to seed, for a smallest effect in its units; that of the decision by default.
    """
    level = row.baseline.center if row.baseline.center is not None else math.nan
    margin = None if policy.min_effect is None else policy.min_effect.margin(view.metric, level)
    decision = decide(margin or 0.0)
    if policy.min_effect is not None and policy.min_effect.kind == "sd":
        margin = policy.min_effect.margin(view.metric, level, seed_sd or decision.noise.sd)
        decision = decide(margin or 0.0)
    told = _told(row, view, decision, margin=margin)
    source = decision.noise.source
    named = names if source == "history" else others.families if others and source == "library" else ()
    published = others.sources if others and source == "library" else ()
    return replace(told, noise=replace(told.noise, names=named, published=published))


def _told(row: Row, view: ScaleView, decision: stats.Decision, *, margin: float | None) -> Test:
    """The decision with its numbers in the units in which effects are told."""
    noise = decision.noise
    base = view.base(row.baseline)
    return Test(
        verdict=str(decision.verdict),
        effect=view.effect(decision.effect, base),
        low=view.effect(decision.low, base),
        high=view.effect(decision.high, base),
        p_value=decision.p_value,
        q_value=None,
        method=decision.method,
        noise=Noise(
            source=noise.source,
            cv=noise.cv,
            sd=noise.sd,
            df=noise.df,
            groups=noise.groups,
            runs=noise.runs,
            shown=view.width(noise.sd, base),
            trust=noise.trust,
            low=view.width(noise.low, base),
            high=view.width(noise.high, base),
        ),
        seeds_for_effect=decision.seeds_for_effect,
        seeds_for_min_effect=decision.seeds_for_min_effect,
        detectable=view.width(decision.detectable, base, relative=True),
        warnings=tuple(Note(w.code, w.text) for w in decision.warnings),
        assumptions=tuple(Note(a.code, a.text) for a in decision.assumptions),
        errors=_errors(row.metric, view, decision, base),
        margin=None if margin is None else view.width(margin, base, relative=True),
    )


def _errors(metric: Metric, view: ScaleView, decision: stats.Decision, base: float) -> Interval | None:
    """The relative change of what a share lacks to perfection."""
    if metric.direction is None:
        return None
    value, one, other = (view.error_change(d, base) for d in (decision.effect, decision.low, decision.high))
    if value is None:
        return None
    bounds = sorted(b for b in (one, other) if b is not None)
    return Interval(value, *bounds) if len(bounds) == 2 else Interval(value)


def _settled(candidate: Sample, baseline: Sample) -> bool:
    """A quantity that no seed changes, such as a count of evaluations: there is nothing to test."""
    sides = [{v.figure.mid for v in side.values} for side in (candidate, baseline)]
    same_everywhere = sides[0] == sides[1] and len(sides[0]) == 1
    return all(len(side) == 1 for side in sides) and (same_everywhere or candidate.n + baseline.n > 2)


def _known(sample: Sample) -> bool:
    return sample.center is not None or sample.nonfinite > 0


def _ratio(candidate: Sample, baseline: Sample) -> float | None:
    new, old = candidate.center, baseline.center
    return new / old if new is not None and old and new / old > 0 and math.isfinite(new / old) else None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a side known as a range, else its center twice."""

    low: float | None
    high: float | None


def _range_ratio(candidate: Sample, baseline: Sample) -> tuple[float | None, float | None]:
    """Bounds of the ratio where a side is known as a range only."""
    new, old = _bounds(candidate), _bounds(baseline)
    ranged = candidate.low is not None or baseline.low is not None
    if not ranged or new.low is None or new.high is None or not old.low or not old.high:
        return None, None
    return (new.low / old.high, new.high / old.low) if old.low > 0 else (None, None)


def _bounds(sample: Sample) -> Bounds:
    if sample.low is not None and sample.high is not None:
        return Bounds(sample.low, sample.high)
    return Bounds(sample.center, sample.center)


def _against_range(candidate: Sample, baseline: Sample) -> Assessment:
    """Where the candidate lies against an estimated range; overlapping ranges are "within"."""
    new, old = _bounds(candidate), _bounds(baseline)
    if new.low is None or new.high is None or old.low is None or old.high is None:
        return "missing"
    if new.low > old.high:
        return "above range"
    return "below range" if new.high < old.low else "within range"
