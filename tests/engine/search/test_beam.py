import pytest
import torch

from runcompare.engine.config.schema import TtcConfig
from runcompare.engine.data.dataset import Split
from runcompare.engine.network.simulator import rollout
from runcompare.engine.search.beam import plan_search, search_cost, search_rollout


@pytest.mark.parametrize(("candidates", "width", "horizon", "cost"), [(8, 3, 2, 32), (16, 5, 3, 176), (4, 1, 1, 4)])
def test_search_cost_by_hand(candidates, width, horizon, cost):
    assert search_cost(candidates, width, horizon) == cost


@pytest.mark.parametrize("budget", [2, 3, 7, 20, 31, 32, 500])
def test_the_search_stays_within_its_evaluations(simulator, split, budget, monkeypatch):
    config = TtcConfig(candidates=8, beam_width=3, horizon=2, max_evaluations=budget)
    spent = []
    for name in ("operator", "student"):
        module = getattr(simulator, name)
        net = module if name == "operator" else module.net
        monkeypatch.setattr(net, "forward", lambda x, c, f=net.forward: spent.append(len(x)) or f(x, c))
    _, claimed = search_rollout(simulator, split, config, equation="burgers", dt=0.1)
    assert sum(spent) / len(split) == claimed
    assert claimed <= budget * 3
    assert plan_search(config).evaluations <= budget


def test_a_search_of_one_candidate_is_the_operator(simulator, split):
    found, _ = search_rollout(
        simulator, split, TtcConfig(candidates=1, beam_width=1, horizon=1), equation="burgers", dt=0.1
    )
    assert torch.allclose(found, rollout(simulator, split), atol=1e-6)


def test_trajectories_are_searched_independently(simulator, split):
    config = TtcConfig(candidates=1, beam_width=1, horizon=1)
    one = Split(split.u[:1], split.parameter[:1])
    both, alone = (search_rollout(simulator, s, config, equation="burgers", dt=0.1)[0] for s in (split, one))
    assert torch.allclose(both[:1], alone, atol=1e-6)


def test_a_beam_finds_the_best_path_of_an_exhaustive_search(simulator, split, monkeypatch):
    """With a beam that keeps everything, the first step is that of the best of all paths."""
    from runcompare.engine.search import beam as ttc

    def reward(weights, equation, u, v, parameter, dt):
        return torch.sin(40 * v.square().mean(-1))  # arbitrary, but not monotone

    monkeypatch.setattr(ttc, "total_reward", reward)
    config = TtcConfig(candidates=3, beam_width=3, horizon=2, discount=1.0, max_evaluations=999)
    search = ttc.Search(simulator, config, "burgers", 0.1, torch.Generator().manual_seed(5), False)
    first = search.step(split.u[:1, 0], split.parameter[:1])
    again = ttc.Search(simulator, config, "burgers", 0.1, torch.Generator().manual_seed(5), False)
    children, r1 = again.expand(split.u[:1, 0], split.parameter[:1], 0)
    order = r1[0].argsort(descending=True)  # the beam's order, which the second expansion's noise follows
    _, r2 = again.expand(children[0, order], split.parameter[:1].expand(3), 1)
    best = order[(r1[0, order, None] + r2).amax(1).argmax()]
    assert torch.equal(first[0], children[0, best])
