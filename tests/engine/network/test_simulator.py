import torch

from runcompare.engine.network.simulator import StepInputs, keep_mass, rollout


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
