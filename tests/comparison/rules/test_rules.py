"""Every rule is whole: a code of its own, a title, and a sentence that its own facts fill."""

import ast
import inspect
from string import Formatter

import pytest
from comparisons import EXAMPLES

from runcompare.comparison import rules
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.search import SearchGain
from runcompare.reporting.sentences import finding_sentence


def test_codes_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_sentence_names_facts_only(rule):
    sentence = rule.sentence(EXAMPLES[rule.name])
    fields = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    assert fields <= {"stage", *EXAMPLES[rule.name]}
    assert rule.title


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_sentence_is_filled_in_both_languages(rule):
    finding = rule.finding("strong", EXAMPLES[rule.name], stage="operator")
    for language in ("markdown", "plain"):
        sentence = finding_sentence(finding, language)
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "None" not in sentence


def test_no_rule_stands_outside_its_family_file():
    """One object a rule: nothing else in the package knows its code but for the recommendation it is cited in."""
    for rule in RULES:
        source = inspect.getsource(inspect.getmodule(type(rule)))
        assert rule.name in source
        assert any(isinstance(n, ast.ClassDef) and n.name == type(rule).__name__ for n in ast.parse(source).body)
    assert {type(rule).__module__.rpartition(".")[0] for rule in RULES} == {rules.__name__}


@pytest.mark.parametrize(
    ("runs", "shown", "words"),
    [
        (1, False, "one run can't tell"),
        (2, False, "two runs can't tell"),
        (5, False, "not beyond noise"),
        (5, True, "-88 %"),
    ],
)
def test_a_gain_of_few_runs_is_not_called_noise(runs, shown, words):
    facts = {"candidate_gain": None, "candidate_evaluations": None, "baseline_evaluations": None}
    side = {"baseline_gain": 0.88, "baseline_change": -0.88, "baseline_shown": shown, "baseline_runs": runs}
    text = finding_sentence(SearchGain().finding("suggestive", {**facts, **side}), "plain")
    assert words in text
    assert ("noise" in text) != shown
