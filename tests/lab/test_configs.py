"""Configurations as files: as the engine would run them, or as they stand."""

from pathlib import Path

import pytest

from runcompare.errors import ConfigError
from runcompare.lab.configs import full_config


def write(folder: Path, text: str) -> Path:
    path = folder / "new.yaml"
    path.write_text(text)
    return path


def test_a_configuration_of_the_engine_is_filled_up_with_its_defaults(tmp_path: Path) -> None:
    found = full_config(write(tmp_path, "stages: {operator: {epochs: 7}}\n"))
    assert found.warnings == ()
    assert found.settings["name"] == "new"
    assert found.settings["stages"]["operator"]["epochs"] == 7
    assert "autoencoder" in found.settings["stages"]


def test_another_programs_configuration_stays_as_it_is(tmp_path: Path) -> None:
    found = full_config(write(tmp_path, "optimizer: {lr: 1e-3}\n"))
    assert found.settings["optimizer"]["lr"] == 1e-3
    assert "another program's" in found.warnings[0]


@pytest.mark.parametrize("text", ["", "a: [1", "just words", "- 1\n- 2\n"])
def test_what_holds_no_settings_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"new\.yaml"):
        full_config(write(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none"):
        full_config(tmp_path / "none.yaml")
