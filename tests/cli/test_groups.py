"""`runcompare runs --groups` and `--explain`."""

import json
from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for lr in (0.1, 0.2):
        for seed in range(2):
            name = f"lr{lr}-s{seed}"
            with Recorder(tmp_path / name, id=name, config={"lr": lr, "seed": seed}) as log:
                log.log({"val/loss": lr + 0.01 * seed}, step=0)
                log.log({"val/loss": lr / 2 + 0.01 * seed}, step=1)
    return tmp_path


def test_groups_with_the_reference_to_type(folder: Path, capsysbinary) -> None:
    code, out, _ = call(capsysbinary, "runs", "--groups", "--runs", folder)
    lines = out.decode().splitlines()
    assert code == 0
    assert lines[0].split()[:4] == ["reference", "runs", "seeds", "differs"]
    assert [line.split()[0] for line in lines[1:]] == ["lr0.1-s*", "lr0.2-s*"]
    assert "lr=0.1" in lines[1]
    assert "±" in lines[1]


def test_groups_as_json(folder: Path, capsysbinary) -> None:
    _, out, _ = call(capsysbinary, "runs", "--groups", "--runs", folder, "--format", "json")
    first, second = json.loads(out)
    assert (first["runs"], first["seeds"], first["metric"]) == (["lr0.1-s0", "lr0.1-s1"], [0, 1], "val/loss")
    assert second["differs"] == {"lr": 0.2}


def test_why_a_run_is_or_is_not_a_replicate(folder: Path, capsysbinary) -> None:
    _, out, _ = call(capsysbinary, "runs", "--explain", "--runs", folder)
    text = out.decode()
    assert "a replicate of lr0.1-s1: equal settings but for the seed" in text
    assert "no replicate of lr0.2-s0: lr is 0.1 here and 0.2 there" in text
    assert f"read from {folder / 'lr0.1-s0' / 'record.jsonl'} (recorder)" in text


def test_one_listing_at_a_time(folder: Path, capsysbinary) -> None:
    code, _, err = call(capsysbinary, "runs", "--groups", "--explain", "--runs", folder)
    assert code == 2
    assert "Ask for one of them" in err


def test_what_is_not_read_is_said(folder: Path, capsysbinary) -> None:
    copy = folder / "elsewhere" / "record.jsonl"
    copy.parent.mkdir()
    copy.write_bytes((folder / "lr0.1-s0" / "record.jsonl").read_bytes())
    (folder / "progress.txt").write_text("just words\n")
    (folder / "train.log").write_text("step 1 loss 2\n")
    code, out, err = call(capsysbinary, "runs", folder, "--explain")
    assert code == 0
    same = {str(copy), str(folder / "lr0.1-s0" / "record.jsonl")}
    (line,) = [line for line in out.decode().splitlines() if "not read, for it is the same run again" in line]
    assert any(place in line for place in same)
    assert f"Left out, for there are no rows that can be read: {folder / 'progress.txt'}." in err
    assert f"Text logs: {folder / 'train.log'};" in err


@pytest.mark.parametrize("kind", [(), ("--groups",), ("--explain",)])
def test_a_folder_without_runs_says_what_is_there(tmp_path: Path, capsysbinary, kind: tuple[str, ...]) -> None:
    (tmp_path / "train.log").write_text("step 1 loss 2\n")
    (tmp_path / "some.csv").write_text("a,b\n1,2\n")
    code, _, err = call(capsysbinary, "runs", tmp_path, *kind)
    assert code == 3
    assert f"There are no runs in {tmp_path}." in err
    assert str(tmp_path / "train.log") in err
    assert str(tmp_path / "some.csv") in err
