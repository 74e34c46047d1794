"""A rule's code is cited in reports, scripts and tickets: it never comes to mean another rule."""

import re
from collections import Counter

from runcompare.comparison.rules import RULES

# Add lines; change none. A rule that goes leaves its code unused for ever.
FROZEN = """
RC101 nonfinite
RC102 diverged
RC103 loss_spikes
RC201 lr_zero
RC202 lr_never_decayed
RC203 lr_too_high
RC204 did_not_learn
RC205 nothing_carried_over
RC206 stalled
RC207 at_chance
RC208 number_as_text
RC209 setting_without_effect
RC301 overfitting
RC302 under_trained
RC303 shorter_training
RC304 more_epochs_no_gain
RC305 loss_against_metric
RC306 suspicious_validation
RC307 generalisation_gap
RC308 test_gap
RC401 mostly_clipped
RC402 gradients_vanished
RC403 gradients_grew
RC404 grad_norm_higher
RC405 seeds_spread
RC406 seed_without_effect
RC501 search_gain
RC502 search_rescued
RC503 search_wasted
RC504 gate_closed
RC601 dominated
RC602 time_share
RC603 device_idle
RC604 throughput_lower
RC701 confounded
RC702 single_runs
RC703 hardware_differs
RC704 unfinished
RC705 missing_stage
RC706 estimated_figures
RC707 records_lost
RC708 claim_holds
RC709 claim_refuted
RC710 best_worse_than_final
RC711 data_differ
RC712 lengths_differ
RC713 missing_evidence
"""
NAMES = dict(line.split() for line in FROZEN.split("\n") if line)


def test_every_rule_has_a_code_and_a_name_of_its_own():
    for kind in ("code", "name"):
        assert max(Counter(getattr(rule, kind) for rule in RULES).values()) == 1
    assert all(re.fullmatch(r"RC[1-9]\d\d", rule.code) for rule in RULES)


def test_no_code_changes_its_meaning():
    assert {rule.code: rule.name for rule in RULES} == NAMES


def test_a_finding_carries_its_code():
    from comparisons import make_finding

    assert make_finding("overfitting").code == "RC301"
