import pytest
import torch

from runcompare.engine.config.schema import TtcConfig, to_dict
from runcompare.engine.data.dataset import Split
from runcompare.engine.metrics import nrmse, rollout_metrics
from runcompare.engine.network.simulator import Simulator, StepInputs, keep_mass, rollout
from runcompare.engine.search.beam import plan_search, search_cost, search_rollout
from runcompare.engine.training import checkpoint
from runcompare.engine.training.corrector import flow_target, pseudo_huber
from runcompare.errors import DataError


@pytest.fixture
def simulator(tiny):
    torch.manual_seed(0)
    s = Simulator(tiny())
    for p in s.parameters():
        p.data += 0.02 * torch.randn_like(p)
    return s.eval().requires_grad_(False)


@pytest.fixture
def split():
    g = torch.Generator().manual_seed(0)
    return Split(torch.randn(5, 4, 64, generator=g), torch.full((5,), 3e-3))


def test_nrmse_by_hand():
    truth = torch.tensor([[[2.0, -2.0], [4.0, 0.0]]])
    predicted = truth + torch.tensor([[[1.0, 1.0], [0.0, 2.0]]])
    assert nrmse(predicted, truth) == pytest.approx((1 / 2 + (2 / 2**0.5) / (16 / 2) ** 0.5) / 2)
    m = rollout_metrics(predicted, truth)
    assert m["mse"] == pytest.approx(1.5)
    assert m["mae"] == pytest.approx(1.0)
    assert m["rel_l2"] == pytest.approx((6 / 24) ** 0.5)


def test_every_step_keeps_mass_exactly(simulator, split):
    simulator.gate.fill_(0.7)
    states = rollout(simulator, split)
    assert torch.allclose(states.mean(-1), split.u[:, :1].mean(-1).expand(-1, 3), atol=1e-5)


def test_keep_mass_changes_nothing_else():
    u, v = torch.randn(2, 8), torch.randn(2, 8)
    assert torch.allclose(keep_mass(v, u).diff(), v.diff(), atol=1e-6)


def test_a_closed_gate_is_the_operator_to_the_bit(simulator, split):
    c = simulator.conditions(split.parameter)
    v = simulator.operator_step(split.u[:, 0], c)
    residual = torch.randn(5, 8, 8)
    assert torch.equal(simulator.corrected(split.u[:, 0], v, residual, torch.zeros(())), keep_mass(v, split.u[:, 0]))


def test_the_students_jump_is_the_identity_at_the_end(simulator):
    x, z = torch.randn(3, 8, 8), torch.randn(3, 8, 8)
    assert torch.equal(simulator.student.jump(x, torch.ones(3), StepInputs(z, z, torch.zeros(3, 1))), x)


def test_flow_runs_straight_from_noise_to_data():
    noise, data = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    for t in (0.0, 0.3, 1.0):
        x, velocity = flow_target(noise, data, torch.full((2,), t))
        assert torch.allclose(x + (1 - t) * velocity, data, atol=1e-6)


def test_pseudo_huber_is_zero_only_at_equality():
    a = torch.randn(4, 2, 3)
    assert pseudo_huber(a, a).tolist() == pytest.approx([0] * 4, abs=1e-9)
    assert pseudo_huber(a, a + 1).tolist() == pytest.approx([6**0.5] * 4, rel=1e-2)


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


def test_checkpoints_come_back_and_damage_is_noticed(simulator, tiny, tmp_path):
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, simulator, to_dict(tiny()), "operator")
    other = Simulator(tiny())
    checkpoint.load(path, other)
    assert all(
        torch.equal(a, b) for a, b in zip(simulator.state_dict().values(), other.state_dict().values(), strict=True)
    )
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match="damaged"):
        checkpoint.load(path, other)
    checkpoint.save(path, simulator, to_dict(tiny()), "operator")
    with pytest.raises(DataError, match="another configuration"):
        checkpoint.load(path, Simulator(tiny(latent__dim=4)))
