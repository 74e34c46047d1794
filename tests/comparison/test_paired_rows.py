"""Comparisons in pairs, through `compare` itself: which test decides, and that it keeps its error rate."""

import math
from dataclasses import replace

import numpy as np
import pytest
from paired_runs import KEY, earlier_groups, seeded_group, shared_values

import runcompare
from runcompare.comparison.paired_rows import earlier_pairs
from runcompare.comparison.pairing import Matching
from runcompare.metrics.metric import Metric
from runcompare.metrics.value import FINAL
from runcompare.records.run import PICK, Group, Searched

RHO = 0.6
NULLS = 300


def compared(new, old, tmp_path, **options):
    """`compare` on groups at hand, with no history but the one that is named."""
    new, old = (seeded_group(n, v) if not isinstance(v, Group) else v for n, v in (("new", new), ("old", old)))
    return runcompare.compare(new, old, runs=tmp_path, metric=KEY, direction="min", **options)


def sides(seed, seeds=4, effect=0.0):
    drawn = shared_values(np.random.default_rng(seed), ("new", "old"), seeds, rho=RHO)
    return [v * math.exp(effect) for v in drawn["new"]], drawn["old"]


def history(rho, groups=12):
    return earlier_groups(np.random.default_rng(99), groups, rho=rho)


def test_earlier_pairs_that_share_much_let_found_pairs_decide(tmp_path):
    c = compared(*sides(1, effect=-0.1), tmp_path, noise_from=history(0.8))
    assert c.pairing.decides
    assert not c.pairing.declared
    assert c.quality.test.method.startswith("moderated paired t test over 4 pairs")
    assert c.pairing.other.method.startswith("moderated Welch t test")
    assert c.pairing.groups == 6
    assert "6 earlier comparisons in pairs correlate by 0." in c.pairing.chosen
    assert c.quality.test.noise.names == tuple(f"h{i:02d}" for i in range(12))
    assert any(choice.what == "pairing" for choice in c.choices)


def test_earlier_pairs_that_share_nothing_leave_the_verdict_to_the_unpaired_test(tmp_path):
    c = compared(*sides(1), tmp_path, noise_from=history(0.0, groups=40))
    assert c.pairing.earlier.value < 0.15
    assert not c.pairing.decides
    assert "too little for pairs to help" in c.pairing.chosen
    assert "Welch" in c.quality.test.method
    assert "paired t test" in c.pairing.other.method


def test_few_found_pairs_without_earlier_ones_are_shown_and_do_not_decide(tmp_path):
    c = compared(*sides(1), tmp_path)
    assert not c.pairing.decides
    assert "4 pairs are few" in c.pairing.chosen
    assert c.pairing.other.p_value is not None


def test_many_found_pairs_decide(tmp_path):
    assert compared(*sides(1, seeds=16), tmp_path).pairing.decides
    assert not compared(*sides(1, seeds=15), tmp_path).pairing.decides


def test_declared_pairs_decide_and_none_takes_them_away(tmp_path):
    new, old = sides(1)
    declared = compared(new, old, tmp_path, pair_by="seed")
    assert declared.pairing.decides
    assert declared.options.asked["pair_by"] == "seed"
    off = compared(new, old, tmp_path, pair_by="none", noise_from=history(0.8))
    assert (off.pairing.decides, off.pairing.other) == (False, None)


def test_declared_pairs_of_unequal_sides_are_judged_over_the_pairs_alone(tmp_path):
    new, old = sides(1, seeds=5)
    c = compared(new, old[:3], tmp_path, pair_by="seed")
    assert c.quality.test.p_value == compared(new[:3], old[:3], tmp_path, pair_by="seed").quality.test.p_value
    assert c.quality.ratio == pytest.approx(1 + c.quality.test.effect)
    assert c.pairing.alone == ("new-s3", "new-s4")
    assert "5 against 3 seeds" in c.pairing.other.method


def test_a_run_without_the_metric_takes_its_partner_along(tmp_path):
    new, old = sides(1)
    c = compared({0: new[0], 1: None, 2: new[2], 3: new[3]}, old, tmp_path, pair_by="seed")
    kept = [{s: side[s] for s in (0, 2, 3)} for side in (new, old)]
    assert c.quality.test.p_value == compared(*kept, tmp_path, pair_by="seed").quality.test.p_value
    assert "seed 1 lacks the metric on a side" in c.pairing.matched
    assert c.pairing.alone == ("old-s1",)


def test_several_runs_of_a_key_stand_by_their_mean(tmp_path):
    def folded(name, values):
        runs = seeded_group(name, values).runs
        return Group(name, name, tuple(replace(r, config={**r.config, "fold": i // 2}) for i, r in enumerate(runs)))

    new, old = sides(1, seeds=6)
    c = compared(folded("new", new), folded("old", old), tmp_path, pair_by="fold")
    logs = [np.log(side).reshape(3, 2).mean(axis=1) for side in (new, old)]
    alone = compared(*(dict(enumerate(np.exp(side))) for side in logs), tmp_path, pair_by="seed")
    assert len(c.pairing.pairs) == 3
    assert c.quality.test.p_value == pytest.approx(alone.quality.test.p_value)


def test_a_pick_is_judged_without_pairs(tmp_path):
    new, old = sides(1, seeds=16)
    assert compared(new, old, tmp_path).pairing.decides
    picked = replace(seeded_group("new", new), searched=(Searched(5, KEY, PICK),))
    c = compared(picked, old, tmp_path, pair_by="seed")
    assert not c.pairing.decides
    assert "best of a search" in c.pairing.chosen
    assert c.pairing.other.p_value is not None


def test_a_smallest_effect_in_units_of_the_noise_is_that_of_seeds_for_both_tests(tmp_path):
    c = compared(*sides(1), tmp_path, pair_by="seed", min_effect="1sd")
    assert c.quality.test.margin == pytest.approx(c.pairing.other.margin)


# --- properties


@pytest.mark.parametrize("options", [{"pair_by": "seed"}, {"noise_from": history(0.8)}, {}])
def test_swapping_the_sides_mirrors_everything(tmp_path, options):
    new, old = sides(3, effect=-0.15)
    there, back = compared(new, old, tmp_path, **options), compared(old, new, tmp_path, **options)
    assert there.pairing.decides == back.pairing.decides
    for one, other in ((there.quality.test, back.quality.test), (there.pairing.other, back.pairing.other)):
        assert other.p_value == pytest.approx(one.p_value)
        assert (1 + other.low) * (1 + one.high) == pytest.approx(1)
        assert {one.verdict, other.verdict} in ({"better", "worse"}, {"inconclusive"})
    assert back.pairing.shared.value == pytest.approx(there.pairing.shared.value)


def test_the_order_of_the_seeds_on_one_side_changes_nothing(tmp_path):
    new, old = sides(3, effect=-0.1)
    shuffled = {s: new[s] for s in (2, 0, 3, 1)}
    one, other = (compared(side, old, tmp_path, pair_by="seed") for side in (new, shuffled))
    assert one.quality.test == other.quality.test
    assert one.pairing.pairs == other.pairing.pairs


def test_other_partners_would_change_the_result(tmp_path):
    """The test above would hold for runs matched by place, if the values were shuffled and not the runs."""
    new, old = sides(3, effect=-0.1)
    other = [new[s] for s in (2, 0, 3, 1)]
    p_values = [compared(side, old, tmp_path, pair_by="seed").quality.test.p_value for side in (new, other)]
    assert p_values[0] != pytest.approx(p_values[1])


def test_another_unit_changes_nothing(tmp_path):
    new, old = sides(3, effect=-0.1)
    one = compared(new, old, tmp_path, pair_by="seed").quality.test
    other = compared([7 * v for v in new], [7 * v for v in old], tmp_path, pair_by="seed").quality.test
    assert (other.p_value, other.effect) == (pytest.approx(one.p_value), pytest.approx(one.effect))


# --- earlier pairs


def pairs_of(groups, declared=False):
    return earlier_pairs(groups, Metric(KEY, KEY), FINAL, Matching("seed", declared, ""))


def test_each_earlier_group_is_in_one_pair_at_most_by_name():
    found = pairs_of(reversed(history(0.5, groups=5)))
    assert found.names == ("h00", "h01", "h02", "h03")
    assert [len(new) for new, _ in found.pairs] == [4, 4]


def test_earlier_groups_of_other_batches_are_no_pair_unless_pairs_are_declared():
    groups = [seeded_group("a", [1.0, 2.0]), seeded_group("b", [1.0, 2.0], config={"batch_size": 99})]
    assert pairs_of(groups).pairs == ()
    assert len(pairs_of(groups, declared=True).pairs) == 1


def test_earlier_groups_pair_by_seed_and_not_by_place():
    groups = [seeded_group("a", {0: 1.0, 1: 2.0, 5: 9.0}), seeded_group("b", {1: 4.0, 0: 3.0})]
    assert pairs_of(groups).pairs == (([1.0, 2.0], [3.0, 4.0]),)


# --- the error rate


@pytest.mark.parametrize(("rho", "seeds", "past"), [(0.0, 3, 0.0), (0.7, 3, 0.7), (0.6, 16, None), (0.0, 3, 0.6)])
def test_null_comparisons_that_share_their_seeds_keep_their_error_rate(tmp_path, rho, seeds, past):
    """As a user compares them: nothing declared, the rule chooses the test. t3 noise, which nothing was tuned on."""
    rng = np.random.default_rng([int(10 * rho), seeds])
    found = decided = 0
    for _ in range(NULLS):
        groups = [] if past is None else earlier_groups(rng, 12, rho=past)
        common = math.sqrt(rho) * rng.standard_t(3, seeds)
        new, old = (np.exp(0.05 * (common + math.sqrt(1 - rho) * rng.standard_t(3, seeds))) for _ in range(2))
        c = compared([*map(float, new)], [*map(float, old)], tmp_path, noise_from=groups)
        found += c.verdict in ("better", "worse")
        decided += c.pairing.decides
    assert found / NULLS <= 0.055 + 4 * math.sqrt(0.055 * 0.945 / NULLS)
    assert decided > 0.8 * NULLS if past != 0.0 else decided < 0.5 * NULLS
