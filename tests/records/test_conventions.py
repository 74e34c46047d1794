"""The words of pipelines: stages under one name, searches, gates."""

import pytest

from runcompare.records.conventions import canonical, gate_closed, gate_keys, is_search_setting, network_evaluations


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("", "training"),
        ("training/operator", "operator"),
        ("stages/test", "eval"),
        ("ae", "autoencoder"),
        ("a/b", "a/b"),
    ],
)
def test_a_stage_has_one_name(name, one):
    assert canonical(name) == one
    assert canonical(one) == one


def test_a_beam_search_spends_at_most_its_most():
    search = {"ttc.candidates": 16, "ttc.beam_width": 5, "ttc.horizon": 3, "ttc.max_evaluations": 300}
    assert network_evaluations(search) == 2 + 16 * 11
    assert network_evaluations({**search, "ttc.max_evaluations": 100}) == 102
    assert network_evaluations({**search, "ttc.enabled": False}) == 2
    assert network_evaluations({}) == 2


def test_settings_of_the_search_by_their_section():
    assert is_search_setting("eval.TTC.horizon")
    assert not is_search_setting("ttcx.horizon")


def test_a_gate_is_closed_at_one_per_cent_and_below():
    assert gate_keys(["b/gate", "a/gate", "gate", "a/gates"]) == ["a/gate", "b/gate"]
    assert gate_closed([0.01, 0, "text"])
    assert not gate_closed([0.0, 0.011])
    assert not gate_closed([float("nan")])
    assert not gate_closed([])
