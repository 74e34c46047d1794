import json
import sys
from pathlib import Path

import pytest

from runcompare.lab.seed_runner import MARK, Mark, main, read_mark


def test_a_command_that_ends_well_leaves_a_mark_with_its_seconds(tmp_path):
    assert main(tmp_path / "s4", 4, [sys.executable, "-c", "import time; time.sleep(0.05); print('out')"]) == 0
    mark = read_mark(tmp_path / "s4")
    assert mark.seed == 4
    assert mark.seconds >= 0.05
    assert (tmp_path / "s4" / "log.txt").read_text() == "out\n"
    assert {p.name for p in (tmp_path / "s4").iterdir()} == {MARK, "log.txt"}


def test_a_finished_seed_is_not_run_again(tmp_path):
    command = [sys.executable, "-c", f"open({str(tmp_path / 'count')!r}, 'a').write('x')"]
    assert [main(tmp_path / "s0", 0, command) for _ in range(2)] == [0, 0]
    assert (tmp_path / "count").read_text() == "x"


def test_a_command_that_fails_leaves_its_code_and_no_mark(tmp_path):
    assert main(tmp_path / "s0", 0, [sys.executable, "-c", "import sys; sys.exit('broken')"]) == 1
    assert read_mark(tmp_path / "s0") is None
    assert "broken" in (tmp_path / "s0" / "log.txt").read_text()


def test_a_program_that_can_not_be_started_is_code_127(tmp_path):
    assert main(tmp_path / "s0", 0, [str(tmp_path)]) == 127
    assert "Permission denied" in (tmp_path / "s0" / "log.txt").read_text()


def test_attempts_set_aside_are_numbered(tmp_path):
    for _ in range(3):
        main(tmp_path / "s0", 0, [sys.executable, "-c", "raise SystemExit(1)"])
    assert sorted(p.name for p in tmp_path.glob(".s0.unfinished*")) == [".s0.unfinished1", ".s0.unfinished2"]


def test_a_torn_mark_is_no_mark(tmp_path):
    (tmp_path / MARK).write_text('{"seed": 1, "sec')
    assert read_mark(tmp_path) is None
    (tmp_path / MARK).write_text(json.dumps({"seed": 1, "seconds": 2.0}))
    assert read_mark(tmp_path) == Mark(1, 2.0)


@pytest.mark.parametrize(
    ("script", "code"),
    [("rm -rf $0", 74), ("rm -rf $0; echo > $0", 74), ("kill -9 $$", 137), ("kill -15 $$", 143), ("exit 3", 3)],
)
def test_a_command_that_removes_its_folder_or_is_killed_ends_with_a_code(
    tmp_path: Path, script: str, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "s0"
    assert main(folder, 0, ["sh", "-c", script, str(folder)]) == code
    assert ("Can't write" in capfd.readouterr().err) == (code == 74)
    assert read_mark(folder) is None
    assert main(folder, 0, ["true"]) == 0  # the same command goes on
