"""A ranking as a person reads it."""

import re
from dataclasses import replace

import pytest
from comparisons import HOSTILE
from markdown_it import MarkdownIt

import runcompare
from runcompare.comparison.model import Note
from runcompare.reporting.ranking_text import draw_ranking, rank_title, to_markdown, to_text


def group(name: str, level: float):
    rows = [
        {"seed": s, "step": e, "val/accuracy": level + 0.01 * ((7 * s + len(name)) % 5 - 2), "timestamp": 1e9 + 60 * e}
        for s in range(4)
        for e in range(3)
    ]
    return runcompare.from_frame(rows, by="seed", name=name, config={"name": name})


@pytest.fixture(scope="module")
def ranked():
    return runcompare.rank(group("a", 0.5), group("bb", 0.505), group("ccc", 0.9))


def test_the_title_says_who_is_or_may_be_the_best(ranked):
    assert rank_title(ranked) == "ccc is shown to be the best of 3 by val/accuracy"
    tied = replace(ranked, groups=tuple(replace(one, low=1) for one in ranked.groups))
    assert rank_title(tied) == "Any of the 3 groups may be the best by val/accuracy"
    two = replace(ranked, groups=tuple(replace(one, low=min(one.low, one.rank)) for one in ranked.groups))
    some = replace(two, groups=(replace(two.groups[0], low=1), replace(two.groups[1], low=1), two.groups[2]))
    assert re.fullmatch(r"One of ccc, (a|bb) is the best of 3 by val/accuracy", rank_title(some))


def test_the_table_has_a_row_a_group_with_ranks_interval_and_cost(ranked):
    lines = to_markdown(ranked).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)]
    assert rows[0][:4] == ["1", "1", "1", "ccc"]
    assert {row[1] for row in rows[1:]} == {"2 to 3"}
    assert rows[0][4].startswith("90.0 ±") or rows[0][4].startswith("90")
    assert rows[0][5].endswith("%")
    assert rows[0][6] == "4"


def test_what_is_left_out_is_said(ranked):
    said = to_text(replace(ranked, left_out=(Note("zebra", "it has no result val/accuracy"),)))
    assert "zebra is left out: it has no result val/accuracy." in said


def test_the_method_and_its_confidence_are_said(ranked):
    said = to_markdown(ranked)
    assert "With 95 % confidence the ranks of all groups lie in their ranges together" in said
    assert "Holm over all of them" in said


@pytest.mark.parametrize("word", HOSTILE)
def test_no_name_breaks_the_table_or_becomes_html(ranked, word):
    named = replace(
        ranked,
        groups=tuple(
            replace(one, label=word, reference=word, beaten_by=word, on_frontier=False) for one in ranked.groups
        ),
        left_out=(Note(word, word),),
        warnings=(Note("x", word),),
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(named))
    assert [t for t in tokens if t.type == "html_block"] == []
    assert [c for t in tokens for c in t.children or () if c.type in ("html_inline", "image")] == []
    rows = [t for t in tokens if t.type == "tr_open"]
    cells = [t for t in tokens if t.type in ("td_open", "th_open")]
    assert len(rows) == 4
    assert len(cells) == 4 * 10
    assert all(c.isprintable() or c == "\n" for c in to_text(named))


def test_the_picture_is_a_png(tmp_path):
    from pathlib import Path

    runs = Path(__file__).parents[2] / "examples" / "runs"
    shipped = runcompare.rank("v3", "baseline32", "hjnqclgk", runs=runs)
    draw_ranking(shipped, tmp_path / "rank.png")
    assert (tmp_path / "rank.png").read_bytes().startswith(b"\x89PNG")
