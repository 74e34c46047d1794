import pytest

from runcompare.engine.config.read import EngineConfig, to_dict
from runcompare.errors import ConfigError
from runcompare.lab.configs import full_config


def written(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_the_engines_defaults_are_filled_in(tmp_path):
    found = full_config(written(tmp_path, "stages: {operator: {epochs: 3}}"))
    assert found.settings["stages"]["operator"]["epochs"] == 3
    assert found.settings["ttc"] == to_dict(EngineConfig())["ttc"]
    assert found.settings["name"] == "mine"
    assert found.warnings == ()


def test_another_programs_configuration_stays_as_it_is_with_a_warning(tmp_path):
    found = full_config(written(tmp_path, "lr: 0.1"))
    assert found.settings == {"lr": 0.1}
    (warning,) = found.warnings
    assert "unknown key 'lr'" in warning


@pytest.mark.parametrize("text", ["", "- 1\n- 2", "a: [1,"])
def test_a_file_without_settings_is_an_error(tmp_path, text):
    with pytest.raises(ConfigError, match=r"mine\.yaml"):
        full_config(written(tmp_path, text))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no configuration"):
        full_config(tmp_path / "none.yaml")
