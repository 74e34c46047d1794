"""Damaged logs of every reader of which it is known what they hold, as `runs`, `report` and `pull` see them: no
traceback, no invented row, and at least 99.5 % of the rows that stand whole in the files. `make faults` takes more."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from commands import call
from corpus import READERS, Case, Point, cases

from runcompare.errors import RuncompareError
from runcompare.pull.workers import Task, take
from runcompare.sources import list_runs, read_run

SEEDS = int(os.environ.get("RUNCOMPARE_CORPUS", "1"))
ENOUGH = 0.995


class Seen(NamedTuple):
    """What became of a damaged folder: how many rows stood whole, were lost, and came from nowhere."""

    known: int
    lost: int
    invented: int


def found(folder: Path) -> Iterator[Point]:
    """Each step and loss of the runs of a folder; what is told to be unreadable is none."""
    for info in list_runs([folder]).runs:
        try:
            frame = read_run(info).history.frame
        except RuncompareError as error:
            if "fault of runcompare" in error.hint:
                raise AssertionError(error.message) from error
            continue
        for key in (c for c in frame.columns if "loss" in c and frame.schema[c].is_numeric()):
            steps = frame[next(c for c in ("step", "time/total_timesteps", "_step") if c in frame.columns)]
            pairs = zip(steps, frame[key].to_list(), strict=True)
            yield from ((int(step), value) for step, value in pairs if None not in (step, value))


def judge(case: Case, folder: Path) -> Seen:
    case.write(folder)
    got, known = Counter(found(folder)), Counter(case.rows)
    return Seen(known.total(), (known - got).total(), max(0, (got - known).total() - case.doubtful))


def use(folder: Path, store: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The user's commands: each ends as it should, without a traceback. Of `pull` it is the worker."""
    code, _, _ = call(capsysbinary, "runs", "--runs", folder)
    assert code in (0, 3)
    for info in list_runs([folder]).runs:
        done = take(Task(info, str(store)))
        assert "Error: " not in done.error
        assert "Panic" not in done.error
    for info in list_runs([folder]).runs[:1]:
        code, _, err = call(capsysbinary, "report", info.id, "--target", "loss=1", "--runs", folder)
        assert code in (0, 1, 2, 3), err


@pytest.mark.parametrize("reader", READERS)
def test_what_a_damaged_log_holds_is_found(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    some = [case for case in cases(SEEDS) if case.reader == reader]
    seen: dict[str, Seen] = {}
    for number, case in enumerate(some):
        folder = tmp_path / str(number)
        folder.mkdir()
        seen[f"{case.damage} {number}"] = judge(case, folder)
        use(folder, tmp_path / "store", capsysbinary)
    known, lost, invented = (sum(column) for column in zip(*seen.values(), strict=True))
    with capsysbinary.disabled():
        print(f"corpus, {reader}: {len(some)} files, {known} rows, {lost} lost, {invented} invented, 0 tracebacks")
    odd = {name: one for name, one in seen.items() if one.lost or one.invented}
    assert not invented, odd
    assert lost <= known * (1 - ENOUGH), odd
