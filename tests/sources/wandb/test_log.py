"""One log's records: lost ones, odd ones, those still being written."""

import time
from pathlib import Path

import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read, read_records, rows, write

from runcompare.sources.wandb import log as wandb_log
from runcompare.sources.wandb.source import WandbOffline

LOOKED_UP_EVERY_S = 0.25  # a little more than it takes until open files are looked up again


def test_records_lost_at_the_start_count(tmp_path: Path) -> None:
    run = read_records(tmp_path, wblog.simple_log(rows())[4:])
    assert run.lost.records == 4
    assert run.info.id == "run1"  # from the file's name: the run record is gone


def test_fields_may_come_in_any_order(tmp_path: Path) -> None:
    """Go writes the record type last, behind control (16), uuid (19) and _info (200)."""
    front = pb.Record(num=2, uuid="u", control=pb.Control(req_resp=True)).SerializeToString()
    late = front + pb.Record.FromString(wblog.history(2, {**wblog.axes(0), "x": 1.5})).SerializePartialToString()[2:]
    early = pb.Record(num=1, uuid="u").SerializeToString() + wblog.run_record(1, run_group="g")[2:]
    run = read_records(tmp_path, [early, late])
    assert run.history.frame["x"].to_list() == [1.5]
    assert run.info.group == "g"


def test_a_log_that_grows_is_running_and_its_torn_end_is_not_lost(tmp_path: Path) -> None:
    path = write(tmp_path, wblog.simple_log(rows(50))[:-1])
    whole = path.read_bytes()
    path.write_bytes(b"")
    seen = []
    with path.open("ab", buffering=0) as writer:
        time.sleep(LOOKED_UP_EVERY_S)
        for i in range(0, len(whole), 997):
            writer.write(whole[i : i + 997])
            if i >= 997:
                run = WandbOffline().read(str(path))
                assert run.lost.records == run.lost.bytes == 0
                seen.append(len(run.history))
        assert read(path).info.state == "running"
    assert seen == sorted(seen)
    assert seen[-1] == 50
    time.sleep(LOOKED_UP_EVERY_S)
    assert read(path).info.state == "interrupted"


def test_a_large_log_is_listed_by_its_ends(tmp_path: Path) -> None:
    filler = [
        pb.Record(num=i, output_raw=pb.OutputRawRecord(line="x" * 9_000)).SerializeToString() for i in range(2, 90)
    ]
    records = [wblog.run_record(1, run_group="g", config={"seed": 3}), *filler, wblog.exit_record(90)]
    path = write(tmp_path, records)
    (info,) = WandbOffline().scan(path)
    assert (info.group, info.seed, info.state, info.started_at) == ("g", 3, "finished", 1_000.0)
    assert info == WandbOffline().read(str(path)).info


def test_a_listing_looks_for_a_first_row_in_so_many_blocks_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it does not go through gigabytes of a file that was never written."""
    first, *others = wblog.simple_log(rows(4000))
    path = write(tmp_path, [first])
    head = path.read_bytes()
    path.write_bytes(head + bytes(6 * wblog.BLOCK - len(head)) + wblog.framed(others)[: 3 * wblog.BLOCK])
    assert wandb_log.peek_log(path).damage.bytes >= 5 * wblog.BLOCK
    monkeypatch.setattr(wandb_log, "HEAD", 2)
    found = wandb_log.peek_log(path)
    assert found.run is not None
    assert found.damage.bytes < 3 * wblog.BLOCK
