"""No word of a report claims what its interval or provenance does not carry: every kind of verdict, cost, guardrail,
direction and scale, in every document."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console
from verdict_cases import VERDICTS, Case, all_cases, comparison_of

from runcompare.comparison.comparison import Comparison
from runcompare.reporting import to_markdown, to_terminal
from runcompare.reporting.as_json import text_of

# phrases that claim nothing, though a word of the table stands in them
NEUTRAL = re.compile(
    "|".join(
        (
            r"(higher|lower) is better",
            r"[Ww]hich is better",
            r"Whether new is better",
            r"nothing here shows that it is better",
            r"not shown to be (better|cheaper)",
            r"exclude that the candidate is better",
            r"not shown to hold, nor to get worse",
            r"costs more or less",
            r"so nothing is called equivalent",
            r"no (difference in cost|saving) was shown",
            r"not shown to differ",
        )
    )
)

# word or phrase -> when it may stand
Rule = tuple[str, Callable[[Case], bool]]
RULES: tuple[Rule, ...] = (
    (r"(?<!likely )\b[Bb]etter\b", lambda c: c.word == "better"),
    (r"(?<!likely )\b[Ww]orse\b", lambda c: c.word == "worse" or c.guardrail == "worse"),
    (r"likely better", lambda c: c.word == "likely better"),
    (r"likely worse", lambda c: c.word == "likely worse"),
    (r"likely higher", lambda c: c.word == "likely higher"),
    (r"other people's runs", lambda c: c.word == "likely better"),
    (r"Confirm it", lambda c: c.word.startswith("likely") and c.guardrail != "worse"),
    (r"\bis worse\b|\bworse (than|by|and|,)", lambda c: c.word == "worse"),
    (r"gain is real|each (per cent|point|unit) of", lambda c: c.word == "better" and c.cost_more),
    (r"more expensive|\bslower\b|, for [\d.]+x the", lambda c: c.cost_more),
    (r"\bcheaper\b|\bfaster\b|, for \d+ % of the", lambda c: c.cost == "less"),
    (r"dearer", lambda _: False),
    (r"the same cost|costs the same", lambda c: c.cost == "same"),
    (r"these two runs", lambda c: c.cost == "one run"),
    (r"15x (slower|more)", lambda c: c.cost == "stated, more"),
    (
        r"\bAdopt\b",
        lambda c: (
            c.guardrail != "worse"
            and (
                (c.word == "better" and not c.small and c.cost in ("same", "less", "close"))
                or ((c.small or c.word == "equivalent") and c.cost == "less")
            )
        ),
    ),
    (r"trade-off|Weigh it", lambda c: (c.word == "better" and c.cost_more) or (c.word == "worse" and c.cost == "less")),
    (
        r"Drop it|Keep the baseline",
        lambda c: c.guardrail == "worse" or (c.direction is not None and not c.word.startswith(("beyond", "likely"))),
    ),
    (r"[Nn]o difference that matters|\(?equivalent\b", lambda c: c.word == "equivalent" or c.guardrail == "held"),
    (r"No difference that matters", lambda c: c.word == "equivalent"),
    (r"less than the 2\\?% asked for", lambda c: c.small or c.word == "equivalent"),
    (r"may be noise", lambda c: c.word == "inconclusive" and min(c.runs) > 2),
    (r"two runs a side can't tell", lambda c: c.verdict == "inconclusive, two runs"),
    (r"beyond noise", lambda c: c.word in ("better", "worse", "higher", "lower") or "beyond" in c.word),
    (r"--direction", lambda c: c.direction is None),
    (r"errors \d", lambda c: c.scale == "logit" and c.direction == "max"),
    (r"\bpoints?\b", lambda c: c.scale == "logit"),
    (r"per cent", lambda c: c.scale == "log"),
    (r"got worse", lambda c: c.guardrail == "worse"),
    (r"\b1 runs\b|\b1 candidate runs\b|None\b|\bnan\b", lambda _: False),
)

CASES = list(all_cases())


def terminal(c: Comparison) -> str:
    out = io.StringIO()
    Console(file=out, width=400).print(to_terminal(c))
    return out.getvalue()


def plain(c: Comparison) -> str:
    text = text_of(c)
    parts = [text.headline, *text.summary, text.worth, *text.known, *text.not_known, *text.recommendations]
    return "\n".join(parts)


def overclaims(case: Case, text: str) -> list[str]:
    left = NEUTRAL.sub("", text.replace("\\", ""))
    return [
        f"{case}: {m[0]!r} in {_line(left, m)}" for word, may in RULES if not may(case) for m in re.finditer(word, left)
    ]


def _line(text: str, match: "re.Match[str]") -> str:
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    return text[start : end if end >= 0 else None]


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 200
    assert {case.verdict for case in CASES} == set(VERDICTS)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_no_word_claims_what_is_not_known(verdict: str) -> None:
    found = []
    for case in (case for case in CASES if case.verdict == verdict):
        c = comparison_of(case)
        for text in (to_markdown(c).split("## Provenance")[0], plain(c), terminal(c)):
            found += overclaims(case, text)
    assert not found, f"{len(found)} of them:\n" + "\n".join(found[:20])


def test_every_rule_can_fail() -> None:
    """Each word of the table stands in some document, but for those that may never stand."""
    made = [comparison_of(case) for case in CASES if case.guardrail in ("none", "worse") and case.direction != "min"]
    everything = "\n".join(plain(c) + terminal(c) for c in made)
    never = [word for word, may in RULES if not any(may(case) for case in CASES)]
    left = NEUTRAL.sub("", everything)
    assert [word for word, _ in RULES if word not in never and not re.search(word, left)] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.guardrail == "worse"][::5], ids=str)
def test_a_guardrail_that_got_worse_vetoes_and_is_named(case: Case) -> None:
    c = comparison_of(case)
    text = text_of(c)
    if case.word == "not comparable":
        assert c.worth is None
        return
    assert c.worth == "drop"
    assert "guardrail safety got worse" in text.headline
    assert "guardrail safety got worse" in text.worth
    assert "guardrail safety got worse" in terminal(c)


@pytest.mark.parametrize("case", [case for case in CASES if case.word in ("higher", "lower")][::5], ids=str)
def test_an_unknown_direction_asks_for_it(case: Case) -> None:
    c = comparison_of(case)
    assert "beyond noise" in text_of(c).headline
    assert "which is better is not known: say --direction" in text_of(c).headline
    assert "`--direction`" in to_markdown(c)
    assert c.worth == ("drop" if case.guardrail == "worse" else "find out")


@pytest.mark.parametrize("case", CASES[::41], ids=str)
def test_every_document_has_the_same_headline(case: Case) -> None:
    c = comparison_of(case)
    headline = text_of(c).headline
    assert terminal(c).startswith(headline)
    assert re.sub(r"[\\`]", "", to_markdown(c).splitlines()[2]) == f"## TL;DR: **{headline}**"
