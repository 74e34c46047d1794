"""Attempts at a run, and its state."""

from pathlib import Path

import pytest
import wblog
from wandb_logs import read, read_records, rows, write

from runcompare.sources.wandb.source import WandbOffline


def test_states(tmp_path: Path) -> None:
    records = wblog.simple_log(rows(3))
    assert read_records(tmp_path / "a", records).info.state == "finished"
    assert read_records(tmp_path / "b", [*records[:-1], wblog.exit_record(8, code=1)]).info.state == "failed"
    assert read_records(tmp_path / "c", records[:-1]).info.state == "interrupted"


def resumed(tmp_path: Path) -> Path:
    """Three attempts: 10 epochs; again from 6 to 8 (killed); from 7 on. In folders whose order is not theirs."""
    starts = {3: (0, 10, 1_000), 1: (6, 9, 2_000), 2: (7, 12, 3_000)}
    for number, (first, last, start) in starts.items():
        some = [{"loss": 1000.0 * number + e, "global_step": e} for e in range(first, last)]
        records = wblog.simple_log(some, start=start, display_name=f"try {number}")
        write(tmp_path / f"wandb/offline-run-20260101_00000{number}-run1", records if number != 1 else records[:-1])
    return tmp_path / "wandb"


def test_attempts_are_joined_by_start_and_global_step(tmp_path: Path) -> None:
    folder = resumed(tmp_path)
    run = read(folder / "offline-run-20260101_000001-run1" / "run-run1.wandb")
    frame = run.history.frame
    assert frame["global_step"].to_list() == list(range(12))
    assert frame["loss"].to_list() == [3000.0 + e for e in range(6)] + [1006.0] + [2000.0 + e for e in range(7, 12)]
    assert frame["_step"].is_sorted()
    assert frame["_step"].n_unique() == 12
    assert [a.started_at for a in run.attempts] == [1_000.0, 2_000.0, 3_000.0]
    assert run.info.name == "try 2"
    assert run.info.state == "finished"
    assert run.runtime_s == pytest.approx(10 + 2.5 + 5)
    assert any("3 logs were joined" in w for w in run.warnings)
    assert any("again from global_step 6" in w for w in run.warnings)


def test_rebuilt_rows_give_way_too(tmp_path: Path) -> None:
    for number, lost in ((1, {4}), (2, set())):
        records = wblog.simple_log([{"loss": number, "global_step": e} for e in range(3)], start=1_000 * number)
        kept = [r for i, r in enumerate(records) if i not in lost]
        write(tmp_path / f"wandb/offline-run-20260101_00000{number}-run1", kept)
    run = read(tmp_path / "wandb" / "offline-run-20260101_000001-run1" / "run-run1.wandb")
    assert run.lost.rebuilt_rows == 1
    assert run.history.frame["loss"].to_list() == [2, 2, 2]


def test_every_attempt_leads_to_the_one_run(tmp_path: Path) -> None:
    folder = resumed(tmp_path)
    infos = [info for path in folder.rglob("*.wandb") for info in WandbOffline().scan(path)]
    assert len(infos) == 3
    assert len({(i.id, i.location) for i in infos}) == 1


def test_a_damaged_attempt_is_reported_and_the_others_read(tmp_path: Path) -> None:
    folder = resumed(tmp_path)
    damaged = folder / "offline-run-20260101_000001-run1" / "run-run1.wandb"
    damaged.write_bytes(b"x" * 50)
    run = read(damaged)
    assert len(run.attempts) == 2
    assert any("run-run1.wandb holds no readable" in w for w in run.warnings)


def test_other_runs_beside_are_no_attempts(tmp_path: Path) -> None:
    for name in ("run1", "run12", "1"):
        folder = tmp_path / f"offline-run-20260101_000001-{name}"
        write(folder, wblog.simple_log(rows(2), run_id=name), f"run-{name}.wandb")
    assert len(read(tmp_path / "offline-run-20260101_000001-run1" / "run-run1.wandb").attempts) == 1


def test_the_numbered_folder_of_a_taken_name_is_an_attempt(tmp_path: Path) -> None:
    for number, name in enumerate(("run1", "run1-1")):
        folder = tmp_path / f"offline-run-20260101_000001-{name}"
        write(folder, wblog.simple_log(rows(2), start=1_000 * (number + 1)), "run-run1.wandb")
    assert len(read(tmp_path / "offline-run-20260101_000001-run1" / "run-run1.wandb").attempts) == 2
