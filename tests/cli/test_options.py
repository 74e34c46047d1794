"""Options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from runcompare.cli.options import FRACTION, format_option, price_options, runs_option, store_option


def given(option: Callable[[Any], Any], *words: str, **env: str) -> Any:
    """What a command with that option gets for the words; the exit code where it refuses them."""
    got: dict[str, Any] = {}

    @click.command()
    @option
    def command(**values: Any) -> None:
        got.update(values)

    done = CliRunner().invoke(command, list(words), env=env)
    return got if done.exit_code == 0 else done.exit_code


@pytest.mark.parametrize(("word", "value"), [("0.02", 0.02), ("2%", 0.02), ("0.5%", 0.005)])
def test_a_fraction_is_written_as_a_number_or_in_per_cent(word: str, value: float) -> None:
    assert FRACTION.convert(word, None, None) == pytest.approx(value)


@pytest.mark.parametrize("word", ["0", "1", "100%", "-2%", "nan", "much"])
def test_no_other_word_is_a_fraction(word: str) -> None:
    with pytest.raises(click.BadParameter, match="not a fraction"):
        FRACTION.convert(word, None, None)


def test_the_first_format_is_the_default() -> None:
    option = format_option("table", "json")
    assert given(option) == {"format_": "table"}
    assert given(option, "--format", "json") == {"format_": "json"}
    assert given(option, "--format", "xml") == 2


def test_prices_come_from_the_environment_and_flags_win() -> None:
    option = price_options
    assert given(option) == {"gpu_price": None, "cpu_price": None}
    assert given(option, RUNCOMPARE_GPU_PRICE="2")["gpu_price"] == 2.0
    assert given(option, "--gpu-price", "3", RUNCOMPARE_GPU_PRICE="2")["gpu_price"] == 3.0


def test_folders_must_exist_and_none_is_none(tmp_path: Path) -> None:
    option = runs_option
    assert given(option) == {"runs": None}
    assert given(option, "--runs", str(tmp_path), "--runs", ".") == {"runs": (tmp_path, Path())}
    assert given(option, "--runs", str(tmp_path / "none")) == 2


def test_a_store_is_a_url_a_folder_or_that_of_the_settings(tmp_path: Path) -> None:
    option = store_option
    assert given(option, "--store", "s3://bucket/runs") == {"store": "s3://bucket/runs"}
    assert given(option, "--store", str(tmp_path)) == {"store": tmp_path}
    assert given(option, RUNCOMPARE_STORE=str(tmp_path / "own")) == {"store": tmp_path / "own"}


def test_a_pattern_goes_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMPARE_PATTERN", r"(?P<x>\d)")
    assert given(runs_option, "--pattern", r"(?P<loss>\S+)") == {"runs": None}
    assert os.environ["RUNCOMPARE_PATTERN"] == r"(?P<loss>\S+)"
