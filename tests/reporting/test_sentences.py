import pytest

from runcompare.comparison.model import Recommendation
from runcompare.records.figure import Figure
from runcompare.reporting.sentences import fill, recommendation_sentence


@pytest.mark.parametrize(
    ("sentence", "facts", "expected"),
    [
        ("{x:share} of it", {"x": 0.5}, "50 % of it"),
        ("{x:times} and {x:compared}", {"x": 3.3}, "3.3x and 3.3x"),
        ("{x:duration}", {"x": 90.0}, "90 s"),
        ("{x:figure}", {"x": Figure(2.0, "USD")}, "$2.00"),
        ("{x:code}", {"x": "a/b"}, "`a/b`"),
        ("{x:codes}", {"x": ["a", "b"]}, "`a`, `b`"),
        ("{x:list}", {"x": ["running", "failed"]}, "running, failed"),
    ],
)
def test_each_style_fills_its_field(sentence, facts, expected):
    assert fill(sentence, facts) == expected


def test_text_is_escaped_for_its_document():
    assert fill("{x}", {"x": "*a* <b>"}) == r"\*a\* \<b\>"
    assert fill("{x}", {"x": "*a*\n"}, "plain") == "*a*"


def test_a_fact_with_braces_is_not_filled_again():
    assert fill("{x}", {"x": "{y}", "y": "secret"}, "plain") == "{y}"


def test_a_field_without_a_fact_is_an_error():
    with pytest.raises(KeyError):
        fill("{nothing}", {})


def test_plain_text_has_no_emphasis():
    advice = Recommendation("adopt", {}, (), "**Adopt the candidate.**")
    assert recommendation_sentence(advice, "plain") == "Adopt the candidate."


def test_thousands_of_names_are_some_and_a_number():
    found = fill("{keys:codes} changed.", {"keys": [f"k{n}" for n in range(5000)]})
    assert found.endswith("`k19` and 4,980 more changed.")
    assert fill("{keys:codes}", {"keys": ["a", "b"]}) == "`a`, `b`"
