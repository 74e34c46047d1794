import pytest
import torch

from runcompare.engine.config.schema import STAGE_NAMES
from runcompare.engine.data.dataset import Dataset, Split
from runcompare.engine.runlog import SilentLog
from runcompare.engine.training.context import TrainingContext
from runcompare.engine.training.resume import Checkpointer
from runcompare.engine.training.stages import STAGES

PARTS = {
    "autoencoder": {"autoencoder"},
    "operator": {"autoencoder", "operator"},
    "diff_residual": {"teacher", "student"},
    "consistency_distill": {"student"},
}


@pytest.fixture
def context(tiny, simulator):
    short = {f"stages__{name}__epochs": 1 for name in STAGE_NAMES}
    u = torch.randn(8, 7, 64, generator=torch.Generator().manual_seed(0)).cumsum(-1)
    split = Split(u - u.mean(-1, keepdim=True), torch.full((8,), 3e-3))
    generator = torch.Generator().manual_seed(0)
    nothing = Checkpointer(simulator, generator, {})
    return TrainingContext(tiny(**short), Dataset(split, split, split, ""), simulator, generator, SilentLog(), nothing)


def weights(simulator):
    parts = simulator.named_children()
    return {name: torch.cat([p.detach().flatten() for p in part.parameters()]).clone() for name, part in parts}


def test_stages_run_in_the_configurations_order():
    assert tuple(STAGES) == STAGE_NAMES


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_trains_its_part_alone_and_reports_under_its_name(name, context):
    before = weights(context.simulator)
    found = STAGES[name](context)
    after = weights(context.simulator)
    assert {part for part in before if not torch.equal(before[part], after[part])} == PARTS[name]
    assert {key.split("/")[0] for key in found} == {name}


def test_the_autoencoder_sets_scales_that_make_its_codes_of_unit_size(context):
    STAGES["autoencoder"](context)
    s, u = context.simulator.autoencoder, context.data.train.u
    assert float(s.get_buffer("u_scale")) == pytest.approx(float(u.std()))
    assert s.encode(u.flatten(0, 1)).std().item() == pytest.approx(1, rel=1e-4)


def test_the_student_starts_as_the_teacher(context):
    STAGES["diff_residual"](context)
    after = weights(context.simulator)
    assert torch.equal(after["student"], after["teacher"])


def test_the_gate_is_never_worse_than_no_corrector(context):
    found = STAGES["diff_residual"](context)
    assert found["diff_residual/val_nrmse_corrected"] <= found["diff_residual/val_nrmse_operator"]
    assert float(context.simulator.gate) == pytest.approx(found["diff_residual/gate"])
