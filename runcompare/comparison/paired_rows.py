"""The primary metric compared in pairs: both tests are made, and the rule of `stats` says which gives the verdict."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from runcompare import stats
from runcompare.comparison.model import Interval, Noise, Pair, Pairing, Row, Test
from runcompare.comparison.pairing import Matching, key_of, order_of, unlike
from runcompare.comparison.rows import Policy, tell, with_test
from runcompare.comparison.scales import ScaleView, view_of
from runcompare.metrics.metric import Metric
from runcompare.metrics.value import ValueRule, value
from runcompare.records.run import Group
from runcompare.stats.intervals import center
from runcompare.stats.paired import MANY
from runcompare.stats.prior import MIN_GROUPS

__all__ = ["Earlier", "PairedRow", "earlier_pairs", "in_pairs"]

SEARCHED = "a side was picked as the best of a search, which is judged without pairs"

Values = tuple[list[float], list[float]]  # both sides', in the order of the pairs


class Earlier(NamedTuple):
    """Comparisons of the project's history that can be made in pairs: the values, and the groups' names."""

    pairs: tuple[Values, ...] = ()
    names: tuple[str, ...] = ()


class PairedRow(NamedTuple):
    """The row with the result that gives the verdict, and how it came to be that one; None where it never was asked."""

    row: Row
    pairing: Pairing | None


def earlier_pairs(history: Sequence[Group], metric: Metric, rule: ValueRule, matching: Matching) -> Earlier:
    """Groups of the history two and two, each in one pair at most, by label: what their values are is not looked at.

    Args:
        history: Replicated groups other than those compared.
        metric: The metric compared.
        rule: Which value stands for a run.
        matching: How the sides are paired. Groups are by the same key; where pairs were found, not declared, also by
            the same data, batch size and model.
    """
    pairs: list[Values] = []
    names: list[str] = []
    for kin in _alike(history, matching):
        keyed = [(group.label, _by_key(group, metric, rule, matching.by)) for group in kin]
        for one, other in _two_and_two(keyed):
            both = sorted(one[1].keys() & other[1].keys())
            pairs.append(([one[1][key] for key in both], [other[1][key] for key in both]))
            names += [one[0], other[0]]
    return Earlier(tuple(pairs), tuple(names))


def _alike(history: Sequence[Group], matching: Matching) -> Iterator[list[Group]]:
    families: dict[str, list[Group]] = {}
    for group in sorted(history, key=lambda group: group.label):
        first = group.runs[0]
        if matching.declared:
            families.setdefault("", []).append(group)
        elif not unlike(first, first):
            families.setdefault(json.dumps(order_of(first), sort_keys=True, default=str), []).append(group)
    yield from families.values()


def _by_key(group: Group, metric: Metric, rule: ValueRule, by: str) -> dict[str, float]:
    """The group's values by seed, fold or task: the mean of several."""
    found: dict[str, list[float]] = {}
    for run in group.runs:
        key, mid = key_of(run, by), value(run, metric.key, rule).mid
        if key is not None and mid is not None:
            found.setdefault(key, []).append(mid)
    return {key: _mean(values, metric) for key, values in found.items()}


_Keyed = tuple[str, dict[str, float]]


def _two_and_two(groups: Sequence[_Keyed]) -> Iterator[tuple[_Keyed, _Keyed]]:
    """Each group with the next one, not taken yet, that has two keys of its own."""
    left = list(groups)
    while left:
        one = left.pop(0)
        other = next((g for g in left if len(one[1].keys() & g[1].keys()) > 1), None)
        if other is not None:
            left.remove(other)
            yield one, other


def _mean(values: Sequence[float], metric: Metric) -> float:
    finite = all(map(math.isfinite, values))
    return center(values, metric.scale, metric.full) if finite else math.nan


def in_pairs(row: Row, matching: Matching | None, earlier: Earlier, policy: Policy) -> PairedRow:
    """The row by the test that gives the verdict.

    Args:
        row: The primary metric, judged without pairs.
        matching: Which runs are pairs; None where that was never asked.
        earlier: Earlier comparisons in pairs.
        policy: Smallest effect of interest and error rate.
    """
    if matching is None or row.test is None:
        return PairedRow(row, None)
    found = _Pairs.of(row, matching)
    view = view_of(row.metric)
    past = [(view.on_scale(new), view.on_scale(old)) for new, old in earlier.pairs]
    shared = stats.pair_correlation(past, view.scale)
    pairing = Pairing(
        by=matching.by,
        declared=matching.declared,
        decides=False,
        matched=found.matched,
        pairs=found.pairs,
        alone=found.alone,
        earlier=None if shared is None else Interval(shared.value, shared.low, shared.high),
        groups=0 if shared is None else shared.groups,
        noise=_told_noise(stats.pair_noise(past, view.scale), view, row, earlier.names),
    )
    if not found.pairs:
        return PairedRow(row, pairing)
    test = _test(row, view, policy, found, past=past, names=earlier.names)
    decides = (
        test.p_value is not None
        and policy.searched == 1
        and stats.pairing_decides(found.complete, shared, declared=matching.declared)
    )
    own = stats.pair_correlation([(view.on_scale(found.new), view.on_scale(found.old))], view.scale)
    pairing = replace(
        pairing,
        decides=decides,
        chosen=_chosen(found.complete, shared, test, pairing) if policy.searched == 1 else SEARCHED,
        other=row.test if decides else test,
        shared=None if own is None else Interval(own.value, own.low, own.high),
        noise=pairing.noise if test.p_value is None else test.noise,
    )
    return PairedRow(_judged(row, test) if decides else row, pairing)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The pairs whose runs have the metric, with both sides' values (NaN: diverged) in the metric's units."""

    pairs: tuple[Pair, ...]
    new: list[float]
    old: list[float]
    matched: str
    alone: tuple[str, ...]

    @classmethod
    def of(cls, row: Row, matching: Matching) -> "_Pairs":
        mids = {v.run_id: v.figure.mid for side in (row.candidate, row.baseline) for v in side.values}
        kept: list[Pair] = []
        lacking: list[Pair] = []
        for pair in matching.pairs:
            has = all(any(mids.get(run) is not None for run in side) for side in (pair.candidate, pair.baseline))
            (kept if has else lacking).append(pair)
        sides = [[_of(side, mids, row.metric) for side in sides] for sides in _sides(kept)]
        gone = f"; {matching.by} {', '.join(p.key for p in lacking)} lacks the metric on a side" if lacking else ""
        runs = (run for pair in lacking for run in (*pair.candidate, *pair.baseline) if mids.get(run) is not None)
        return cls(tuple(kept), sides[0], sides[1], matching.matched + gone, (*matching.alone, *runs))

    @property
    def complete(self) -> int:
        """How many have two finite values."""
        return sum(math.isfinite(a) and math.isfinite(b) for a, b in zip(self.new, self.old, strict=True))


def _sides(pairs: Sequence[Pair]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    return [pair.candidate for pair in pairs], [pair.baseline for pair in pairs]


def _of(runs: Sequence[str], mids: Mapping[str, float | None], metric: Metric) -> float:
    return _mean([mid for run in runs if (mid := mids.get(run)) is not None], metric)


def _test(
    row: Row, view: ScaleView, policy: Policy, pairs: _Pairs, *, past: Sequence[Values], names: tuple[str, ...]
) -> Test:
    def decide(margin: float) -> stats.Decision:
        return stats.decide_paired(
            view.on_scale(pairs.new),
            view.on_scale(pairs.old),
            history=past,
            scale=view.scale,
            higher_is_better=row.metric.higher_is_better,
            min_effect=margin,
            alpha=policy.alpha,
            searched=policy.searched,
        )

    seed_sd = row.test.noise.sd if row.test is not None else None
    return tell(row, view, policy, decide, names=names, seed_sd=seed_sd)


def _judged(row: Row, test: Test) -> Row:
    """The row by the paired test; its ratio is that of the pairs."""
    by_pairs = row.metric.scale == "log" and test.effect is not None
    return with_test(replace(row, ratio=1 + (test.effect or 0.0)) if by_pairs else row, test)


def _told_noise(noise: stats.Noise | None, view: ScaleView, row: Row, names: tuple[str, ...]) -> Noise | None:
    if noise is None:
        return None
    shown = view.width(noise.sd, view.base(row.baseline))
    return Noise(noise.source, noise.cv, noise.sd, noise.df, noise.groups, noise.runs, names, shown)


def _chosen(complete: int, earlier: stats.Correlation | None, test: Test, pairing: Pairing) -> str:
    """Why the pairs give the verdict, or why they don't."""
    if complete < 2:
        return "there are not two complete pairs"
    if test.p_value is None:
        return "the pairs show no noise"
    if pairing.declared:
        return f"--pair-by {pairing.by} was given"
    if earlier is not None and earlier.groups >= MIN_GROUPS:
        told = f"{earlier.groups} earlier comparisons in pairs correlate by {earlier.value:.2f}"
        return told if stats.pairing_decides(complete, earlier) else f"{told}, too little for pairs to help"
    if complete >= MANY:
        return f"from {MANY} pairs on they cost next to no power, even if they share nothing"
    return (
        f"{complete} pairs are few, and of the {MIN_GROUPS} earlier comparisons in pairs that would show what they "
        f"share there are {pairing.groups} (--pair-by {pairing.by} lets the pairs decide)"
    )
