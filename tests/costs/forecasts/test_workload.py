"""The settings that decide time, found in configurations of any layout."""

from runcompare.costs.forecasts.workload import configured_stages, match_stage, shared_work, work


def test_stages_of_a_config_and_their_names_in_the_log() -> None:
    found = configured_stages({"stages.operator.epochs": 5, "distill_epochs": 2, "warmup_epochs": 1, "max_epochs": 9})
    assert found == {"operator": 5, "distill": 2, "training": 9}
    stages = {"operator": 1, "diff_residual": 1, "consistency_distill": 1}
    assert match_stage("training/diffusion_residual", stages) == "diff_residual"
    assert match_stage("consistency_distillation", stages) == "consistency_distill"
    assert match_stage("autoencoder", stages) is None


def test_a_stages_own_setting_wins_over_a_shared_one() -> None:
    flat = {"training.batch_size": 8, "stages.encoder.batch_size": 32, "ttc.width": 9, "latent.width": 64}
    assert work(flat, "encoder") == {"batch size": 32, "width": 64, "steps unrolled": 1}
    assert work(flat, "decoder")["batch size"] == 8


def test_evaluation_goes_with_its_network_evaluations() -> None:
    found = work({"ttc.candidates": 4, "data.test": 100}, "eval", evaluation=True)
    assert found == {"test trajectories": 100, "network evaluations": 6}


def test_steps_are_unrolled_where_their_loss_has_a_weight() -> None:
    flat = {"training.rollout_horizon": 3, "training.lambda_rollout": 0.1}
    assert shared_work(flat) == {"steps unrolled": 3}
    assert shared_work({**flat, "training.lambda_rollout": 0.0}) == {"steps unrolled": 1}
