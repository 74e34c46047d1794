"""Findings about what the difference cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runcompare.comparison.model import Finding, Recommendation, Row
from runcompare.comparison.rules.rule import NOTABLE_COST, Facts, Rule, evidence

__all__ = ["RULES"]

LARGE_SHARE = 0.25  # of the extra time


class Dominated(Rule):
    """No better as far as the data show, and more expensive."""

    name = "dominated"
    code = "RC601"
    title = "More expensive, and not shown to be better"
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


RULES: tuple[Rule, ...] = (Dominated(), TimeShare())
