"""Runs to be pulled."""

from pathlib import Path

import pytest

from runcompare import Recorder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three records of four rows each, in a folder of their own."""
    root = tmp_path / "runs"
    for number in range(3):
        config = {"lr": 0.1 * (number + 1), "seed": number}
        with Recorder(root / f"r{number}", id=f"run0000{number}", group=f"g{number % 2}", config=config) as log:
            for step in range(4):
                log.log({"train/loss": 1.0 / (step + 1)})
            log.summary({"eval/nrmse": 0.1 * (number + 1)})
    return root
