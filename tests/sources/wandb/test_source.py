"""The W&B reader on logs made for the purpose: what real runs show too seldom to wait for."""

import json
import math
import os
import random
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb

from runcompare.errors import UnreadableRun
from runcompare.records.run import Attempt, Hardware, Lost, Run
from runcompare.sources.wandb import rows as wandb_rows
from runcompare.sources.wandb.source import WandbOffline

LOOKED_UP_EVERY_S = 0.25  # a little more than it takes until open files are looked up again


def write(folder: Path, records: list[bytes], name: str = "run-run1.wandb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(wblog.framed(records))
    return folder / name


def read(path: Path) -> Run:
    (info,) = WandbOffline().scan(path)
    return WandbOffline().read(info.location)


def read_records(tmp_path: Path, records: list[bytes]) -> Run:
    return read(write(tmp_path, records))


def rows(count: int = 20) -> list[dict[str, Any]]:
    return [{"loss": 1 / (i + 1), "n": i} for i in range(count)]


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


def test_records_lost_at_the_start_count(tmp_path: Path) -> None:
    run = read_records(tmp_path, wblog.simple_log(rows())[4:])
    assert run.lost.records == 4
    assert run.info.id == "run1"  # from the file's name: the run record is gone


def test_a_minimum_in_a_summary_is_no_logged_value(tmp_path: Path) -> None:
    axes = wblog.axes(0)
    metric = pb.Record(num=2, metric=pb.MetricRecord(name="loss", summary=pb.MetricSummary(min=True)))
    records = [wblog.run_record(1), metric.SerializeToString(), wblog.summary(3, {**axes, "loss": {"min": 1}, "n": 4})]
    run = read_records(tmp_path, records)
    assert run.history.frame.columns == ["_step", "_timestamp", "_runtime", "n", "_rebuilt"]
    assert run.summary["loss.min"] == 1


def test_fields_may_come_in_any_order(tmp_path: Path) -> None:
    """Go writes the record type last, behind control (16), uuid (19) and _info (200)."""
    front = pb.Record(num=2, uuid="u", control=pb.Control(req_resp=True)).SerializeToString()
    late = front + pb.Record.FromString(wblog.history(2, {**wblog.axes(0), "x": 1.5})).SerializePartialToString()[2:]
    early = pb.Record(num=1, uuid="u").SerializeToString() + wblog.run_record(1, run_group="g")[2:]
    run = read_records(tmp_path, [early, late])
    assert run.history.frame["x"].to_list() == [1.5]
    assert run.info.group == "g"


def test_typed_values_of_newer_schemas(tmp_path: Path) -> None:
    record = pb.Record(num=2)
    for key, value in (("boolean", True), ("integer", -(2**60)), ("number", 0.1), ("text", "a\n"), ("json", "[1]")):
        item = record.history.item.add(key=key)
        setattr(item, key, value)
    record.history.item.add(key="none", none=1)
    record.history.step.num = 7
    run = read_records(tmp_path, [wblog.run_record(1), record.SerializeToString()])
    (row,) = run.history.frame.to_dicts()
    assert row == {"_step": 7, "boolean": True, "integer": -(2**60), "number": 0.1, "text": "a\n"} | {
        "json#json": "[1]",
        "none": None,
    }


def token(rng: random.Random) -> str:
    kind = rng.randrange(8)
    if kind < 4:
        return repr(rng.uniform(-1, 1) * 10 ** rng.randrange(-320, 300))
    if kind == 4:
        return str(rng.randrange(-(10 ** rng.randrange(1, 18)), 10 ** rng.randrange(1, 18)))
    return rng.choice(["NaN", "Infinity", "-Infinity", "-0", "0", "1e+21", "null", "true", '"a,b"', '"\\u00e9"', "[1]"])


@pytest.mark.parametrize("seed", range(6))
def test_numpy_and_protobuf_read_the_same(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    keys = [("k" * n + str(i),) for i, n in enumerate((1, 6, 7, 8, 23, 62, 63, 64, 80, 0, 15, 16))] + [
        ("a", "b"),
        ("m", "_type"),
        ("\u00fc/\U0001f600",),
    ]
    clean = set(rng.sample(range(12), 6))
    payloads = [wblog.run_record(1)]
    for step in range(400):
        row: dict[Any, str] = {"_step": str(step)}
        for key in rng.sample(range(15), rng.randrange(15)):
            row[keys[key]] = repr(rng.random()) if key in clean else token(rng)
        entries = list(row.items())
        rng.shuffle(entries)
        payloads.append(wblog.history(step + 2, dict(entries)))
    path = write(tmp_path, payloads)
    frames = []
    for fewest in (1, 10**9):
        monkeypatch.setattr(wandb_rows, "FEWEST", fewest)
        monkeypatch.setattr(wandb_rows, "CHUNK", 150)
        frames.append(WandbOffline().read(str(path)).history.frame)
    assert frames[0].schema == frames[1].schema
    assert frames[0].equals(frames[1])


def test_common_rows_take_the_fast_way(tmp_path: Path) -> None:
    data = [wblog.history(i, {**wblog.axes(i), "loss": i / 7}) for i in range(500)]
    collected = wandb_rows.Rows()
    for payload in data:
        collected.add(pb.Record.FromString(payload).history.SerializeToString())
    collected.typed()
    assert not collected._loose


def test_numbers_are_never_changed_silently(tmp_path: Path) -> None:
    big = [2**53 + 1, 2**63, -(2**100), 10**30]
    records = [wblog.run_record(1)]
    records += [
        wblog.history(i + 2, {"_step": i, "only": str(b), "mixed": str(b) if i else "0.5"}) for i, b in enumerate(big)
    ]
    run = read_records(tmp_path, records)
    assert run.history.frame["only"].to_list() == big
    assert run.history.frame["mixed"].to_list() == [0.5, *(float(b) for b in big[1:])]
    assert [w for w in run.warnings if "'mixed'" in w and "rounded" in w] != []


def test_texts_among_numbers_leave_the_numbers_alone(tmp_path: Path) -> None:
    records = [wblog.run_record(1)]
    values = ["1.5", '"diverged"', "NaN", "true", '"\\ud800"']
    records += [wblog.history(i + 2, {"_step": i, "loss": v}) for i, v in enumerate(values)]
    run = read_records(tmp_path, records)
    assert run.history.frame["loss"].is_nan().to_list() == [False, None, True, None, None]
    kept = [None if v is None else json.loads(v) for v in run.history.frame["loss#json"]]
    assert kept == [None, "diverged", None, True, "\ud800"]
    assert any("'loss' holds 3 values that are not numbers" in w for w in run.warnings)


def gpu_log(process_gpus: int, config: dict[str, Any]) -> list[bytes]:
    env = pb.Record(num=2)
    env.environment.gpu_count, env.environment.cpu_count_logical, env.environment.cpu_count = 4, 64, 32
    env.environment.cpu.model = "EPYC"
    for _ in range(4):
        env.environment.gpu_nvidia.add(name="NVIDIA A100")
    stats = pb.Record(num=3)
    stats.stats.timestamp.seconds = 1_005
    for i in range(4):
        stats.stats.item.add(key=f"gpu.{i}.powerWatts", value_json="250.5")
    for i in range(process_gpus):
        stats.stats.item.add(key=f"gpu.process.{i}.gpu", value_json="99")
    return [wblog.run_record(1, config=config), env.SerializeToString(), stats.SerializeToString()]


@pytest.mark.parametrize(
    ("process_gpus", "config", "expected"),
    [
        (2, {}, Hardware("NVIDIA A100", 2, "EPYC", 64)),
        (2, {"hardware": {"accelerator_count": 3, "world_size": 3}}, Hardware("NVIDIA A100", 2, "EPYC", 64, 3)),
        (0, {"hardware": {"accelerator": None, "accelerator_count": 0}}, Hardware(None, 0, "EPYC", 64)),
        (0, {"hardware": {"accelerator_count": "many", "cpu": 7}}, Hardware("NVIDIA A100", 4, "EPYC", 64)),
        (0, {}, Hardware("NVIDIA A100", 4, "EPYC", 64)),
    ],
)
def test_hardware(tmp_path: Path, process_gpus: int, config: dict[str, Any], expected: Hardware) -> None:
    run = read_records(tmp_path, gpu_log(process_gpus, config))
    assert run.hardware == expected
    assert run.system.frame["gpu.0.powerWatts"].to_list() == [250.5]
    assert run.system.frame["_timestamp"].to_list() == [1_005.0]
    assert any("all counted" in w for w in run.warnings) == (
        not process_gpus and "accelerator_count" not in config.get("hardware", {})
    )


def test_states(tmp_path: Path) -> None:
    records = wblog.simple_log(rows(3))
    assert read_records(tmp_path / "a", records).info.state == "finished"
    assert read_records(tmp_path / "b", [*records[:-1], wblog.exit_record(8, code=1)]).info.state == "failed"
    assert read_records(tmp_path / "c", records[:-1]).info.state == "interrupted"


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


def test_a_damaged_attempt_is_said_and_the_others_read(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    "body",
    [b"", b":W&B", wblog.HEADER, bytes(70_000), random.Random(0).randbytes(70_000), b"{}\n" * 100],
    ids=["empty", "mark", "header", "zeros", "noise", "text"],
)
def test_foreign_files_are_unreadable(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "run-x.wandb"
    path.write_bytes(body)
    for use in (lambda: next(WandbOffline().scan(path)), lambda: WandbOffline().read(str(path))):
        with pytest.raises(UnreadableRun, match=r"run-x\.wandb"):
            use()


def test_pipes_folders_and_absent_files_are_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run-pipe.wandb")
    (tmp_path / "run-folder.wandb").mkdir()
    for name in ("pipe", "folder", "absent"):
        with pytest.raises(UnreadableRun):
            next(WandbOffline().scan(tmp_path / f"run-{name}.wandb"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path, wblog.simple_log(rows(2)))
    path.chmod(0)
    with pytest.raises(UnreadableRun, match="can't be read"):
        next(WandbOffline().scan(path))


def test_a_large_log_is_listed_by_its_ends(tmp_path: Path) -> None:
    filler = [
        pb.Record(num=i, output_raw=pb.OutputRawRecord(line="x" * 9_000)).SerializeToString() for i in range(2, 90)
    ]
    records = [wblog.run_record(1, run_group="g", config={"seed": 3}), *filler, wblog.exit_record(90)]
    path = write(tmp_path, records)
    (info,) = WandbOffline().scan(path)
    assert (info.group, info.seed, info.state, info.started_at) == ("g", 3, "finished", 1_000.0)
    assert info == WandbOffline().read(str(path)).info


def test_values_and_times_of_an_attempt(tmp_path: Path) -> None:
    run = read_records(tmp_path, wblog.simple_log(rows(5)))
    assert run.attempts == (Attempt(1_000.0, 1_005.0),)
    assert run.runtime_s == 5.0
    assert run.history.frame.schema["n"] == pl.Int64
    assert math.isclose(run.history.frame["loss"].sum(), sum(1 / i for i in range(1, 6)))


def test_a_token_nested_too_deeply_is_kept_as_text(tmp_path: Path) -> None:
    deep = "[" * 100_000
    run = read_records(tmp_path, [wblog.run_record(1), wblog.history(2, {"_step": 0, "x": deep})])
    assert run.history.frame["x"].to_list() == [deep]


def test_hundreds_of_thousands_of_keys(tmp_path: Path) -> None:
    row = {f"key/{i}": i + 0.5 for i in range(20_000)}  # more of them cost time in proportion
    run = read_records(tmp_path, [wblog.run_record(1), wblog.history(2, {"_step": 0, **row})])
    assert {k: run.history.frame[k][0] for k in row} == row
