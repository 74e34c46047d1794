"""What real trainings showed of rules: that each names what it is about, and is silent on what only looks like it."""

import numpy as np
import pytest
from drawn_runs import found, group

from runcompare.comparison.check import check_group
from runcompare.comparison.request import Request
from runcompare.comparison.rules import RULES
from runcompare.comparison.rules.settle import settled

EPOCHS = 30
SCATTER = np.random.default_rng(10).normal(size=EPOCHS)


def alone(loss, val_loss):
    run = group("new", loss=loss, val_loss=val_loss, n=1, steps=EPOCHS)
    return {finding.rule for finding in check_group(run, (), Request()).findings}


def falls(i):
    return 2.0 * 0.9**i


def turned(i):
    return 0.5 + 1.5 * 0.5**i + 0.02 * max(0, i - 8)


@pytest.mark.parametrize(
    ("why", "val_loss", "named"),
    [
        ("it turns and climbs", turned, True),
        ("it falls", falls, False),
        ("it scatters about a plateau", lambda i: (0.5 + 1.5 * 0.5**i) * float(np.exp(0.15 * SCATTER[i])), False),
        ("it ends a little above its best", lambda i: 0.1 + 3.0 * 0.6**i + 0.0015 * max(0, i - 14), False),
        ("its last value alone is high", lambda i: 0.5 + 1.5 * 0.5**i + (0.2 if i > 28 else 0.0), False),
    ],
)
def test_one_run_overfits_where_its_validation_loss_turned_for_good(why, val_loss, named):
    assert ("overfitting" in alone(falls, val_loss)) == named, why


def test_one_run_whose_training_loss_climbs_as_well_does_not_overfit():
    assert "overfitting" not in alone(lambda i: 2.0 * 0.7 ** min(i, 8) + 0.03 * max(0, i - 8), turned)


def test_a_validation_loss_that_scatters_from_the_start_is_not_said_to_carry_nothing_over():
    flat = [0.50, 0.51, 0.50, 0.57, 0.53, 0.58, 0.54, 0.50, 0.57, 0.56]
    assert "nothing_carried_over" not in alone(falls, lambda i: flat[i % 10])
    assert "nothing_carried_over" in alone(falls, lambda i: 0.5 * 1.03**i)


def results(name, val, test):
    return group(name, summary={"val/error": val, "test/error": test})


@pytest.mark.parametrize(
    ("why", "new", "old", "named"),
    [
        ("validation looks better and test is worse", (0.08, 0.12), (0.10, 0.10), True),
        ("it is worse on both", (0.20, 0.24), (0.10, 0.10), False),
        ("it is better on both", (0.05, 0.07), (0.10, 0.10), False),
        ("the other side's test is the better one", (0.10, 0.1001), (0.10, 0.08), False),
    ],
)
def test_test_results_fall_behind_where_validation_looks_as_good(why, new, old, named):
    assert ("test_gap" in found(results("new", *new), results("baseline", *old), "test/error")) == named, why


def spread(name, middle, width):
    steps = (-1.0, 0.1, 1.0, -0.6, 0.5)
    return group(name, n=5, summary={"val/error": lambda seed: middle + width * steps[seed]})


@pytest.mark.parametrize(
    ("why", "wide", "named"), [("some seeds are bad", 0.10, True), ("every seed is better", 0.02, False)]
)
def test_a_spread_counts_where_some_seed_is_no_better(why, wide, named):
    new, old = spread("new", wide, 0.01), spread("baseline", 0.10, 0.0003)
    assert ("seeds_spread" in found(new, old, "val/error")) == named, why


def test_what_lifts_all_errors_explains_their_spread():
    rules = {rule.name: rule for rule in RULES}
    both = [rules[n].finding("strong", {"role": "candidate"}, sentence="") for n in ("lr_too_high", "seeds_spread")]
    assert [f.rule for f in settled(both, RULES)] == ["lr_too_high"]


@pytest.mark.parametrize(
    ("why", "level", "named"),
    [
        ("more data, so its training loss is lower", 0.4, True),
        ("the same training loss", 0.5, True),
        ("harder training data lift its training loss", 0.9, False),
        ("its training loss is another one altogether", 0.02, False),
    ],
)
def test_a_leak_may_lower_the_training_loss(why, level, named):
    leaks = group("new", loss=lambda i: level + 2 * 0.5**i, val_loss=lambda i: 0.9 * (level + 2 * 0.5**i))
    plain = group("baseline", loss=lambda i: 0.5 + 2 * 0.5**i, val_loss=lambda i: 0.9 + 2 * 0.5**i)
    roles = found(leaks, plain).get("suspicious_validation", {})
    assert (roles.get("role") == "candidate") == named, why


def test_no_leak_is_named_beside_a_validation_loss_that_never_fell():
    broken = group("new", loss=lambda i: 0.5 + 2 * 0.5**i, val_loss=lambda i: 2.6)
    plain = group("baseline", loss=lambda i: 0.5 + 2 * 0.5**i, val_loss=lambda i: 0.49 + 2 * 0.5**i)
    rules = found(broken, plain)
    assert "suspicious_validation" not in rules
    assert rules["nothing_carried_over"]["role"] == "candidate"


def test_beside_a_leak_the_other_side_is_not_at_chance():
    def side(name, end, gap):
        return group(
            name,
            loss=lambda i: end + (3 - end) * 0.5**i,
            val_loss=lambda i: gap * end + (3 - end) * 0.5**i,
            config={"lr": 1e-3},
        )

    rules = found(side("new", 0.9, 0.95), side("baseline", 1.1, 1.6))
    assert "at_chance" not in rules
    assert rules["suspicious_validation"]["role"] == "candidate"


def test_a_gap_is_named_beside_a_side_that_has_none():
    by_heart = group("new", loss=lambda i: 2 * 0.8**i, val_loss=lambda i: 1.5 + 0.5 * 0.5**i)
    plain = group("baseline", loss=lambda i: 1.0 + 0.5**i, val_loss=lambda i: 0.99 + 0.5**i)
    assert found(by_heart, plain)["generalisation_gap"]["role"] == "candidate"


def test_two_spikes_show_in_a_short_loss_that_falls_steeply():
    curve = [1.69, 0.81, 0.50, 0.25, 5.54, 0.11, 0.062, 0.046, 0.037, 0.12, 0.031, 0.029]
    plain = [1.45, 0.70, 0.37, 0.20, 0.094, 0.070, 0.053, 0.033, 0.023, 0.018, 0.015, 0.014]
    new = group("new", loss=lambda i: curve[i], steps=12)
    assert found(new, group("baseline", loss=lambda i: plain[i], steps=12))["loss_spikes"]["role"] == "candidate"


@pytest.mark.parametrize(
    ("why", "late", "named"), [("like rates to the end", 1e-3, True), ("another schedule", 1e-5, False)]
)
def test_a_loss_20_percent_higher_at_like_rates_is_near_chance(why, late, named):
    def side(name, level, end):
        return group(
            name,
            loss=lambda i: level + (3 - level) * 0.5**i,
            val_loss=lambda i: 1.02 * level + (3 - level) * 0.5**i,
            lr=lambda i: 1e-3 if i < 8 else end,
        )

    assert ("at_chance" in found(side("new", 1.2, late), side("baseline", 1.0, 1e-3))) == named, why


@pytest.mark.parametrize(("norm", "named"), [(1e-3, True), (1.0, False)])
def test_a_clipping_norm_that_both_sides_share_is_no_cause(norm, named):
    new = group("new", grad_norm=lambda i: 3.0, config={"clip": norm})
    old = group("baseline", grad_norm=lambda i: 0.3, config={"clip": 1.0})
    assert ("mostly_clipped" in found(new, old)) == named


@pytest.mark.parametrize(("rise", "named"), [(0.07, False), (0.3, True)])
def test_one_run_against_one_asks_for_twice_the_difference(rise, named):
    new = group("new", n=1, val_loss=lambda i: 0.5 + 0.5**i + 0.5 * rise * max(0, i - 12) / 11)
    old = group("baseline", n=1, val_loss=lambda i: 0.5 + 0.5**i)
    assert ("overfitting" in found(new, old)) == named


@pytest.mark.parametrize(
    ("why", "level", "role"), [("it stands still", 2.0, "candidate"), ("the other side exploded", 0.01, None)]
)
def test_gradients_vanish_on_a_side_that_is_no_better(why, level, role):
    new = group("new", loss=lambda i: level, grad_norm=lambda i: 1e-6)
    old = group("baseline", grad_norm=lambda i: 1.0)
    assert found(new, old).get("gradients_vanished", {}).get("role") == role, why


@pytest.mark.parametrize("symptom", ["gradients_vanished", "overfitting", "under_trained"])
def test_a_learning_rate_that_is_too_high_explains_what_it_does(symptom):
    rules = {rule.name: rule for rule in RULES}
    both = [rules[n].finding("strong", {"role": "candidate"}, sentence="") for n in (symptom, "lr_too_high")]
    assert [f.rule for f in settled(both, RULES)] == ["lr_too_high"]
