import math

import pytest
import torch
from torch import nn

from runcompare.engine.config.schema import OptimizerConfig, StageConfig
from runcompare.engine.network.layers import TokenNet
from runcompare.engine.runlog import SilentLog
from runcompare.engine.training.context import TrainingContext
from runcompare.engine.training.epochs import LAST_LR, Task, _optimizers, _rate, fit
from runcompare.engine.training.resume import Checkpointer


class Log(SilentLog):
    def __init__(self):
        self.rows, self.ticks = [], []

    def epoch(self, stage, values):
        self.rows.append(values)

    def tick(self, stage, done, total):
        self.ticks.append((done, total))


@pytest.fixture
def context(tiny, simulator, split):
    """Three epochs of two batches for the stage "operator"."""
    from runcompare.engine.data.dataset import Dataset

    config = tiny(stages__operator__epochs=3, training__windows=4)
    generator = torch.Generator().manual_seed(0)
    keeps_nothing = Checkpointer(simulator, generator, {})
    return TrainingContext(config, Dataset(split, split, split, ""), simulator, generator, Log(), keeps_nothing)


class Weight(nn.Module):
    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.tensor([1.0]))


def task(module, losses, **more):
    """A task whose gradient is 1, and whose validation losses are given."""
    left = iter(losses)

    def loss(u, parameter, share):
        return module.value.expand(len(u))

    return Task("operator", module, loss, lambda: {"val_loss": next(left)}, **more)


def test_every_epoch_is_a_row_with_the_rate_that_it_ended_with(context):
    assert fit(task(Weight(), [3.0, 1.0, 2.0]), context) == {"operator/best_val_loss": 1.0}
    rows = context.log.rows
    assert [r["epoch"] for r in rows] == [1, 2, 3]
    assert rows[-1]["lr"] == pytest.approx(LAST_LR * context.config.stages.operator.optimizer.lr)
    assert [r["grad_norm"] for r in rows] == pytest.approx([1, 1, 1])
    assert context.log.ticks[-1] == (6, 6)


def test_the_weights_of_the_selected_epoch_are_kept(context):
    chosen, last = Weight(), Weight()
    seen = []

    def losses(module):
        for loss in (3.0, 1.0, 2.0):
            seen.append(module.value.item())
            yield loss

    fit(task(chosen, losses(chosen), select="val_loss"), context)
    assert chosen.value.item() == seen[1] != seen[2]
    fit(task(last, [3.0, 1.0, 2.0]), context)
    assert last.value.item() != chosen.value.item()


@pytest.mark.parametrize("optimizer", ["adamw", "adam"])
def test_a_gradient_that_is_not_finite_takes_no_step(context, optimizer):
    module = Weight()
    broken = Task("operator", module, lambda u, p, share: module.value * math.nan, lambda: {"val_loss": math.nan})
    found = fit(broken, context)
    assert module.value.item() == 1.0
    assert math.isnan(found["operator/best_val_loss"])
    assert all(math.isnan(r["loss"]) for r in context.log.rows)


def test_the_rate_warms_up_and_falls_to_its_last_value():
    rates = [_rate(i, 100) for i in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(LAST_LR)


@pytest.mark.parametrize(("name", "kinds"), [("adam", ["Adam"]), ("adamw", ["AdamW"]), ("muon", ["AdamW", "Muon"])])
def test_every_weight_has_one_optimizer_and_muon_the_blocks_matrices(name, kinds):
    net = TokenNet(3, 3, width=8, blocks=2, scalars=1)
    found = _optimizers(net, StageConfig(1, OptimizerConfig(name)))
    assert [type(o).__name__ for o in found] == kinds
    held = [p for o in found for p in o.param_groups[0]["params"]]
    assert sorted(map(id, held)) == sorted(map(id, net.parameters()))
    assert all(p.ndim == 2 for o in found[1:] for p in o.param_groups[0]["params"])
