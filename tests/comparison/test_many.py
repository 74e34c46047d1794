"""Several candidates against one baseline: one error rate for all."""

import json

import numpy as np
import pytest

import runcompare
from runcompare import stats
from runcompare.comparison.many import holm_levels
from runcompare.errors import UsageError
from runcompare.reporting.many_text import many_title, to_json, to_markdown

SPREAD = (-0.012, 0.004, 0.011, -0.003)


def group(name: str, level: float, config=None):
    rows = [{"seed": s, "epoch": e, "val/loss": level * (1 + d)} for s, d in enumerate(SPREAD) for e in range(2)]
    return runcompare.from_frame(rows, by="seed", name=name, config=config or {"lr": level})


def compared(*levels: float, **options):
    named = [group(f"c{i}", level) for i, level in enumerate(levels)]
    return runcompare.compare_many(named, group("old", 1.0), metric="val/loss", direction="min", **options)


@pytest.mark.parametrize("seed", range(20))
def test_a_p_value_is_below_its_level_exactly_where_holm_rejects(seed):
    rng = np.random.default_rng(seed)
    p = rng.beta(0.4, 2, size=rng.integers(1, 7))
    rejected = [x < level for x, level in zip(p, holm_levels(list(p), 0.05), strict=True)]
    assert rejected == list(stats.holm(p) < 0.05)


def test_levels_of_three():
    assert holm_levels([0.001, 0.5, 0.02], 0.06) == pytest.approx([0.02, 0.06, 0.03])
    assert holm_levels([0.5, 0.04, 0.9], 0.06) == pytest.approx([0.02, 0.02, 0.02])


def test_each_candidate_has_its_verdict_its_level_and_the_q_of_all():
    r = compared(0.8, 1.25, 0.999)
    assert [c.verdict for c in r.candidates] == ["better", "worse", "inconclusive"]
    assert sorted(c.options.alpha for c in r.candidates) == pytest.approx([0.05 / 3, 0.05 / 2, 0.05])
    p = [c.quality.test.p_value for c in r.candidates]
    assert [c.quality.test.q_value for c in r.candidates] == pytest.approx(list(stats.holm(p)))
    assert many_title(r) == "1 of 3 candidates is better than old: c0"


def test_a_difference_that_holds_alone_may_not_hold_among_many():
    alone = runcompare.compare(group("c", 0.983), group("old", 1.0), metric="val/loss", direction="min")
    p = alone.quality.test.p_value
    assert 0.05 / 3 < p < 0.05, "pick a level whose p lies between"
    assert alone.verdict == "better"
    r = compared(0.983, 0.984, 1.001)
    assert [c.verdict for c in r.candidates] == ["inconclusive"] * 3
    assert all(c.quality.test.low < 0 < c.quality.test.high for c in r.candidates)
    assert many_title(r) == "None of 3 candidates is shown to differ from old"


def test_a_candidate_without_the_metric_is_told_and_left_out():
    rows = [{"seed": s, "val/other": 1.0} for s in range(3)]
    lacking = runcompare.from_frame(rows, by="seed", name="lacking")
    r = runcompare.compare_many(
        [group("a", 0.8), group("b", 0.9), lacking], group("old", 1.0), metric="val/loss", direction="min"
    )
    assert [c.candidate.label for c in r.candidates][:2] == ["a", "b"]
    third = r.left_out[0].code if r.left_out else r.candidates[2].verdict
    assert third in ("lacking", "can't tell")


def test_other_data_are_not_comparable_in_their_row():
    made = [group("a", 0.8, {"dataset": "A"}), group("b", 0.9, {"dataset": "B"})]
    r = runcompare.compare_many(made, group("old", 1.0, {"dataset": "A"}), metric="val/loss", direction="min")
    assert [c.verdict for c in r.candidates] == ["better", "not comparable"]
    assert "| b |" in to_markdown(r)
    assert "not comparable" in to_markdown(r)


def test_one_candidate_is_no_several_and_a_training_on_two_sides_is_refused():
    with pytest.raises(UsageError, match="two or more"):
        runcompare.compare_many([group("a", 1.0)], group("old", 1.0))
    same = group("a", 1.0)
    with pytest.raises(UsageError, match="share runs"):
        runcompare.compare_many([same, same], group("old", 1.0), metric="val/loss", direction="min")


def test_the_document_says_how_many_were_corrected_for():
    r = compared(0.8, 1.25, 0.999)
    text = to_markdown(r)
    assert "error rate of 5 % by Holm's procedure" in text
    assert text.count("\n## ") == 1 + 3 + 1
    document = json.loads(to_json(r))
    assert document["kind"] == "many"
    assert len(document["candidates"]) == 3
    assert document["text"]["headline"] == many_title(r)
