"""The files of one run in MLflow's file store."""

import math

import pytest

from runcompare.sources.mlflow.folder import METRICS, TAGS, RunFolder, changed


@pytest.mark.parametrize(
    ("body", "values", "lost"),
    [
        (b"1 0.5 0\n2 nan 1\n", [0.5, math.nan], 0),
        (b"1 0.5\n", [0.5], 0),  # older than steps
        (b"1 0.5 0 dataset digest\n", [0.5], 0),
        (b"1 0.5 0\nrubbish\n3 1.5 2\n", [0.5, 1.5], 1),
        (b"1 0.5 0\n2 1.", [0.5], 1),  # cut
        (b"1 0.5 99999999999999999999\n", [], 1),
        (b"", [], 0),
    ],
)
def test_lines_of_a_metric(tmp_path, body, values, lost):
    (tmp_path / "a").write_bytes(body)
    folder = RunFolder(tmp_path)
    series = folder.points(tmp_path / "a")
    assert str(series.values) == str(values)
    assert folder.lost == lost
    assert len(folder.warnings) == bool(lost)


def test_slashes_in_keys_are_folders(tmp_path):
    (tmp_path / METRICS / "val").mkdir(parents=True)
    (tmp_path / METRICS / "val" / "loss").write_text("1 0.5 0\n")
    assert [key for key, _ in RunFolder(tmp_path).files(METRICS)] == ["val/loss"]
    assert RunFolder(tmp_path).changed_ms(METRICS) == changed(tmp_path / METRICS / "val" / "loss") // 1_000_000


def test_a_file_that_cannot_be_read_is_a_warning(tmp_path):
    (tmp_path / TAGS / "a").mkdir(parents=True)
    folder = RunFolder(tmp_path)
    assert folder.texts(TAGS, only=("a", "absent")) == {}
    assert "1 files of the run can't be read" in folder.warnings[0]
    assert changed(tmp_path / "none") == 0
