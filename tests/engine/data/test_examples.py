"""The equations' examples, cut to a few seconds, learn."""

from pathlib import Path

import pytest

from runcompare.engine.config.read import load_config
from runcompare.engine.pipeline import train

EXAMPLES = Path(__file__).parents[3] / "examples"
CUT = {
    "data.train": 96, "data.val": 8, "data.test": 8, "data.points": 64, "data.frames": 6, "operator.width": 32,
    "stages.autoencoder.epochs": 3, "stages.operator.epochs": 8, "stages.diff_residual.epochs": 1,
    "stages.consistency_distill.epochs": 1, "ttc.candidates": 3, "ttc.beam_width": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", ["advection", "kuramoto_sivashinsky"])
def test_an_example_trains_through_all_stages_and_beats_persistence(name, tmp_path):
    config = load_config(EXAMPLES / f"{name}.yaml", CUT)
    assert config.data.equation == name
    _, summary = train(config, tmp_path / "run", use_wandb=False, checkpoints=False)
    assert summary["eval/baseline_nrmse"] < summary["eval/persistence_nrmse"] / 2
    assert summary["eval/ttc_nrmse"] < 1.1 * summary["eval/baseline_nrmse"]
    assert summary["eval/ttc_reward_rank_correlation"] > 0.3
