"""Which look it is, at which level it may decide, and what the report says of that."""

from dataclasses import replace

import numpy as np
import pytest

from runcompare.comparison.build import build
from runcompare.comparison.look import LookBook
from runcompare.comparison.looks import is_spent
from runcompare.comparison.request import Request
from runcompare.errors import UsageError
from runcompare.records.looks import LooksAtHand
from runcompare.records.run import Group
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.next_steps import next_commands
from runcompare.reporting.summary_text import level, summary

NULL = [0.1, 0.103, 0.098, 0.101, 0.099, 0.102, 0.1, 0.097, 0.104, 0.1, 0.102, 0.099, 0.101]


class Reports:
    """Repeated reports on growing groups by one ledger."""

    def __init__(self, group, **book):
        self.group, self.book, self.ledger = group, book, LooksAtHand()

    def sides(self, n, gain):
        old = self.group("b", NULL[:n], stages={}, config={"lr": 1})
        new = self.group("a", [0.999 * v * (1 - gain) for v in reversed(NULL[:n])], stages={}, config={"lr": 2})
        return new, old

    def look(self, n, *, gain=0.0, swapped=False, change=None, **more):
        sides = self.sides(n, gain)
        if change is not None:
            sides = change(*sides)
        book = LookBook(self.ledger.read(), self.ledger.name, **self.book)
        c = build(*(sides[::-1] if swapped else sides), Request(looks=book, **more))
        if is_spent(c.look, c.verdict, c.quality):
            self.ledger.add(replace(c.look.entry, verdict=c.verdict))
        return c


@pytest.fixture
def reports(group):
    return Reports(group)


def test_growing_runs_are_looked_at_in_turn(reports):
    first, between, second = (reports.look(n).look for n in (3, 4, 5))
    assert [look.number for look in (first, between, second)] == [1, 2, 2]
    assert [look.due for look in (first, between, second)] == [True, False, True]
    assert first.level == second.level == pytest.approx(0.0133)
    assert (first.following, second.following, second.earlier) == ((5, 8, 12, 20), (8, 12, 20), (3,))
    assert len(reports.ledger.read()) == 2


def test_the_same_data_looked_at_again_spend_nothing(reports):
    once, again = reports.look(3), reports.look(3)
    assert (again.look.again, again.look.number, again.look.level) == (True, 1, once.look.level)
    assert again.quality.test.p_value == once.quality.test.p_value
    assert len(reports.ledger.read()) == 1
    reports.look(5)
    assert reports.look(3).look.number == 1
    assert len(reports.ledger.read()) == 2


def test_swapped_sides_are_the_same_look(reports):
    here = reports.look(3, gain=0.2)
    there = reports.look(3, gain=0.2, swapped=True)
    assert (here.verdict, there.verdict) == ("better", "worse")
    assert there.look.again
    assert reports.look(5, swapped=True).look.number == 2


def test_order_of_runs_is_no_further_look(reports):
    reports.look(3)
    turned = reports.look(3, change=lambda *sides: [replace(s, runs=s.runs[::-1]) for s in sides])
    assert turned.look.again


def test_between_looks_nothing_is_decided_and_nothing_spent(reports):
    reports.look(3)
    c = reports.look(4, gain=0.5)
    assert (c.verdict, c.quality.assessment) == ("inconclusive", "inconclusive")
    assert c.quality.test.p_value < 1e-3
    assert "and no planned look is due" in to_markdown(c)
    assert reports.look(5, gain=0.5).verdict == "better"


def test_other_values_of_as_many_runs_are_not_looked_at(reports):
    """Neither a running run's later value nor another choice of runs is a free look."""
    reports.look(5)
    later = reports.look(5, gain=0.5)
    assert (later.look.due, later.verdict) == (False, "inconclusive")
    fewer = reports.look(3, gain=0.5)
    assert (fewer.look.due, fewer.verdict) == (False, "inconclusive")
    assert any(note.code == "runs-gone" for note in fewer.look.notes)


def test_five_looks_and_no_more(group):
    reports = Reports(group)
    for n in (3, 5, 8, 12):
        reports.look(n)
    reports.ledger.add(replace(reports.ledger.read()[-1], n=13, data="another"))
    c = reports.look(13, gain=0.5)
    assert (c.look.at, c.look.due, c.look.following, c.verdict) == (None, False, (), "inconclusive")
    assert "Looks used up" in to_markdown(c)


def test_a_look_that_was_made_without_a_ledger_leaves_a_tenth(group):
    reports = Reports(group, unrecorded=True)
    assert reports.look(5).look.level == pytest.approx(0.00133)
    reports.book = {}
    second = reports.look(8).look
    assert (second.level, second.whole) == (pytest.approx(0.00133), pytest.approx(0.055))


def test_the_store_plans_nothing_and_remembers(group):
    reports = Reports(group, planned=False)
    first, second = reports.look(3), reports.look(5)
    assert (first.look.level, first.look.number, level(first)) == (0.05, 1, "95 %")
    assert (second.look.level, second.look.number) == (pytest.approx(0.00133), 2)


def test_what_cannot_be_told_spends_nothing(group):
    reports = Reports(group, planned=False)
    assert reports.look(1).verdict == "can't tell"
    assert reports.ledger.read() == ()
    assert reports.look(3).look.level == 0.05


def test_the_question_is_known_by_settings_or_by_runs(reports):
    reports.look(3)
    renamed = reports.look(5, change=lambda *s: [replace(x, label="z", reference="z") for x in s])
    assert renamed.look.number == 2

    def told(config):
        return lambda *sides: [
            Group(
                s.label,
                s.reference,
                tuple(replace(r, config=config, info=replace(r.info, id=f"x{r.id}")) for r in s.runs),
            )
            if i == 0
            else s
            for i, s in enumerate(sides)
        ]

    assert reports.look(5, change=told({"lr": 9})).look.number == 1


def test_another_metric_is_another_question_and_said(reports):
    reports.look(3)

    def with_loss(*sides):
        return [
            replace(s, runs=tuple(replace(r, summary={**r.summary, "test/loss": 1.0 + 0.01 * r.seed}) for r in s.runs))
            for s in sides
        ]

    c = reports.look(3, change=with_loss, metric="test/loss")
    assert c.look.number == 1
    assert [note.code for note in c.look.notes] == ["other-metrics"]
    assert "were judged by eval/nrmse before" in to_markdown(c)


def test_another_error_rate_is_refused(reports):
    reports.look(3)
    with pytest.raises(UsageError, match=r"share an error rate of 0\.05, not 0\.01"):
        reports.look(5, alpha=0.01)


def test_without_a_ledger_the_report_says_so_and_how_to_have_one(reports):
    c = build(*reports.sides(3, 0.02), Request())
    assert c.look is None
    text = to_markdown(c)
    assert "Looks: no count is kept" in text
    assert "begin one with `--looks FILE --looked`" in text
    assert next_commands(c)[-1].endswith("--looks looks.jsonl --looked")
    first = build(*reports.sides(1, 0.0), Request())
    assert next_commands(first)[-1].endswith("--looks looks.jsonl")


def test_the_advice_is_the_next_look(reports):
    reports.look(3, gain=0.015)
    c = reports.look(5, gain=0.015, asked={"looks": "l.jsonl"})
    (advice,) = [r for r in c.recommendations if r.action == "run_seeds"]
    assert advice.facts["look_at"] in (8, 12, 20, 32, 51, 82, 131)
    assert advice.facts["look_at"] >= c.look.following[0]
    lines = next_commands(c)
    assert f"# train {advice.facts['look_at'] - 5} more seeds of a and " in lines[0]
    assert lines[-1].endswith("--looks l.jsonl")


def test_the_summary_names_level_and_number(reports):
    reports.look(3)
    (line,) = [line for line in summary(reports.look(5)) if line.startswith("Look")]
    assert line.startswith("Look 2 of 5 (this run): p is compared with 1.3 %, so that all looks together are wrong 5 %")
    assert level(reports.look(5)) == "98.7 %"


def test_history_makes_no_noise_at_planned_looks(reports, group):
    rng = np.random.default_rng(1)
    past = [group(f"h{i}", list(0.1 * np.exp(0.03 * rng.normal(size=4))), stages={}) for i in range(8)]
    assert reports.look(3, history=past).quality.test.noise.source == "replicates"
    assert build(*reports.sides(3, 0.0), Request(history=past)).quality.test.noise.source == "history"
