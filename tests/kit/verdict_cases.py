"""Comparisons of every kind of verdict, cost, guardrail, direction and scale, decided by the library's own rules."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from comparisons import make_comparison, make_side, make_test, ranged, sample

from runcompare.comparison.comparison import Comparison, Options
from runcompare.comparison.cost_rows import price_of_gain, price_of_knowing
from runcompare.comparison.model import Interval, Noise, Row, Sample
from runcompare.comparison.recommend import recommend, worth_of
from runcompare.comparison.rules.cost import Dominated
from runcompare.comparison.rules.rule import Facts
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Provenance

VERDICTS = (
    "better",
    "better, small",
    "worse",
    "worse, small",
    "equivalent",
    "inconclusive",
    "inconclusive, two runs",
    "can't tell",
    "beyond the baseline's seeds",
    "likely better",
    "likely worse",
    "higher",
    "lower",
    "likely higher",
    "not comparable",
)
COSTS = ("unknown", "same", "more", "less", "close", "open", "range, more", "range, open", "one run", "stated, more")
GUARDRAILS = ("none", "held", "worse", "inconclusive")
DIRECTIONS = ("max", "min", None)
SCALES = ("log", "logit", "linear")
LEVEL = {"log": 2.0, "logit": 0.9, "linear": -40.0}  # of the baseline
EFFECT = {"log": 0.4, "logit": 0.02, "linear": 12.0}  # as effects are told


@dataclass(frozen=True)
class Case:
    """One row of the table; "small" is a difference that is shown to be smaller than the smallest of interest."""

    verdict: str
    cost: str
    guardrail: str
    direction: Any
    scale: Any

    @property
    def word(self) -> str:
        return self.verdict.partition(",")[0]

    @property
    def small(self) -> bool:
        return self.verdict.endswith("small")

    @property
    def runs(self) -> tuple[int, int]:
        """Runs with the metric, candidate and baseline."""
        if self.word.startswith("likely"):
            return 1, 1
        fewer = {"can't tell": (1, 1), "inconclusive, two runs": (2, 2), "beyond the baseline's seeds": (1, 4)}
        return fewer.get(self.verdict, (3, 4))

    @property
    def cost_more(self) -> bool:
        return self.cost.endswith("more")


def all_cases() -> Iterator[Case]:
    """Every combination that can be, each with a scale drawn by chance."""
    draw = random.Random(0)
    for verdict, cost, guardrail, direction in product(VERDICTS, COSTS, GUARDRAILS, DIRECTIONS):
        word = verdict.partition(",")[0].removeprefix("likely ")
        if (direction is None and word in ("better", "worse")) or (direction and word in ("higher", "lower")):
            continue
        yield Case(verdict, cost, guardrail, direction, draw.choice(SCALES))


def comparison_of(case: Case) -> Comparison:
    """The comparison of a case: worth, finding and advice by the library's rules."""
    facts = _facts(case)
    worth, findings = worth_of(facts), tuple(Dominated().find(facts))
    price = price_of_gain(facts.quality, facts.main_cost) if worth == "trade-off" and case.word == "better" else None
    knowing = price_of_knowing(facts.quality, facts.cost)
    return make_comparison(
        options=Options("m", "2%" if facts.quality.test and facts.quality.test.margin else None, 0.05),
        candidate=make_side("candidate", "new", case.runs[0]),
        baseline=make_side("baseline", "old", case.runs[1]),
        verdict=case.word,
        worth=worth,
        quality=facts.quality,
        metrics=facts.metrics,
        cost=facts.cost,
        config=(),
        stages=(),
        findings=findings,
        price_of_gain=price,
        iso_cost=None,
        knowing=knowing,
        recommendations=recommend(facts, worth, findings, price=price, knowing=knowing, corrected=None),
        corrected=None,
    )


def _facts(case: Case) -> Facts:
    sides: Any = ()  # no rule that is used here looks at runs
    guardrails = () if case.guardrail == "none" else (_guardrail(case.guardrail),)
    rows = _quality(case), guardrails, _costs(case.cost)
    return Facts(sides, sides, case.word, (), *rows, config=(), stages=(), tables=())


def _quality(case: Case) -> Row:
    sign = _sign(case)
    effect, level = (
        EFFECT[case.scale] * sign * (0.1 if case.small or case.word == "equivalent" else 1.0),
        LEVEL[case.scale],
    )
    new = level * (1 + effect) if case.scale == "log" else level + effect
    metric = Metric("m", "m", direction=case.direction, scale=case.scale)
    n_new, n_old = case.runs
    row = Row(metric, _spread(new, n_new), _spread(level, n_old), role="primary", test=_test(case, effect))
    ratio = new / level if case.scale != "linear" else None
    return replace(row, ratio=ratio, assessment=case.word)  # type: ignore[arg-type]


def _sign(case: Case) -> int:
    word = case.word.removeprefix("likely ")
    if word in ("better", "worse"):
        return 1 if (word == "better") == (case.direction == "max") else -1
    return -1 if case.word == "lower" else 1


def _spread(center: float, n: int) -> Sample:
    return sample([center + 0.001 * (i - (n - 1) / 2) for i in range(n)])


def _test(case: Case, effect: float) -> Any:
    if case.word == "can't tell":
        return make_test(
            case.word,
            effect=effect,
            low=None,
            high=None,
            p_value=None,
            margin=None,
            detectable=None,
            noise=Noise("unknown"),
            seeds_for_effect=None,
            seeds_for_min_effect=None,
            warnings=(),
            assumptions=(),
        )
    shown = case.word.removeprefix("likely ") in ("better", "worse", "higher", "lower")
    half = abs(effect) * (0.5 if shown else 1.5)
    margin = 4 * abs(effect) if case.small or case.word == "equivalent" else None
    return make_test(
        case.word,
        effect=effect,
        low=effect - half,
        high=effect + half,
        margin=margin,
        detectable=abs(effect),
        errors=_errors(effect, half) if case.scale == "logit" else None,
        noise=_noise(case, abs(effect) / 4),
        seeds_for_min_effect=(30, 90) if margin else None,
        warnings=(),
        assumptions=(),
    )


def _noise(case: Case, shown: float) -> Noise:
    if case.word != "likely better":
        source = "history" if case.word.startswith("likely") else "replicates"
        return Noise(source, cv=0.04, sd=0.04, df=4.0, groups=2, runs=6, shown=shown)
    published = ("example.org/runs (MIT, 2026-01-01)",)
    low, high, names = shown / 4, shown * 4, ("LSTM, SST-2",)
    return Noise("library", 0.04, 0.04, 0.8, 9, 60, names, shown, published, low=low, high=high)


def _errors(effect: float, half: float) -> Interval:
    left = 1 - LEVEL["logit"]
    return Interval(-effect / left, -(effect + half) / left, -(effect - half) / left)


def _guardrail(word: str) -> Row:
    assessment: Any = {"held": "equivalent"}.get(word, word)
    metric = Metric("safety", "safety", direction="min")
    new, old = sample([1.2, 1.21, 1.22]), sample([1.0, 1.01, 1.02])
    test = make_test(assessment, effect=0.2, low=0.1, high=0.3, warnings=(), assumptions=())
    return Row(metric, new, old, ratio=1.2, test=test, assessment=assessment, role="guardrail")


BOUNDS: dict[str, tuple[float, float, float]] = {
    "same": (1.01, 0.98, 1.03),
    "more": (3.0, 2.0, 4.5),
    "less": (0.4, 0.3, 0.5),
    "close": (1.1, 0.8, 1.4),
    "open": (1.8, 0.061, 55.0),
}


def _costs(kind: str) -> tuple[Row, ...]:
    return tuple(
        _cost(kind, Metric(key, label, unit))
        for key, label, unit in (("cost/time", "Time per run", "s"), ("cost/money", "Money per run", "USD"))
    )


def _cost(kind: str, metric: Metric) -> Row:
    if kind == "unknown":
        missing = sample([None])
        return Row(metric, missing, missing, assessment="missing", role="cost")
    if kind in ("one run", "stated, more"):
        stated = Provenance.REPORTED if kind.startswith("stated") else Provenance.MEASURED
        new, old = (sample([v], metric.unit, stated) for v in (150.0, 10.0))
        return Row(metric, new, old, ratio=15.0, role="cost")
    ratio, low, high = BOUNDS[kind.removeprefix("range, ")]
    new, old = (sample([v * 0.9, v * 1.1], metric.unit) for v in (10 * ratio, 10.0))
    if kind.startswith("range"):
        new = ranged(10 * low, 10 * high, metric.unit)
    return Row(metric, new, old, ratio=ratio, ratio_low=low, ratio_high=high, role="cost")
