"""`runcompare train`: what is checked before anything is trained, and what is left alone."""

from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder
from runcompare.records.recorder import end_state


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text("name: small\nstages: {operator: {epochs: 1}}\n")
    return path


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--set", "stages.operator.epoch=3"], "epochs"),
        (["--set", "nothing"], "KEY=VALUE"),
        (["--id", "../x"], "letters, digits"),
    ],
)
def test_a_wrong_call_trains_nothing(words: list[str], text: str, config: Path, tmp_path: Path, capsysbinary) -> None:
    code, out, err = call(capsysbinary, "train", config, "--out", tmp_path / "run", *words)
    assert (code, out) == (2, b"")
    assert text in err
    assert not (tmp_path / "run").exists()


def test_a_finished_run_is_not_overwritten(config: Path, tmp_path: Path, capsysbinary) -> None:
    with Recorder(tmp_path / "run", id="aaaa1111") as record:
        record.log({"loss": 1.0})
    before = (tmp_path / "run" / "record.jsonl").read_bytes()
    code, _, err = call(capsysbinary, "train", config, "--out", tmp_path / "run")
    assert code == 2
    assert "already holds a run" in err
    assert (tmp_path / "run" / "record.jsonl").read_bytes() == before


def test_resuming_a_finished_run_says_so_and_names_its_folder(config: Path, tmp_path: Path, capsysbinary) -> None:
    with Recorder(tmp_path / "run", id="aaaa1111"):
        pass
    assert end_state(tmp_path / "run" / "record.jsonl") == "finished"
    code, out, err = call(capsysbinary, "train", config, "--out", tmp_path / "run", "--resume")
    assert (code, out.decode().strip()) == (0, str(tmp_path / "run"))
    assert "nothing to resume" in err
