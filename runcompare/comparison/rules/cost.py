"""Findings about what the difference cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Evidence, Finding, Recommendation, Row
from runcompare.comparison.rules.records import hardware_words
from runcompare.comparison.rules.rule import NOTABLE_COST, THRESHOLD, Alone, Facts, Rule, evidence
from runcompare.comparison.rules.validation import is_held_out
from runcompare.comparison.stages.signs import larger_of
from runcompare.records.figure import Figure, Provenance

__all__ = ["RULES"]

LARGE_SHARE = 0.25  # of the extra time
IDLE, IDLER = 0.3, 0.15  # of the time
SLOWER = 0.3  # as a logarithm


class Dominated(Rule):
    """No better as far as the data show, and more expensive."""

    name = "dominated"
    code = "RC601"
    limits = "Where the verdict is open, the data do not exclude that the candidate is better."
    title = "More expensive, and not shown to be better"
    test = "The verdict, and the cost ratio's 95 % interval by Welch's method on logarithms."
    confirm = "More seeds: `runcompare plan` says how many."
    fault = False
    summary = "nothing"

    def find(self, facts: Facts) -> Iterator[Finding]:
        row, time = facts.main_cost, facts.cost_row("cost/time")
        if not facts.dominated or row is None:
            return
        shown = facts.verdict in ("equivalent", "worse")
        stated = {
            "verdict": facts.verdict,
            "time_ratio": time.ratio if time else None,
            "cost_ratio": row.ratio,
            "basis": row.metric.key.removeprefix("cost/").replace("_", "-"),
        }
        unsure = "" if shown else "The data do not exclude that the candidate is better: see the noise section."
        strength = "strong" if shown else "suggestive"
        yield self.finding(strength, stated, evidence(facts.quality, row), limits=unsure)  # type: ignore[arg-type]

    def sentence(self, facts: Mapping[str, Any]) -> str:
        shown = facts["verdict"] in ("equivalent", "worse")
        time = " and takes {time_ratio:times} the time" if facts["time_ratio"] else ""
        found = "{verdict}" if shown else "not shown to be better ({verdict})"
        return "The candidate costs {cost_ratio:compared} the baseline's {basis}" + f"{time}, and is {found}."

    def recommend(self, findings: Sequence[Finding], facts: Facts) -> Iterator[Recommendation]:
        if facts.config:
            paths = [change.path for change in facts.config]
            what = "{paths:codes}" if len(paths) <= 4 else "the {count} changed settings"
            text = f"**Take back what made it more expensive** ({what}) unless more seeds show a gain."
            stated = {"paths": paths, "count": len(paths)}
            yield Recommendation("drop_settings", stated, (self.name,), text, rank=30)


class TimeShare(Rule):
    """The stage that took most of the extra time."""

    name = "time_share"
    code = "RC602"
    title = "Where the extra time went"
    test = "Logged times, where the total's interval excludes the same."
    limits = "Which change took the time: that needs an ablation."
    confirm = "One run without what was changed in that stage."
    needs = ("time",)
    fault = False
    summary = "sentence"

    def find(self, facts: Facts) -> Iterator[Finding]:
        total = facts.cost_row("cost/time")
        extra = _extra(total)
        if total is None or total.ratio is None or extra is None:
            return
        if total.ratio < NOTABLE_COST or total.may_be_the_same:
            return
        rows = [(table.name, row) for table in facts.tables if (row := table.row("time")) is not None]
        known = [(more, name, row) for name, row in rows if (more := _extra(row)) is not None]
        if not known:
            return
        more, name, row = max(known, key=lambda part: part[0])
        if more / extra >= LARGE_SHARE:
            stated = {"share": min(1.0, more / extra), "extra_s": more}
            yield self.finding("strong", stated, evidence(row), stage=name)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "{share:share} of the candidate's extra time, {extra_s:duration} a run, went into {stage:code}."


def _extra(row: Row | None) -> float | None:
    if row is None or row.candidate.center is None or row.baseline.center is None:
        return None
    return row.candidate.center - row.baseline.center


class DeviceIdle(Rule):
    """The accelerators are utilised 15 points less of the time than the other side's; of one run alone, under 30 %: the
    input can't keep up, or the work is too small."""

    name = "device_idle"
    code = "RC603"
    title = "Accelerators that wait"
    limits = "What they wait for is not seen: reading, the CPU's preparation, other ranks, or small batches."
    summary = "sentence"
    needs = ("utilisation",)
    confirm = "One run on random tensors that lie in memory: utilisation rises if the input was the cause."

    def find(self, facts: Facts) -> Iterator[Finding]:
        shares = [_utilised(side) for side in facts.sides]
        found = larger_of(facts.sides, shares, by=IDLER)
        if found is not None:
            side = facts.other(found.role)
            stated = {"role": side.role, "own": found.other, "other": found.own}
            proof = tuple(_share_of(s, values) for s, values in zip(facts.sides, shares, strict=True))
            yield self.finding(found.strength, stated, proof)

    def alone(self, facts: Alone) -> Iterator[Finding]:
        shares = _utilised(facts.side)
        if shares and float(np.median(shares)) < IDLE:
            stated = {"role": facts.whose, "own": float(np.median(shares))}
            text = "The {role}'s accelerators were utilised {own:share} of the time: the input may not keep up."
            yield self.finding("suggestive", stated, (_share_of(facts.side, shares),), limits=THRESHOLD, sentence=text)

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return (
            "The {role}'s accelerators were utilised {own:share} of the time, the other side's {other:share}: the "
            "input may not keep up."
        )


class ThroughputLower(Rule):
    """A logged training throughput is 26 % lower than the other side's or more, on the same hardware."""

    name = "throughput_lower"
    code = "RC604"
    title = "Fewer samples a second"
    limits = "A larger model is slower as such, and so is a machine that others work on."
    summary = "sentence"
    needs = ("throughput", "two runs")
    fault = False
    confirm = "Profile ten steps of each side: input, forward, backward, and what waits for what."
    follows = ("device_idle",)

    def find(self, facts: Facts) -> Iterator[Finding]:
        new, old = ({hardware_words(run.run) for run in side.runs} for side in facts.sides)
        if new != old:
            return
        for row in facts.metrics:
            key = row.metric.key
            if row.metric.kind != "throughput" or is_held_out(key):
                continue
            values = [[v for v in _mids(side, key) if v > 0] for side in facts.sides]
            found = larger_of(facts.sides, [list(np.log(v)) for v in values], by=SLOWER)
            if found is not None and found.strength == "strong":
                side = facts.other(found.role)
                stated = {"role": side.role, "key": key, "times": float(np.exp(found.difference))}
                yield self.finding(found.strength, stated, evidence(row))
                return

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return "The {role}'s {key:code} is lower, on like hardware: the other side's is {times:times} as high."


def _utilised(side: MeasuredSide) -> list[float]:
    shares = (run.ledger.total.utilisation.mid for run in side.runs)
    return [share for share in shares if share is not None]


def _share_of(side: MeasuredSide, shares: Sequence[float]) -> Evidence:
    middle = float(np.median(shares)) if shares else None
    figure = Figure(middle, provenance=Provenance.DERIVED, source=f"utilisation samples of {len(shares)} runs")
    return Evidence("utilised share of the time", side.role, figure)


def _mids(side: MeasuredSide, key: str) -> list[float]:
    return [m for v in side.values(key) if (m := v.figure.mid) is not None and np.isfinite(m)]


RULES: tuple[Rule, ...] = (Dominated(), TimeShare(), DeviceIdle(), ThroughputLower())
