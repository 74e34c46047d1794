import math

import pytest
import torch

from runcompare.engine.metrics import nrmse
from runcompare.engine.network.simulator import rollout
from runcompare.engine.search import beam
from runcompare.engine.search.study import mean_of_n, oracle, reward_rank_correlation


def reward_by(monkeypatch, measure):
    monkeypatch.setattr(beam, "total_reward", lambda weights, equation, u, v, **known: measure(v))


def test_a_reward_that_knows_the_truth_ranks_as_the_truth_does(simulator, split, tiny, monkeypatch):
    truth = split.u[:, 1:].flatten(0, 1).repeat_interleave(4, 0)
    for sign, expected in ((1, 1.0), (-1, -1.0)):
        reward_by(monkeypatch, lambda v, sign=sign: -sign * (v - truth).square().mean(-1))
        assert reward_rank_correlation(simulator, split, tiny()) == pytest.approx(expected)


def test_without_candidates_to_rank_the_correlation_is_unknown(simulator, split, tiny):
    alone = tiny(ttc__candidates=1, ttc__beam_width=1, ttc__enabled=False)
    assert math.isnan(reward_rank_correlation(simulator, split, alone))


def test_the_oracle_is_no_worse_than_the_operator_at_its_first_step(simulator, split, tiny):
    first, truth = oracle(simulator, split, tiny())[:, :1], split.u[:, 1:2]
    assert nrmse(first, truth) <= nrmse(rollout(simulator, split)[:, :1], truth)


def test_the_mean_of_n_has_as_many_evaluations_as_the_search(simulator, split, tiny):
    found = mean_of_n(simulator, split, tiny())
    plan = beam.plan_search(tiny().ttc)
    assert found.evaluations == plan.evaluations * 3
    assert found.states.shape == (5, 3, 64)
    assert not torch.equal(found.states, rollout(simulator, split))
