"""Many groups in one ranking: what is ranked, what is left out and why."""

import json

import pytest

import runcompare
from runcompare.errors import UsageError
from runcompare.records.run import Group


def group(name: str, level: float, seeds: int = 4, *, metric: str = "val/loss", slow: float = 1.0, config=None):
    rows = [
        {
            "seed": s,
            "step": e,
            metric: level * (1 + 0.01 * ((7 * s + len(name)) % 5 - 2)),
            "timestamp": 1e9 + 60 * slow * e,
        }
        for s in range(seeds)
        for e in range(5)
    ]
    return runcompare.from_frame(rows, by="seed", name=name, config=config or {"lr": level})


@pytest.fixture(scope="module")
def ranked():
    return runcompare.rank(
        group("middle", 2.0), group("best", 1.0), group("last", 4.0), metric="val/loss", direction="min"
    )


def test_groups_stand_in_their_order_with_the_ranks_that_they_may_have(ranked):
    assert [(one.label, one.rank, one.low, one.high, one.tier) for one in ranked.groups] == [
        ("best", 1, 1, 1, 1),
        ("middle", 2, 2, 2, 2),
        ("last", 3, 3, 3, 3),
    ]
    assert ranked.best == ("best",)
    assert ranked.groups[0].better_than == ("middle", "last")
    assert ranked.claims == 6


def test_the_direction_turns_it_round():
    turned = runcompare.rank(group("a", 1.0), group("b", 2.0), metric="val/loss", direction="max")
    assert [one.label for one in turned.groups] == ["b", "a"]


def test_a_group_with_other_data_and_one_without_the_metric_are_told_and_left_out():
    other = group("other", 1.5, config={"dataset": "B"})
    same = [group(name, level, config={"dataset": "A"}) for name, level in (("a", 1.0), ("b", 2.0))]
    lacking = group("lacking", 1.0, metric="val/other", config={"dataset": "A"})
    ranked = runcompare.rank(*same, other, lacking, metric="val/loss", direction="min")
    assert [one.label for one in ranked.groups] == ["a", "b"]
    said = {note.code: note.text for note in ranked.left_out}
    assert said["lacking"] == "it has no result val/loss"
    assert "can't be compared with a: The data differ: dataset is B against A" in said["other"]
    forced = runcompare.rank(*same, other, metric="val/loss", direction="min", force=True)
    assert len(forced.groups) == 3


def test_a_group_that_only_diverged_is_left_out():
    bad = group("bad", float("nan"), config={"lr": 0.5})
    ranked = runcompare.rank(group("a", 1.0), group("b", 2.0), bad, metric="val/loss", direction="min")
    assert [note.text for note in ranked.left_out if note.code == "bad"] == ["no run ended with a finite val/loss"]


def test_cost_stands_beside_quality_and_the_frontier_says_who_is_worth_it():
    ranked = runcompare.rank(
        group("good and slow", 1.0, slow=10.0),
        group("fair and quick", 2.0),
        group("bad and slow", 4.0, slow=10.0),
        metric="val/loss",
        direction="min",
    )
    assert [one.time.mid for one in ranked.groups] == pytest.approx([2400.0, 240.0, 2400.0])
    if ranked.frontier:
        assert [one.on_frontier for one in ranked.groups] == [True, True, False]
        assert len(ranked.points) == 12


def test_groups_of_one_name_get_labels_of_their_own():
    same = [Group("x", "", tuple(group(name, level))) for name, level in (("a", 1.0), ("b", 2.0))]
    ranked = runcompare.rank(*same, metric="val/loss", direction="min")
    assert [one.label for one in ranked.groups] == ["x (1)", "x (2)"]


@pytest.mark.parametrize(
    ("groups", "options", "says"),
    [
        ([("a", 1.0)], {}, "two groups or more"),
        ([("a", 1.0), ("b", 2.0)], {"metric": "val/zebra"}, "val/zebra"),
    ],
)
def test_what_can_not_be_ranked_is_a_usage_error(groups, options, says):
    with pytest.raises(UsageError, match=says):
        runcompare.rank(*(group(*g) for g in groups), **{"metric": "val/loss", "direction": "min", **options})


def test_a_metric_without_a_direction_is_not_ranked():
    made = [group(name, level, metric="zebra") for name, level in (("a", 1.0), ("b", 2.0))]
    with pytest.raises(UsageError, match="Whether more or less of 'zebra'") as error:
        runcompare.rank(*made, metric="zebra")
    assert "--direction" in error.value.hint


def test_a_training_in_two_groups_is_refused():
    one = group("a", 1.0)
    with pytest.raises(UsageError, match="share runs"):
        runcompare.rank(one, one[:2], metric="val/loss", direction="min")
    with pytest.raises(UsageError, match="share runs"):
        runcompare.rank(one, one, metric="val/loss", direction="min")


def test_shares_come_back_from_their_odds():
    made = [group(name, level, metric="val/accuracy") for name, level in (("a", 0.6), ("b", 0.9))]
    ranked = runcompare.rank(*made, metric="val/accuracy")
    first = ranked.groups[0]
    assert first.label == "b"
    assert 0.8 < first.mean_low < first.sample.center < first.mean_high < 1.0


def test_the_json_is_plain_and_says_what_the_text_says(ranked):
    from runcompare.reporting.ranking_text import rank_title, to_json

    document = json.loads(to_json(ranked))
    assert document["kind"] == "ranking"
    assert document["text"]["best"] == ["best"]
    assert document["text"]["headline"] == rank_title(ranked) == "best is shown to be the best of 3 by val/loss"
