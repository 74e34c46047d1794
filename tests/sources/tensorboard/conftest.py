"""What the tests of event files share."""

import pytest


@pytest.fixture
def run(tmp_path):
    """A folder with 200 steps of two curves."""
    from event_files import write  # skips the test that wants it where torch is missing

    folder = tmp_path / "run1"
    rows = [(step, {"train/loss": 1 / (step + 1), "lr": 0.5**step}) for step in range(200)]
    write(folder, rows)
    return folder
