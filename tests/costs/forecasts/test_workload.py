"""The settings that decide time, found in configurations of any layout."""

from runcompare.costs.forecasts.workload import configured_stages, match_stage


def test_stages_of_a_config_and_their_names_in_the_log() -> None:
    found = configured_stages({"stages.operator.epochs": 5, "distill_epochs": 2, "warmup_epochs": 1, "max_epochs": 9})
    assert found == {"operator": 5, "distill": 2, "training": 9}
    stages = {"operator": 1, "diff_residual": 1, "consistency_distill": 1}
    assert match_stage("training/diffusion_residual", stages) == "diff_residual"
    assert match_stage("consistency_distillation", stages) == "consistency_distill"
    assert match_stage("autoencoder", stages) is None
