"""Looks that are counted, on the command line: reports as runs are added."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import runcompare
from runcompare.cli import cli
from runcompare.errors import DataError, UsageError

VALUES = (1.0, 1.03, 0.98, 1.01, 0.99, 1.02, 1.0, 0.97)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path / "store"))
    return tmp_path


def train(here: Path, n: int, gain: float = 0.01) -> None:
    """Up to `n` runs a side."""
    for side, factor in (("new", 1 - gain), ("old", 1.0)):
        for seed, value in enumerate(VALUES[:n]):
            folder = here / "runs" / f"{side}{seed}"
            if not folder.exists():
                with runcompare.Recorder(folder, group=side, config={"side": side, "seed": seed}) as record:
                    record.summary({"eval/nrmse": value * factor if side == "old" else factor * VALUES[-1 - seed]})


def report(*words: str) -> Result:
    return CliRunner().invoke(cli, ["report", "new", "old", "--runs", "runs", *words])


def test_reports_take_their_turns(here: Path) -> None:
    said = []
    for n in (3, 3, 4, 5):
        train(here, n)
        done = report("--looks", "looks.jsonl")
        assert done.exit_code == 0, done.output
        said.append(next(line for line in done.stdout.splitlines() if line.startswith(("- **Look", "- **Between"))))
    assert "Look 1 of 5" in said[0]
    assert "looking again spends nothing" in said[1]
    assert "look 2 is at 5 runs a side, and there are 4" in said[2]
    assert "Look 2 of 5" in said[3]
    assert len((here / "looks.jsonl").read_text().splitlines()) == 3


def test_the_stores_ledger_counts_what_is_kept(here: Path) -> None:
    train(here, 3)
    first = report("--keep")
    assert "which nobody planned: it takes the whole error rate of 5 %" in first.stdout
    train(here, 5)
    assert "**Look 2 of 6**" in report("--keep").stdout
    assert len(list((here / "store" / "looks").iterdir())) == 2


def test_a_report_without_a_ledger_leaves_none(here: Path) -> None:
    train(here, 3)
    assert report().exit_code == 0
    assert [path.name for path in here.iterdir()] == ["runs"]


def test_wrong_ledgers_are_one_clear_error(here: Path) -> None:
    train(here, 3)
    (here / "notes.txt").write_text("dear diary")
    with pytest.raises(DataError, match=r"notes\.txt is no ledger of looks"):
        runcompare.compare("new", "old", runs="runs", looks="notes.txt")
    with pytest.raises(UsageError, match="a look is missing in it"):
        runcompare.compare("new", "old", runs="runs", looked=True)
    with pytest.raises(UsageError, match="A plan is no look"):
        runcompare.plan("new", "old", runs="runs", looks="looks.jsonl")
    assert (here / "notes.txt").read_text() == "dear diary"


def test_a_pick_is_corrected_and_said(here: Path) -> None:
    train(here, 6)
    done = CliRunner().invoke(cli, ["report", "group:new@best:eval/nrmse", "group:old", "--runs", "runs"])
    assert done.exit_code == 0, done.output
    assert "the candidate is the best of 6 runs by `eval/nrmse`; p and the interval are corrected" in done.stdout
