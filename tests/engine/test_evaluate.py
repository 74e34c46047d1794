import pytest

from runcompare.engine.evaluate import evaluate
from runcompare.engine.metrics import nrmse
from runcompare.engine.network.simulator import rollout


def test_what_is_delivered_is_the_search_where_it_is_on(simulator, split, tiny):
    on, off = (evaluate(simulator, split, tiny(ttc__enabled=e)) for e in (True, False))
    assert on.summary["eval/nrmse"] == on.summary["eval/ttc_nrmse"]
    assert on.per_trajectory["eval/nrmse"] == on.per_trajectory["eval/ttc_nrmse"]
    assert off.summary["eval/nrmse"] == off.summary["eval/baseline_nrmse"] == on.summary["eval/baseline_nrmse"]
    assert not any("ttc" in key for key in (*off.summary, *off.per_trajectory, *off.per_frame))


def test_curves_and_samples_average_to_the_summary(simulator, split, tiny):
    found = evaluate(simulator, split, tiny())
    for kind, n in ((found.per_trajectory, 5), (found.per_frame, 3)):
        for key, values in kind.items():
            assert len(values) == n
            assert sum(values) / n == pytest.approx(found.summary[key.removesuffix("_at_frame")], rel=1e-5)


def test_persistence_is_the_first_frame_and_an_open_gate_costs_twice_the_evaluations(simulator, split, tiny):
    truth = split.u[:, 1:]
    found = evaluate(simulator, split, tiny(ttc__enabled=False)).summary
    assert found["eval/persistence_nrmse"] == nrmse(split.u[:, :1].expand_as(truth), truth)
    assert found["eval/network_evaluations"] == 3
    simulator.gate.fill_(0.5)
    open_gate = evaluate(simulator, split, tiny(ttc__enabled=False)).summary
    assert open_gate["eval/network_evaluations"] == 6
    assert open_gate["eval/operator_nrmse"] == found["eval/operator_nrmse"] == found["eval/nrmse"]
    assert open_gate["eval/nrmse"] == nrmse(rollout(simulator, split), truth) != found["eval/nrmse"]
