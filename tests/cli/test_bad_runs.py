"""One bad run stops nobody: the others in its folder are listed, compared, searched and pulled."""

import shutil
from pathlib import Path

import pytest
from bad_runs import BAD, good
from commands import call

GOOD = ("a0", "a1", "b0", "b1")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    good(folder, "a", 0.1)
    good(folder, "b", 0.2)
    return folder


@pytest.mark.parametrize("name", BAD)
def test_the_others_go_on(name: str, prepared: Path, tmp_path: Path, capsysbinary) -> None:
    root = tmp_path / "runs"
    shutil.copytree(prepared, root)
    BAD[name](root / "bad")
    code, out, _ = call(capsysbinary, "runs", "--runs", root, "--format", "json")
    assert code == 0
    assert all(f'"{one}"'.encode() in out for one in GOOD)
    code, out, _ = call(capsysbinary, "report", "a", "b", "--runs", root, "--format", "json")
    assert code == 0
    code, _, err = call(capsysbinary, "pull", "--runs", root, "--store", tmp_path / "store")
    assert code == 0
    assert len(list((tmp_path / "store" / "runs").iterdir())) >= len(GOOD), err
    code, _, err = call(capsysbinary, "export", root / "bad", "-o", tmp_path / "bad.json")
    assert code == 0 or (code == 3 and "bad" in err)
