from pathlib import Path

import pytest

from runcompare.engine.config.read import EngineConfig, load_config, parse_config, parse_override, to_dict
from runcompare.errors import ConfigError

EXAMPLES = Path(__file__).parents[3] / "examples"
# the block that the write-up ends with, as printed
CORRECTED = """\
# 32-dim v3 CORRECTED: No rollout, standard TTC

training:
  batch_size: 12
  # NO rollout_horizon
  # NO lambda_rollout
  
stages:
  operator:
    epochs: 25  # Not 50
    optimizer:
      name: adamw
      lr: 1.0e-3
      weight_decay: 0.03

  diff_residual:
    epochs: 8   # Not 15
    
  consistency_distill:
    epochs: 8   # Not 10

ttc:
  enabled: true
  candidates: 8       # Not 16
  beam_width: 3       # Not 5
  horizon: 2          # Not 3
  max_evaluations: 150  # Not 300
"""  # noqa: W293


def test_the_write_ups_block_loads_as_printed(tmp_path):
    path = tmp_path / "v3.yaml"
    path.write_text(CORRECTED)
    c = load_config(path)
    assert c.name == "v3"
    assert (c.training.batch_size, c.training.rollout_horizon, c.training.lambda_rollout) == (12, 1, 0.0)
    assert (c.stages.operator.epochs, c.stages.operator.optimizer.weight_decay) == (25, 0.03)
    assert (c.ttc.candidates, c.ttc.beam_width, c.ttc.horizon, c.ttc.max_evaluations) == (8, 3, 2, 150)
    assert (c.latent.dim, c.latent.tokens) == (32, 16)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("**/*.yaml")), ids=lambda p: p.name)
def test_every_shipped_configuration_loads(path):
    if path.parent.name != "writeup" and "runs" not in path.parts:
        assert load_config(path).stages.operator.epochs > 0


def test_numbers_such_as_1e_3_are_numbers(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("stages: {operator: {optimizer: {lr: 1e-3}}}")
    assert load_config(path).stages.operator.optimizer.lr == 1e-3


def test_a_config_survives_its_own_log():
    c = EngineConfig()
    assert parse_config(to_dict(c)) == c


def test_overrides_are_yaml_values():
    assert parse_override("ttc.noise_schedule=[0.1, 0.2]") == ("ttc.noise_schedule", [0.1, 0.2])
    c = parse_config({}, dict([parse_override("stages.operator.epochs=3")]))
    assert c.stages.operator.epochs == 3
    assert c.stages.diff_residual.epochs == EngineConfig().stages.diff_residual.epochs


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"training": {"batchsize": 12}}, r"training\.batchsize.*Did you mean 'batch_size'"),
        ({"ttc": {"candidates": "eight"}}, r"ttc\.candidates' must be a whole number, got 'eight'"),
        ({"ttc": {"enabled": 1}}, r"ttc\.enabled' must be true or false"),
        ({"training": {"batch_size": True}}, "must be a whole number"),
        ({"training": {"lambda_rollout": float("nan")}}, "must be a finite number"),
        ({"latent": {"tokens": 15}}, "does not divide.*Near ones"),
        ({"ttc": {"beam_width": 9}}, r"'ttc\.beam_width' \(9\) is wider"),
        ({"ttc": {"max_evaluations": 1}}, "takes 2 evaluations"),
        ({"stages": {"operator": {"epochs": 0}}}, "at least 1"),
        ({"stages": {"operator": {"optimizer": {"lr": 0}}}}, "above 0"),
        ({"stages": {"operator": {"optimizer": {"name": "adamv"}}}}, "Did you mean 'adam"),
        ({"training": {"rollout_horizon": 99}}, "longer than"),
        ({"training": {"batch_size": 10**6}}, "more than an epoch holds"),
        ({"data": {"viscosity": [1e-3]}}, "list of 2 numbers"),
        ({"data": {"viscosity": [1e-2, 1e-3]}}, r"range \[low, high\]"),
        ({"latent": 32}, "must hold keys and values"),
        ({"rollout_horizon": 3}, r"Did you mean 'training\.rollout_horizon'"),
        ({"stages": {"operator": {"epoch": 3}}}, r"'stages\.operator\.epoch'.*Did you mean 'epochs'"),
        ({"stages": {"operator": {"optimizer": {"weight_decay": -1}}}}, "0 or more"),
        ({"stages": {"operator": {"optimizer": {"lr": 10**400}}}}, "must be a finite number"),
        ({"ttc": {"noise_schedule": [0.1, -0.1]}}, r"'ttc\.noise_schedule' is -0\.1"),
        ({"ttc": {"tau_range": [0.5, 1.0]}}, r"\[0, 1\)"),
        ({"seed": -1}, "'seed' is -1"),
        ({"data": {"seed": 2**64}}, "'data.seed' is"),
        ({"name": "../../elsewhere"}, "letters, digits"),
        ({"group": ""}, "letters, digits"),
        ({1: 2}, "unknown key '1'"),
    ],
)
def test_mistakes_say_where_and_what(raw, says):
    with pytest.raises(ConfigError, match=says):
        parse_config(raw)


@pytest.mark.parametrize("text", ["a: [1,", "- 1\n- 2", "just words", "\x00"])
def test_a_file_that_is_no_configuration_is_one_clear_error(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load_config(path)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="can't be read"):
        load_config(tmp_path / "none.yaml")
