import torch

from runcompare.engine.network.layers import Block, Conditions, TokenNet


def test_conditions_have_each_scalar_and_its_fourier_features():
    made = Conditions(scalars=2, width=5, frequencies=3)
    assert made.net[0].in_features == 2 * (1 + 2 * 3)
    assert made(torch.randn(4, 2)).shape == (4, 5)
    assert "frequencies" not in made.state_dict()


def test_a_block_mixes_tokens_as_far_as_its_reach_on_a_ring():
    torch.manual_seed(0)
    block, x, c = Block(4, 3, reach=2), torch.randn(1, 8, 4), torch.zeros(1, 3)
    changed = x.clone()
    changed[0, 0, 0] += 1
    moved = (block(changed, c) - block(x, c)).abs().sum(-1)[0] > 0
    assert moved.nonzero().flatten().tolist() == [0, 2, 6]


def test_a_new_net_gives_zeros_whatever_it_is_asked():
    torch.manual_seed(0)
    net = TokenNet(3, 5, width=8, blocks=2, scalars=1)
    assert torch.equal(net(torch.randn(2, 8, 3), torch.randn(2, 1)), torch.zeros(2, 8, 5))


def test_a_net_moves_with_its_tokens():
    """Rolling the input rolls the output: no token has a place of its own."""
    torch.manual_seed(0)
    net = TokenNet(3, 3, width=8, blocks=3, scalars=1)
    torch.nn.init.normal_(net.leave.weight)
    x, c = torch.randn(2, 8, 3), torch.randn(2, 1)
    assert torch.allclose(net(torch.roll(x, 3, 1), c), torch.roll(net(x, c), 3, 1), atol=1e-5)
