"""Settings in files beside a log."""

from pathlib import Path

import pytest

from runcompare.sources.kit.beside import config_beside


@pytest.mark.parametrize(
    "name", ["args.yaml", "opt.yaml", "config.json", "hparams.yaml", "params.json", ".hydra/config.yaml"]
)
def test_a_file_of_a_usual_name_is_the_config(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"lr": 1e-3, "model": {"dim": 8}}')
    assert config_beside(tmp_path).values == {"lr": 1e-3, "model": {"dim": 8}}


def test_hyperparameters_kept_apart_come_below_their_name(tmp_path: Path) -> None:
    (tmp_path / "opt.yaml").write_text("epochs: 3\n")
    (tmp_path / "hyp.yaml").write_text("lr0: 0.01\n")
    assert config_beside(tmp_path).values == {"epochs": 3, "hyp": {"lr0": 0.01}}


def test_a_counted_folder_has_its_config_in_the_folder_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "ppo" / "CartPole-v1_2"
    (folder / "CartPole-v1").mkdir(parents=True)
    (folder / "CartPole-v1" / "args.yml").write_text("algo: ppo\nseed: 4\n")
    (folder / "CartPole-v1" / "config.yml").write_text("gamma: 0.98\n")
    assert config_beside(folder).values == {"algo": "ppo", "seed": 4, "config": {"gamma": 0.98}}


def test_a_folder_of_logs_has_its_config_above_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("lr: 1\n")
    for name, expected in (("logs", {"lr": 1}), ("seed0", {})):
        (tmp_path / name).mkdir()
        assert config_beside(tmp_path / name).values == expected


def test_what_can_not_be_read_is_no_config_and_a_warning(tmp_path: Path) -> None:
    (tmp_path / "args.yaml").write_text("[")
    assert config_beside(tmp_path).values == {}
    assert config_beside(tmp_path).warnings
