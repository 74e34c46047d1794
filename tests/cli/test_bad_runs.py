"""Bad runs stop nobody: the others in their folder are listed, compared and pulled, and each bad one is told."""

import shutil
from pathlib import Path

import pytest
from bad_runs import BAD, good
from commands import call
from faulty_disk import Fault, watched

GOOD = ("a0", "a1", "b0", "b1")
GROUPS = [list(BAD)[first::7] for first in range(7)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    good(folder, "a", 0.1)
    good(folder, "b", 0.2)
    return folder


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_the_others_go_on(names: list[str], prepared: Path, tmp_path: Path, capsysbinary) -> None:
    root = tmp_path / "runs"
    shutil.copytree(prepared, root)
    for name in names:
        BAD[name](root / name)
    code, out, _ = call(capsysbinary, "runs", "--runs", root, "--format", "json")
    assert code == 0
    assert all(f'"{one}"'.encode() in out for one in GOOD)
    code, out, _ = call(capsysbinary, "report", "a", "b", "--runs", root, "--format", "json")
    assert code == 0
    code, _, err = call(capsysbinary, "pull", "--runs", root, "--store", tmp_path / "store")
    assert code == 0
    assert len(list((tmp_path / "store" / "runs").iterdir())) >= len(GOOD), err
    for name in names:
        code, _, err = call(capsysbinary, "export", root / name, "-o", tmp_path / "bad.json")
        assert code == 0 or (code == 3 and name in err), (name, err)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails, such as Linux has")
def test_a_file_that_the_device_does_not_give_is_told(prepared: Path, tmp_path: Path, capsysbinary) -> None:
    broken = tmp_path / "broken.csv"
    broken.symlink_to("/proc/self/mem")  # read at its start it answers EIO, as a failing disk does
    code, _, err = call(capsysbinary, "report", broken, "b", "--runs", prepared)
    assert code == 3
    assert f"{broken} can't be read: Input/output error" in err
    assert "Traceback" not in err


def test_a_pull_that_kept_only_some_is_not_exit_0(tmp_path: Path, capsysbinary) -> None:
    good(tmp_path / "runs", "a", 0.1)
    store = tmp_path / "store"
    assert call(capsysbinary, "pull", "--runs", tmp_path / "runs", "--store", store, "--workers", 1)[0] == 0
    good(tmp_path / "runs", "b", 0.2)
    with watched(store, Fault("write", "full", 1, forever=True)):
        code, _, err = call(capsysbinary, "pull", "--runs", tmp_path / "runs", "--store", store, "--workers", 1)
    assert code == 3
    assert "2 unchanged" in err
    assert "2 runs could not be kept" in err
