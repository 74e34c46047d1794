"""A gate in every format: read back by real parsers, whatever runs are called."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as Xml

import pytest
from comparisons import HOSTILE, make_comparison, make_hostile, make_row, sample
from markdown_it import MarkdownIt

from runcompare.comparison.gate import Gate, judge, parse_conditions
from runcompare.comparison.model import Guard
from runcompare.reporting.gate_ci import command_data, command_property, to_github, to_junit, to_sarif
from runcompare.reporting.gate_comment import MARKER, MOST_BYTES, cut_by_section, to_comment
from runcompare.reporting.gate_formats import FORMATS
from runcompare.reporting.gate_slack import to_slack
from runcompare.reporting.gate_text import gate_json, to_text

ALL = "worse,inconclusive,cant-tell,dominated,cost>1.5x,time>20x,energy>2x"


@pytest.fixture(scope="module")
def gate() -> Gate:
    return judge(make_comparison(), parse_conditions(ALL))


def hostile(word: str) -> Gate:
    comparison = make_hostile(word)
    guard = make_row(word, sample([1.0] * 3), sample([1.0] * 3), label=word, role="guardrail", guard=Guard("violated"))
    return judge(replace(comparison, metrics=(guard,)), parse_conditions(f"{ALL},guardrail"))


def test_text_has_a_line_a_condition_with_its_evidence(gate):
    title, *lines = to_text(gate).splitlines()
    assert title.startswith("Gate failed (inconclusive, dominated, cost>1.5x): Inconclusive")
    assert [line.split("  ")[1] for line in lines] == [
        *("pass, not shown", "FAIL", "pass", "FAIL", "FAIL", "pass", "can't judge"),
    ]
    assert "15x in these eight runs, measured" in lines[4] or "15x" in lines[4]
    assert "not known of both sides" in lines[6]


def test_json_has_the_numbers(gate):
    document = json.loads(gate_json(gate))
    assert (document["outcome"], document["exit_code"], document["verdict"]) == ("fail", 1, "inconclusive")
    worse, *_, time, energy = document["conditions"]
    assert (worse["value"], worse["low"], worse["high"]) == (-0.0152, -0.081, 0.052)
    assert (time["value"], time["limit"], time["rule"]) == (15.75, 20.0, "measured")
    assert energy["state"] == "unknown"


def test_github_escapes_as_the_actions_toolkit_does():
    assert command_data("a%b\r\nc:d,e") == "a%25b%0D%0Ac:d,e"
    assert command_property("a%b\r\nc:d,e") == "a%25b%0D%0Ac%3Ad%2Ce"
    assert command_data("%0A") == "%250A"


COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::(.*)")


@pytest.mark.parametrize("word", HOSTILE)
def test_no_name_makes_a_workflow_command_of_its_own(word):
    found = hostile(word)
    title, *lines = to_github(found).splitlines()
    assert not title.lstrip().startswith(("::", "##["))
    assert all(COMMAND.fullmatch(line) for line in lines)
    assert len(lines) == len(found.judged)


def test_a_name_with_a_line_break_and_a_command_stays_in_its_annotation():
    lines = to_github(hostile("x\n::error::forged")).splitlines()
    assert [line for line in lines if line.startswith("::error::")] == []


@pytest.mark.parametrize("word", HOSTILE)
def test_junit_is_read_back(word):
    found = hostile(word)
    root = Xml.fromstring(to_junit(found).encode())
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(found.judged) == int(root.attrib["tests"])
    assert len(root.findall(".//failure")) == int(root.attrib["failures"])
    assert len(root.findall(".//error")) == int(root.attrib["errors"])
    assert all(case.attrib["name"] and case.attrib["classname"] for case in cases)


@pytest.mark.parametrize("word", HOSTILE)
def test_sarif_has_what_its_schema_requires(word):
    document = json.loads(to_sarif(hostile(word)))
    assert document["version"] == "2.1.0"
    assert document["$schema"].startswith("https://")
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "runcompare"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1


def test_only_what_failed_or_is_unknown_is_a_result_of_sarif(gate):
    results = json.loads(to_sarif(gate))["runs"][0]["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [
        ("inconclusive", "error"),
        ("dominated", "error"),
        ("cost", "error"),
        ("energy", "warning"),
    ]
    assert len({r["partialFingerprints"]["runcompareGate/v1"] for r in results}) == 4


@pytest.mark.parametrize("word", HOSTILE)
def test_slack_gets_plain_text_within_its_limits(word):
    document = json.loads(to_slack(hostile(word)))
    assert len(document["blocks"]) <= 50
    for block in document["blocks"]:
        assert block["text"]["type"] == "plain_text"
        assert 0 < len(block["text"]["text"]) <= 3000
    assert "<" not in document["text"]


def test_a_name_mentions_nobody():
    document = json.loads(to_slack(hostile("<!channel> @here")))
    assert "<!channel>" not in document["text"]
    assert "@here" not in document["text"]
    for call in ("@octocat", "#1", "a/b#1", "GH-1"):
        outside = re.sub(r"(`+).*?\1", "", to_comment(hostile(call)), flags=re.DOTALL)
        assert call not in outside.replace("\\", "")


def test_the_comment_begins_with_its_marker_and_holds_the_report(gate):
    comment = to_comment(gate)
    assert comment.startswith(MARKER)
    assert "| ❌ FAIL | `cost>1.5x` |" in comment
    assert "## Provenance and method" in comment


@pytest.mark.parametrize("word", HOSTILE)
def test_no_name_puts_html_or_a_second_marker_into_the_comment(word):
    comment = to_comment(hostile(word))
    assert comment.count("<!--") == 1
    tokens = MarkdownIt("commonmark").enable("table").parse(comment)
    blocks = [token for token in tokens if token.type == "html_block"]
    inline = [child for token in tokens for child in token.children or () if child.type == "html_inline"]
    assert [block.content.strip() for block in blocks] == [MARKER]
    assert inline == []


@pytest.mark.parametrize("most", [300, 2_000, 4_000, 7_000, MOST_BYTES])
def test_a_comment_is_cut_by_whole_sections(gate, most):
    whole, cut = to_comment(gate), to_comment(gate, most=most)
    assert len(cut.encode()) <= most
    assert cut.startswith(MARKER)
    if len(whole.encode()) <= most:
        assert cut == whole
    elif most > 1_000:
        assert "*Left out, since a comment holds no more: " in cut
        body = cut.split("*Left out")[0].rstrip()
        assert whole.startswith(body)
        assert whole[len(body) :].lstrip("\n").startswith(("## ", "# ", "---"))


def test_a_sharp_in_a_code_block_begins_no_section():
    document = "# A\n\n```bash\n# more seeds\n## even more\n```\n\n## B\n\n" + 50 * "text " + "\n"
    cut = cut_by_section("top", document, 150)
    assert "## even more\n```" in cut
    assert "Left out, since a comment holds no more: B." in cut


def test_every_format_is_made_of_every_gate(gate):
    assert all(make(gate).endswith("\n") for make in FORMATS.values())
