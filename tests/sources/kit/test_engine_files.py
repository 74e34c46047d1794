"""What our engine leaves beside a tracker's log."""

import math

import pytest

from runcompare.records.run import StageSpan
from runcompare.sources.kit.engine_files import read_samples, stages_in


def test_samples_by_metric(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("trajectory,eval/a,eval/b\n0,0.5,1\n1,,2\n")
    found = read_samples(path)
    assert found.values["eval/b"] == (1.0, 2.0)
    assert found.values["eval/a"][0] == 0.5
    assert math.isnan(found.values["eval/a"][1])
    assert found.keys["eval/a"] == ("0", "1")
    assert found.warnings == ()


@pytest.mark.parametrize("body", [b"", b"i,a\n0,text\n"])
def test_a_damaged_file_is_a_warning(tmp_path, body):
    (tmp_path / "s.csv").write_bytes(body)
    found = read_samples(tmp_path / "s.csv")
    assert (found.values, found.keys) == ({}, {})
    assert "s.csv can't be read" in found.warnings[0]


def test_an_absent_file_is_none(tmp_path):
    assert read_samples(tmp_path / "s.csv") == ({}, {}, ())


def test_stages_by_their_start():
    summary = {
        "stages/b/started_at": 5,
        "stages/a/c/started_at": 1.0,
        "stages/a/c/ended_at": 2.0,
        "stages/x/ended_at": 3.0,
    }
    assert stages_in(summary) == (StageSpan("a/c", 1.0, 2.0), StageSpan("b", 5.0, None))
    assert stages_in({"stages/a/started_at": "soon"}) == ()
