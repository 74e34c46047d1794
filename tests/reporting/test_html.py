"""The page: safe, whole, and with everything that a reader without scripts needs."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from comparisons import make_comparison, make_hostile
from html_pages import Tags, leads_nowhere

from runcompare.comparison.comparison import Comparison
from runcompare.reporting import to_html
from runcompare.reporting.curve_data import MOST_NUMBERS, curve_data, script_json
from runcompare.reporting.html import html_page
from runcompare.reporting.html_body import to_body
from runcompare.reporting.panels import plates


def element(page: str, name: str) -> str:
    """What stands in the only element of a kind, or the last."""
    return re.findall(rf"<{name}[^>]*>(.*?)</{name}>", page, re.DOTALL)[-1]


def test_holds_its_pictures(full: Comparison) -> None:
    page = to_html(full)
    tags = Tags(page).tags
    assert tags.count("figure") == 5, "the effect, all metrics, cost and quality, the metric's curve, one stage"
    assert tags.count("svg") > 6
    assert tags.count("polygon") == 7, "both sides' bands of three quantities, and the smallest effect of interest"
    assert tags.count("table") >= 4
    assert "<title>hjnqclgk vs baseline32</title>" in page
    leads_nowhere(page)
    page.encode("utf-8")


def test_the_policy_lets_run_what_the_page_holds_and_nothing_else(full: Comparison) -> None:
    page = to_html(full)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = policy[1].replace("&#39;", "'")
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(element(page, name).encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in rules
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    assert page.index("Content-Security-Policy") < page.index("<style>")


@pytest.mark.parametrize(
    "word",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '"><img src=x onerror=a()>',
        "</title><b>",
        "</script><!--",
        "\ue000at7\ue001",
        "![a](#picture-0)",
    ],
)
def test_hostile_names_add_no_tags(word: str) -> None:
    page, usual = to_html(make_hostile(word)), to_html(make_hostile("word"))
    assert Tags(page).tags == Tags(usual).tags
    assert page.count("<script") == usual.count("<script")
    leads_nowhere(page)


def test_data_in_a_script_end_no_element_and_stay_the_same() -> None:
    data = {"a": "</script><!-- <script> &amp; \u2028"}
    text = script_json(data)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == data


def test_headings_have_anchors_that_the_contents_list_leads_to(full: Comparison) -> None:
    page = to_html(full)
    anchors = re.findall(r'<h[23] id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors)) > 8
    contents = page.split("<nav")[1].split("</nav>")[0]
    assert re.findall(r'href="#([^"]+)"', contents) == anchors


def test_an_anchor_is_made_of_harmless_signs_and_never_that_of_another() -> None:
    body = to_body('## curves\n\n## Curves!\n\n## "><x\n\n## ---\n\n##\n')
    assert [heading.anchor for heading in body.headings] == ["s-curves", "s-curves-", "s-x", "s-section", "s-section-"]


def test_footnotes_lead_to_their_note_and_back(full: Comparison) -> None:
    page = to_html(full)
    marks = set(re.findall(r'<a class="note"[^>]* href="#note-(\d+)"', page))
    assert marks
    for number in marks:
        assert page.count(f'id="note-{number}"') == 1
        assert page.count(f'id="ref-{number}"') == 1
        assert f'href="#ref-{number}"' in page


def test_tables_have_scopes_and_judge_by_word_and_colour(full: Comparison) -> None:
    page = to_html(full)
    assert page.count('<th scope="col"') > 10
    assert page.count('<th scope="row"') > 5
    assert re.search(r'<td role="cell" data-label="Assessment" class="judged worse">worse \(q', page)
    assert re.search(r'class="judged unsure">inconclusive \(p', page)
    assert '<body class="verdict-unsure">' in page


def test_curves_are_data_of_every_axis_with_single_runs_in_bounded_room(full: Comparison) -> None:
    (text,) = re.findall(r'<script type="application/json" id="curves">(.*?)</script>', to_html(full), re.DOTALL)
    data = json.loads(text)
    assert [plate["title"] for plate in data] == [plate.title for plate in plates(full)]
    curve = full.stages[0].curves[0]
    long = replace(curve, at=(1.0,) * 5000, center=(1.0,) * 5000, low=(1.0,) * 5000, high=(1.0,) * 5000, n=(3,) * 5000)
    many = replace(full, stages=(replace(full.stages[0], curves=(long,) * 30),))
    assert len(script_json(curve_data(many))) < 10 * MOST_NUMBERS


def test_a_page_without_pictures_has_no_plotter() -> None:
    page = html_page("# Title\n\ntext", "t")
    assert "uPlot.join" not in page.replace("uPlot.join(tables)", "")
    assert "leeoniya" not in page
    leads_nowhere(page)


def test_no_value_and_one_run_a_side_make_a_page(single: Comparison) -> None:
    leads_nowhere(to_html(single))
    leads_nowhere(to_html(replace(make_comparison(), stages=(), curve=None)))
