"""Findings about test-time search: what it gained on each side, and whether it made up for a weaker model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Any, NamedTuple

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Role, Row
from runcompare.comparison.rules.rule import ASSOCIATION, EXACT, Facts, Rule, SideRule, evidence, strength_of
from runcompare.records.conventions import SEARCHES, SearchKeys, gate_closed, gate_keys
from runcompare.records.figure import Figure
from runcompare.stats.intervals import mean_interval

__all__ = ["RULES", "Gain", "search_gain", "search_pays"]

NOTABLE_GAP = 0.02  # relative
FEW = 2  # runs: too few to tell anything but a huge gain from noise


@dataclass(frozen=True, slots=True)
class Searched:
    """The metric of the model alone and with search, by the keys of one convention."""

    keys: SearchKeys
    alone: Row
    searched: Row


class Gain(NamedTuple):
    """By how much search lowers a side's error, relative, over `runs`, with the 95 % interval that two runs or more
    have; `shown` if it excludes 0."""

    mean: float
    shown: bool
    runs: int
    low: float | None = None
    high: float | None = None


def with_and_without(facts: Facts) -> Searched | None:
    """The two rows of the first convention that the runs follow."""
    for keys in SEARCHES:
        alone, searched = facts.metric(keys.alone), facts.metric(keys.searched) or _primary_if_searched(facts, keys)
        if alone is not None and searched is not None:
            return Searched(keys, alone, searched)
    return None


def _primary_if_searched(facts: Facts, keys: SearchKeys) -> Row | None:
    """The primary metric, where every run logs the searched one too (which repeats it and is not shown twice)."""
    repeated = all(keys.searched in run.run.summary for side in facts.sides for run in side.runs)
    return facts.quality if repeated and keys.alone != facts.quality.metric.key else None


def gain_on(pair: Searched, side: Role) -> Gain | None:
    """The paired gain of each run, averaged; one run shows nothing. None if no run has both values."""
    alone, found = ({v.run_id: v.figure.mid for v in getattr(row, side).values} for row in (pair.alone, pair.searched))
    gains = [1 - f / a for run, a in alone.items() if a and (f := found.get(run)) is not None and isfinite(f / a)]
    if not gains:
        return None
    mean = fsum(gains) / len(gains)
    if len(gains) < 2:
        return Gain(mean, False, 1)
    low, high = mean_interval(gains)
    return Gain(mean, low > 0 or high < 0, len(gains), low, high)


def search_gain(facts: Facts, side: Role) -> Gain | None:
    """What search gained on a side in the primary metric; None where that is not known."""
    pair = with_and_without(facts)
    judged = pair is not None and facts.quality.metric.key in (pair.searched.metric.key, pair.keys.searched)
    return gain_on(pair, side) if pair is not None and (judged or pair.searched is facts.quality) else None


def search_pays(facts: Facts) -> bool:
    """Whether the candidate's search may be kept: it gained beyond noise, or nothing is known of it."""
    pair = with_and_without(facts)
    gain = gain_on(pair, "candidate") if pair else None
    return gain is None or (gain.shown and gain.mean > 0)


class SearchGain(Rule):
    """What test-time compute gained on each side."""

    name = "search_gain"
    code = "RC501"
    title = "What test-time compute gained"
    test = "Each run is its own pair, with search and without: the mean gain's 95 % interval over runs."
    confirm = "More seeds, each scored with and without search."
    needs = ("search",)
    fault = False
    limits = "The gain is within each side's own runs; the sides also differ in training."
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        pair = with_and_without(facts)
        if pair is None:
            return
        spent = facts.metric(pair.keys.evaluations)
        gains = {"candidate": gain_on(pair, "candidate"), "baseline": gain_on(pair, "baseline")}
        stated: dict[str, Any] = {}
        for side, gain in gains.items():
            stated[f"{side}_gain"] = gain.mean if gain else None
            stated[f"{side}_change"] = -gain.mean if gain else None
            stated[f"{side}_shown"] = gain.shown if gain else None
            stated[f"{side}_runs"] = gain.runs if gain else 0
            stated[f"{side}_evaluations"] = getattr(spent, side).center if spent else None
        shown = [gain.shown for gain in gains.values() if gain is not None]
        strength = "strong" if shown and all(shown) else "suggestive"
        yield self.finding(strength, stated, evidence(pair.alone, pair.searched, spent))  # type: ignore[arg-type]

    def sentence(self, facts: Mapping[str, Any]) -> str:
        parts = [
            f"the {side}'s {'error ' * first}by {_change(side, facts)}"
            for side, first in (("baseline", True), ("candidate", facts["baseline_gain"] is None))
            if facts[f"{side}_gain"] is not None
        ]
        text = f"Test-time compute changed {', and '.join(parts)}."
        if facts["candidate_gain"] is None:
            text += " What the candidate's model reaches alone was not recorded, so its gain is not known."
        return text


def _change(side: str, facts: Mapping[str, Any]) -> str:
    noise = "" if facts[f"{side}_shown"] else f" ({_unsure(facts[f'{side}_runs'])})"
    spent = f" for {{{side}_evaluations:number}} network evaluations a trajectory"
    return f"{{{side}_change:percent}}{noise}{spent if facts[f'{side}_evaluations'] else ''}"


def _unsure(runs: int) -> str:
    """Why a gain is not shown: too few runs can't tell even a large one from noise."""
    if runs <= FEW:
        return f"{('one run', 'two runs')[runs - 1]} can't tell that from noise"
    return "not beyond noise"


class SearchRescued(Rule):
    """Test-time compute made up for a weaker model."""

    name = "search_rescued"
    code = "RC502"
    title = "Test-time compute made up for a weaker model"
    test = "The rows' own tests, of the model alone and with search."
    confirm = "Score both models without search on the same test data."
    needs = ("search",)
    limits = ASSOCIATION
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        pair = with_and_without(facts)
        if pair is None or pair.alone.ratio is None or pair.searched.ratio is None:
            return
        alone, searched = pair.alone, pair.searched
        assert alone.ratio is not None
        assert searched.ratio is not None
        sign = -1 if alone.metric.higher_is_better else 1
        weaker, level = sign * (alone.ratio - 1), sign * (searched.ratio - 1)
        if alone.assessment == "missing" or weaker <= NOTABLE_GAP or level >= weaker / 2:
            return
        stated = {
            "candidate_without": alone.candidate.center,
            "baseline_without": alone.baseline.center,
            "candidate_with": searched.candidate.center,
            "baseline_with": searched.baseline.center,
            "gap_without": alone.ratio - 1,
            "gap_with": searched.ratio - 1,
        }
        yield self.finding(strength_of(alone), stated, evidence(alone, searched))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "Alone, the candidate's model is {gap_without:percent} off the baseline's ({candidate_without:number} "
            "against {baseline_without:number}); with search the two are {gap_with:percent} apart "
            "({candidate_with:number} against {baseline_with:number})."
        )


class SearchWasted(Rule):
    """Test-time search whose gain is shown to be below 2 % in three runs or more: what it took bought nothing."""

    name = "search_wasted"
    code = "RC503"
    title = "Test-time compute that bought nothing"
    test = "Each run is its own pair, with search and without: the mean gain's 95 % interval ends below 2 %."
    limits = "A wider search, or one with another reward, may gain more."
    confirm = "Score without search: the metric stays, the time goes."
    needs = ("search", "three runs")
    fault = False

    def find(self, facts: Facts) -> Iterator[Finding]:
        pair = with_and_without(facts)
        if pair is None:
            return
        for side in facts.sides:
            gain = gain_on(pair, side.role)
            if gain is not None and gain.high is not None and gain.runs > FEW and gain.high < NOTABLE_GAP:
                stated = {"role": side.role, "gain": gain.mean, "most": gain.high, "runs": gain.runs}
                yield self.finding("strong", stated, evidence(pair.alone, pair.searched))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s search gained {gain:percent} in {runs} runs, and no more than {most:percent} by 95 %."


class GateClosed(SideRule):
    """A stage whose correction switched itself off: its gate lets 1 % through at most, in every run."""

    name = "gate_closed"
    code = "RC504"
    title = "The corrector switched itself off"
    test = EXACT
    limits = "Whether a longer or another training of the corrector would open it."
    confirm = "Train without the stage: the metric stays, its time goes."
    needs = ("gate",)

    def _of(self, side: MeasuredSide, role: str) -> Iterator[Finding]:
        for key in gate_keys(k for run in side.runs for k in run.run.summary):
            gates = [run.run.summary.get(key) for run in side.runs if key in run.run.summary]
            if gate_closed(gates):
                largest = max(float(g) for g in gates if isinstance(g, int | float))
                figure = Figure(largest, source=f"summary {key}, largest of {len(gates)} runs")
                proof = (Evidence("gate", side.role, figure),)
                yield self.finding("strong", {"role": role, "value": largest}, proof, stage=key.rpartition("/")[0])

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "In the {role} the gate of {stage:code} closed at {value:number}: validation did not gain from the "
            "corrector, so that stage's training bought nothing."
        )


RULES: tuple[Rule, ...] = (SearchGain(), SearchRescued(), SearchWasted(), GateClosed())
