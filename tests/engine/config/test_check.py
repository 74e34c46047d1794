from dataclasses import replace

import pytest

from runcompare.engine.config.check import check
from runcompare.engine.config.schema import DataConfig, EngineConfig, LatentConfig, TtcConfig
from runcompare.errors import ConfigError


def problem(**changed):
    with pytest.raises(ConfigError) as error:
        check(replace(EngineConfig(), **changed), "x.yaml")
    return f"{error.value.message} {error.value.hint or ''}"


def test_the_defaults_hold():
    check(EngineConfig(), "x.yaml")


def test_the_error_names_the_file_the_setting_and_its_value():
    assert problem(data=DataConfig(train=0)).startswith("x.yaml: 'data.train' is 0. It must be at least 1")


@pytest.mark.parametrize("points", [17, 250])
def test_grids_that_the_solver_or_the_patches_do_not_fit(points):
    assert "'data.points'" in problem(data=DataConfig(points=points))


def test_token_counts_near_the_wrong_one_are_offered():
    assert "Near ones that do: 4, 8, 16" in problem(latent=LatentConfig(tokens=15))


@pytest.mark.parametrize("tau_range", [(0.5, 0.4), (-0.1, 0.5), (0.5, 1.0)])
def test_noise_levels_are_a_range_within_zero_and_one(tau_range):
    assert "'ttc.tau_range'" in problem(ttc=TtcConfig(tau_range=tau_range))


def test_a_search_that_is_off_needs_no_evaluations():
    check(replace(EngineConfig(), ttc=TtcConfig(enabled=False, max_evaluations=1)), "x.yaml")


@pytest.mark.parametrize("name", ["../up", "a/b", " lead", "x" * 101, "a\nb"])
def test_names_can_not_leave_their_folder(name):
    assert "letters, digits" in problem(name=name)
