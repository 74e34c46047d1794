"""From the entries of a record to the run."""

from pathlib import Path

import pytest
import wblog
from recorded_runs import read, record

from runcompare import Recorder
from runcompare.metrics.value import parse_rule, value
from runcompare.records.recorder import encode_line
from runcompare.sources.recorder import source


def test_how_a_run_ended(tmp_path: Path) -> None:
    for error, state in ((ValueError, "failed"), (KeyboardInterrupt, "interrupted")):
        folder = tmp_path / state
        with pytest.raises(error), Recorder(folder):
            raise error
        assert read(folder).info.state == state


def test_what_a_later_attempt_logs_again_supersedes(tmp_path: Path) -> None:
    first = Recorder(tmp_path, id="r")
    for i in range(10):
        first.log({"loss": float(i), "first_only": i}, step=i)
    with first.stage("operator"):
        pass
    first.sync()
    first._file.close()  # killed
    with Recorder(tmp_path) as second:
        for i in range(6, 12):
            second.log({"loss": 100.0 + i}, step=i)
    run = read(tmp_path)
    frame = run.history.frame
    assert run.info.id == "r"
    assert run.info.state == "finished"
    assert len(run.attempts) == 2
    later = frame.filter(frame["loss"].is_not_null())
    assert later["_step"].to_list() == list(range(12))
    assert later["loss"].to_list() == [*map(float, range(6)), *(100.0 + i for i in range(6, 12))]
    assert frame["first_only"].drop_nulls().to_list() == list(range(10))  # nobody logged it again
    assert any("again from _step 6" in w for w in run.warnings)


def test_counting_goes_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with Recorder(tmp_path) as log:
            log.log({"x": 1})
            log.log({"x": 2})
    assert read(tmp_path).history.frame["_step"].to_list() == [0, 1, 2, 3]


def test_secrets_are_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcompare.records.recorder.redact", lambda entry: entry)  # as records were written once
    run = read(record(tmp_path, config={"api_key": "abcdef", "pad_token": "<pad>"}))
    assert run.config == {"api_key": "(redacted)", "pad_token": "<pad>"}
    assert any("secret" in w for w in run.warnings)


def test_telemetry_comes_from_the_wandb_log_beside(tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2 as pb

    record(tmp_path, id="run1")
    stats = pb.Record(num=2)
    stats.stats.item.add(key="gpu.0.powerWatts", value_json="99.5")
    log = tmp_path / "wandb/offline-run-20260101_000000-run1/run-run1.wandb"
    log.parent.mkdir(parents=True)
    log.write_bytes(wblog.framed([wblog.run_record(1), stats.SerializeToString()]))
    assert read(tmp_path).system.frame["gpu.0.powerWatts"].to_list() == [99.5]


ODD_ENTRIES = [
    {"type": "row", "step": "x", "values": 5, "time": "noon"},
    {"type": "samples", "name": 3, "values": ["x"]},
    {"type": "stage"},
    {"type": "end", "state": 7},
    {"type": 5},
    {"type": "run", "id": 5, "tags": 7, "config": [1], "hardware": "x", "name": {}},
]


@pytest.mark.parametrize("entry", ODD_ENTRIES)
def test_entries_that_another_writer_made_are_survived(tmp_path: Path, entry: dict[str, object]) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(encode_line({"type": "attempt", "time": 1.0}) + encode_line(entry))
    read(path)


def test_a_long_record_is_read_in_pieces_and_gives_the_same_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = record(tmp_path / "one", rows=3000)
    whole = read(folder)
    monkeypatch.setattr(source, "_PIECE", 700)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    some = read(folder)
    assert len(some.history) < 400
    assert some.history.series("loss").logged == len(whole.history) == 3000
    for rule in map(parse_rule, ("final", "mean-last:10%", "auc")):
        assert value(some, "loss", rule).mid == pytest.approx(value(whole, "loss", rule).mid)
    same = ("config", "attempts", "stages", "samples", "lost", "runtime_s", "info")
    assert [getattr(some, name) for name in same] == [getattr(whole, name) for name in same]
    assert some.warnings[-1].startswith("The history of 3,000 rows is kept at 100 points a key")


def test_all_rows_are_kept_where_enough_gave_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    folder = record(record(tmp_path / "one", rows=1500), rows=700)
    run = read(folder)
    assert (len(run.history), len(run.attempts), run.history.whole) == (700, 2, {})
