"""A ranking as markdown, JSON, a terminal's lines and a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runcompare.comparison.cost_report import CostReport
from runcompare.comparison.ranking import RankedGroup, RankReport
from runcompare.records.counted import few
from runcompare.reporting.escape import clean, code, fenced, text
from runcompare.reporting.json_document import json_document
from runcompare.reporting.next_steps import rank_command
from runcompare.reporting.numbers import MISSING, duration, money, number, share, span
from runcompare.reporting.page import Lines, table
from runcompare.reporting.prose import Language, prose
from runcompare.reporting.tables import text_table
from runcompare.reporting.words import sample

__all__ = ["FORMATS", "RankText", "as_costs", "draw_ranking", "rank_title", "to_json", "to_markdown", "to_text"]

HEAD = (
    "Rank",
    "May have",
    "Tier",
    "Group",
    "{metric}",
    "Interval of the mean",
    "Runs",
    "Time",
    "Money",
    "Cost and quality",
)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class RankText:
    """The sentences of the ranking, in plain text, and the groups that may be the best one."""

    headline: str
    reading: list[str]
    best: list[str]


def rank_title(r: RankReport, language: Language = "plain") -> str:
    """Who is the best, or may be: "hjnqclgk is shown to be the best of 3 by NRMSE"."""
    write = prose(language)
    best = [write.text(label) for label in r.best]
    of = f"of {len(r.groups)} by {write.text(r.metric.label)}"
    if len(best) == 1:
        return f"{best[0]} is shown to be the best {of}"
    if len(best) == len(r.groups):
        return f"Any of the {len(best)} groups may be the best by {write.text(r.metric.label)}"
    named = few(best, MOST_NAMED)
    return f"One of {named} is the best {of}"


def reading(r: RankReport, language: Language = "plain") -> list[str]:
    """How the table is to be read, and what is not in it."""
    write = prose(language)
    level = share(1 - r.options.alpha)
    way = "higher" if r.metric.higher_is_better else "lower"
    lines = [
        f"{write.text(r.metric.label)}: {way} is better. With {level} confidence the ranks of all groups lie in their "
        f"ranges together ({write.text(r.method)}). All groups of a tier are shown to be better than all of the next.",
        "The interval of a mean is its group's own; whether two groups differ is told by the ranks, not by whether "
        "these overlap.",
    ]
    lines += [f"{write.text(note.code)} is left out: {write.text(note.text)}." for note in r.left_out]
    lines += [write.text(note.text) for note in r.warnings]
    return lines


def to_json(r: RankReport) -> str:
    """One object; `text` holds what the ranking says."""
    words = RankText(rank_title(r), reading(r), list(r.best))
    return json_document(r, words)


def to_text(r: RankReport) -> str:
    """The headline, the table and its reading, for a terminal."""
    rows = [[clean(cell) for cell in _cells(one, r)] for one in r.groups]
    lines = "".join(f"{line}\n" for line in reading(r))
    return f"{rank_title(r)}\n\n{text_table(_head(r, 'plain'), rows)}\n{lines}"


def to_markdown(r: RankReport) -> str:
    """The ranking."""
    return "\n".join(_document(r)).rstrip() + "\n"


def _document(r: RankReport) -> Lines:
    yield from (f"# Ranking: {len(r.groups)} groups by {text(r.metric.label)}", "")
    yield from (f"## TL;DR: **{rank_title(r, 'markdown')}**", "")
    yield from table(_head(r, "markdown"), ([text(cell) for cell in _cells(one, r)] for one in r.groups))
    yield from (f"- {line}" for line in reading(r, "markdown"))
    if r.choices:
        made = (f"{text(c.chosen)}{f' ({text(c.why)})' if c.why else ''}, {code(c.flag)}" for c in r.choices)
        yield f"- **Chosen for you:** {'; '.join(made)}."
    yield f"- Made by runcompare {r.version}, error rate {share(r.options.alpha)}."
    yield from ("", "## Next steps", "", fenced(rank_command(r), "bash"))


def _head(r: RankReport, language: Language) -> Sequence[str]:
    return [name.format(metric=prose(language).text(r.metric.label)) for name in HEAD]


def _cells(one: RankedGroup, r: RankReport) -> Iterator[str]:
    points = r.metric.points if r.metric.is_share else 1.0
    unit = "%" if r.metric.is_share and points != 1 else r.metric.unit
    ends = [None if end is None else end * points for end in (one.mean_low, one.mean_high)]
    yield f"{one.rank}"
    yield f"{one.low}" if one.low == one.high else f"{one.low} to {one.high}"
    yield f"{one.tier}"
    yield one.label
    yield sample(one.sample, r.metric)
    yield span(ends[0], ends[1], unit)
    yield number(one.sample.n)
    yield MISSING if one.time.mid is None else duration(one.time.mid)
    yield MISSING if one.money.mid is None else money(one.money.mid)
    yield _edge(one)


def _edge(one: RankedGroup) -> str:
    if one.on_frontier is None:
        return MISSING
    return "on the frontier" if one.on_frontier else f"{one.beaten_by} is no worse and no more expensive"


FORMATS = {"table": to_text, "md": to_markdown, "json": to_json}


def as_costs(r: RankReport) -> CostReport:
    """What a ranking knows of cost and quality, as its picture takes it."""
    return CostReport((), metric=r.metric.label, frontier=r.frontier, points=r.points)


def draw_ranking(r: RankReport, path: Path) -> None:
    """A PNG of cost against quality with the frontier. Raises DataError if it can't be written."""
    from runcompare.reporting.frontier_plot import draw_frontier

    draw_frontier(as_costs(r), path)
