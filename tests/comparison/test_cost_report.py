"""What groups cost, and which are worth it, as one report."""

import json
from dataclasses import replace

import pytest
from costed_groups import costed_group

from runcompare.comparison.cost_report import cost_report
from runcompare.costs import PriceBook, final_value
from runcompare.errors import UsageError
from runcompare.records.as_json import plain

BOOK = PriceBook.load(flat=2.0)
NEW = costed_group("new", [0.05, 0.051, 0.052], seconds=7200)
OLD = costed_group("old", [0.10, 0.101, 0.102])


def test_a_single_group_has_a_ledger_a_run_and_nothing_to_compare_with():
    report = cost_report([OLD], BOOK)
    (group,) = report.groups
    assert [x.run_id for x in group.runs] == ["old0", "old1", "old2"]
    assert group.group.total.money.value == pytest.approx(2.0 * (1 + 1.01 + 1.02))
    assert (report.ratios, report.iso_quality, report.frontier, report.points) == ((), (), (), ())


def test_ratios_are_those_of_all_groups_to_the_last():
    report = cost_report([NEW, OLD], BOOK)
    (found,) = report.ratios
    assert (found.candidate, found.baseline) == ("new", "old")
    for name in ("wall", "train.wall", "eval.wall", "device_hours", "money"):
        assert found.ratios[name].mid == pytest.approx(2.0), name


def test_equal_quality_is_where_the_worse_side_ended():
    (equal,) = cost_report([NEW, OLD], BOOK).iso_quality
    assert (equal.key, equal.worse, equal.target) == ("eval/nrmse", "old", final_value(OLD.runs, "eval/nrmse"))


def test_groups_without_a_metric_in_common_have_no_equal_quality():
    bare = costed_group("bare", [None, None])
    assert cost_report([bare, OLD], BOOK, metric="eval/nrmse").iso_quality == ()


def test_the_target_is_what_the_last_group_ended_with_unless_one_is_named():
    report = cost_report([NEW, OLD], BOOK, metric="eval/nrmse")
    assert [t.target for t in report.to_target.values()] == [final_value(OLD.runs, "eval/nrmse")] * 2
    report = cost_report([NEW, OLD], BOOK, metric="eval/nrmse", target=0.0505)
    assert {name: t.reached for name, t in report.to_target.items()} == {"new": 1, "old": 0}


def test_the_frontier_has_groups_and_the_points_their_runs():
    worse = costed_group("worse", [0.2, 0.2], seconds=9000)
    report = cost_report([worse, NEW, OLD], BOOK, metric="eval/nrmse")
    assert {c.label: c.on_frontier for c in report.frontier} == {"old": True, "new": True, "worse": False}
    assert [p.run_id for p in report.points] == [x.run_id for g in report.groups for x in g.runs]


def test_seeds_beyond_the_decision_are_waste():
    many = costed_group("many", [0.05 + 0.001 * k for k in range(5)])
    others = costed_group("others", [0.10 + 0.001 * k for k in range(5)])
    for group in cost_report([many, others], BOOK).groups:
        (beyond,) = [w for w in group.waste_sums if w.what == "seeds beyond the decision"]
        parts = [w for w in group.waste if w.what == "seeds beyond the decision"]
        assert beyond.runs == len(parts) == 2
        assert beyond.money.value == pytest.approx(sum(w.money.value for w in parts))


def test_groups_of_one_label_are_told_apart():
    again = replace(OLD, reference="group:old")
    labels = [g.label for g in cost_report([OLD, again, again], BOOK).groups]
    assert labels == ["old", "group:old", "group:old'"]


def test_notes_of_the_references_are_warnings_each_once():
    noted = replace(OLD, notes=("The group is meant.",))
    assert cost_report([noted, replace(noted, reference="x")], BOOK).warnings == ("The group is meant.",)


@pytest.mark.parametrize(
    ("groups", "options", "words"),
    [
        ([], {}, "at least one group"),
        ([OLD], {"target": 0.1}, "needs a metric"),
        ([OLD], {"metric": "eval/nrsme"}, "Did you mean 'eval/nrmse'"),
        ([OLD], {"region": "XX"}, "XX"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(groups, options, words):
    with pytest.raises(UsageError) as error:
        cost_report(groups, BOOK, **options)
    assert words in str(error.value)


def test_a_report_is_plain_data():
    report = cost_report([NEW, OLD], BOOK, metric="eval/nrmse")
    assert json.dumps(plain(report), allow_nan=False)
