"""Faces of what judges runs: rankings, gates, checks and recommendations. See `printed.py`."""

from runcompare.comparison.check import Check
from runcompare.comparison.gate import Gate
from runcompare.comparison.ranking import RankReport
from runcompare.comparison.recommended import Recommended
from runcompare.records.as_json import json_text
from runcompare.reporting import check_text, gate_comment, gate_text, ranking_text, recommended
from runcompare.reporting.escape import clean, without_mathematics
from runcompare.reporting.next_steps import rank_command
from runcompare.reporting.printed import Printed, Record
from runcompare.reporting.printed_costs import pictures_of_costs
from runcompare.reporting.prose import count
from runcompare.reporting.sentences import finding_sentence, recommendation_sentence

__all__ = ["CHECK", "GATE", "RANKING", "RECOMMENDED"]


def _ranks(r: RankReport) -> list[Record]:
    return [
        {
            "rank": one.rank,
            "rank_low": one.low,
            "rank_high": one.high,
            "tier": one.tier,
            "group": one.label,
            "metric": r.metric.key,
            "mean": one.sample.center,
            "mean_low": one.mean_low,
            "mean_high": one.mean_high,
            "runs": one.sample.n,
            "time_s": one.time.mid,
            "device_hours": one.device_hours.mid,
            "money_usd": one.money.mid,
            "on_frontier": one.on_frontier,
        }
        for one in r.groups
    ]


RANKING: Printed[RankReport] = Printed(
    ranking_text.rank_title,
    lambda r: without_mathematics(ranking_text.to_markdown(r)),
    ranking_text.to_json,
    _ranks,
    lambda r: pictures_of_costs(ranking_text.as_costs(r)),
    lambda r: [rank_command(r)],
)


def _gate_document(gate: Gate) -> str:
    return "# Gate\n\n" + gate_comment.to_comment(gate).removeprefix(f"{gate_comment.MARKER}\n\n")


def _conditions(gate: Gate) -> list[Record]:
    return [
        {"condition": str(one.condition), "state": one.state, "evidence": gate_text.line(gate, one)}
        for one in gate.judged
    ]


GATE: Printed[Gate] = Printed(gate_text.gate_title, _gate_document, gate_text.gate_json, _conditions)


def _check_line(check: Check) -> str:
    return "; ".join(f"{clean(one.label)}: {check_text.found(one)}" for one in check.groups)


def _findings(check: Check) -> list[Record]:
    return [
        {
            "group": one.label,
            "code": finding.code,
            "strength": finding.strength,
            "title": finding.title,
            "finding": finding_sentence(finding, "plain"),
        }
        for one in check.groups
        for finding in one.all
    ]


CHECK: Printed[Check] = Printed(
    _check_line,
    lambda check: without_mathematics(f"# What was found\n\n{check_text.FORMATS['md'](check).rstrip()}\n"),
    check_text.FORMATS["json"],
    _findings,
)


def _recommended_line(found: Recommended) -> str:
    c = found.comparison
    steps = count(len(c.recommendations), "recommendation")
    change = "no corrected config" if found.draft is None else "a corrected config"
    return f"{clean(c.candidate.label)} vs {clean(c.baseline.label)}: {steps}, {change}"


def _steps(found: Recommended) -> list[Record]:
    return [
        {
            "action": step.action,
            "rank": step.rank,
            "recommendation": recommendation_sentence(step, "plain"),
            "because": ", ".join(step.because),
        }
        for step in found.comparison.recommendations
    ]


RECOMMENDED: Printed[Recommended] = Printed(
    _recommended_line,
    lambda found: without_mathematics(recommended.to_markdown(found)),
    lambda found: json_text(recommended.shown(found)),
    _steps,
)
