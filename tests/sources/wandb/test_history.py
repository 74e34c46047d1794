"""Rows and final values, from summary records as well."""

from pathlib import Path

import wblog
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read_records, rows

from runcompare.records.run import Lost


def test_lost_records_are_counted_and_their_rows_rebuilt(tmp_path: Path) -> None:
    records = wblog.simple_log(rows())
    whole = read_records(tmp_path, records)
    gone = {records.index(r) for r in records if pb.Record.FromString(r).HasField("history")} - {2, 6, 40}
    lost = sorted(gone)[3:8]
    run = read_records(tmp_path, [r for i, r in enumerate(records) if i not in lost])
    assert run.lost == Lost(records=5, bytes=0, rebuilt_rows=5)
    assert run.history.frame["_rebuilt"].sum() == 5
    assert run.history.frame.drop("_rebuilt").equals(whole.history.frame)
    assert any("5 lost rows were rebuilt" in w for w in run.warnings)


def test_rows_that_lost_their_summary_too_are_gone(tmp_path: Path) -> None:
    records = wblog.simple_log(rows())
    run = read_records(tmp_path, records[:5] + records[11:])
    assert run.lost == Lost(records=6)
    assert run.history.frame["_step"].to_list() == [0, 1, *range(5, 20)]
    assert "_rebuilt" not in run.history.frame.columns


def test_a_minimum_in_a_summary_is_no_logged_value(tmp_path: Path) -> None:
    axes = wblog.axes(0)
    metric = pb.Record(num=2, metric=pb.MetricRecord(name="loss", summary=pb.MetricSummary(min=True)))
    records = [wblog.run_record(1), metric.SerializeToString(), wblog.summary(3, {**axes, "loss": {"min": 1}, "n": 4})]
    run = read_records(tmp_path, records)
    assert run.history.frame.columns == ["_step", "_timestamp", "_runtime", "n", "_rebuilt"]
    assert run.summary["loss.min"] == 1
