"""TensorBoard's event files, written by the real writer, read back whole; damage counted to the record."""

import os
import random
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest

from runcompare.errors import RuncompareError, UnreadableRun
from runcompare.sources.listing import list_runs
from runcompare.sources.tensorboard.events import decode
from runcompare.sources.tensorboard.framing import masked_crc, read_records
from runcompare.sources.tensorboard.source import TensorBoard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")

FUZZ = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))
VALUES = (0.1, -2.5, float("nan"), float("inf"), float("-inf"), 1e-40, 3e38, 0.0)


def write(folder, rows, **writer):
    with tensorboard.SummaryWriter(str(folder), **writer) as log:
        for step, values in rows:
            for key, value in values.items():
                log.add_scalar(key, value, step)


def read(folder):
    return TensorBoard().read(str(folder))


def event_file(folder):
    (path,) = folder.glob("*tfevents*")
    return path


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run1"
    rows = [(step, {"train/loss": 1 / (step + 1), "lr": 0.5**step}) for step in range(200)]
    write(folder, rows)
    return folder


def test_every_value_comes_back_also_nan_and_infinities(tmp_path):
    write(tmp_path / "r", [(i, {"x": v, "a/b": -v}) for i, v in enumerate(VALUES)])
    frame = read(tmp_path / "r").history.frame
    assert frame["_step"].to_list() == list(range(len(VALUES)))
    expected = np.array(VALUES, np.float32).astype(np.float64)
    np.testing.assert_array_equal(frame["x"].to_numpy(), expected)
    np.testing.assert_array_equal(frame["a/b"].to_numpy(), -expected)


@pytest.mark.parametrize("step", [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**53 + 1, 2**62])
def test_steps_of_any_size(tmp_path, step):
    write(tmp_path / "r", [(step, {"x": 1.0})])
    assert read(tmp_path / "r").history.frame["_step"].to_list() == [step]


def test_scalars_as_tensors(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_scalar("float", 0.25, 3, new_style=True)
        log.add_scalar("double", 0.1, 3, new_style=True, double_precision=True)
    frame = read(tmp_path / "r").history.frame
    assert frame.row(0, named=True) | {"_timestamp": 0} == {"_step": 3, "_timestamp": 0, "float": 0.25, "double": 0.1}


def test_long_tags_and_tags_that_are_not_ascii(tmp_path):
    tags = ["x" * n for n in (1, 90, 110, 120, 127, 128, 500)] + ["größe/λ"]
    write(tmp_path / "r", [(1, dict.fromkeys(tags, 2.0))])
    assert set(read(tmp_path / "r").history.keys) == set(tags)


def test_hparams_are_the_config_and_media_are_counted(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_scalar("loss", 1.0, 0)
        log.add_text("note", "hello")
        log.add_histogram("h", np.arange(5), 1)
        log.add_hparams({"lr": 0.1, "seed": 3, "name": "x", "flag": True, "api_key": "hush"}, {"hp/acc": 0.5})
    run = read(tmp_path / "r")
    assert {k: run.config[k] for k in ("lr", "seed", "name", "flag")} == {
        "lr": 0.1,
        "seed": 3,
        "name": "x",
        "flag": True,
    }
    assert "hush" not in str(run)
    assert run.seed == 3
    assert run.summary["hp/acc"] == 0.5
    assert run.info.state == "finished"
    assert any("2 texts, images, histograms" in w for w in run.warnings)


def test_add_scalars_makes_keys_of_one_run_not_runs(tmp_path):
    with tensorboard.SummaryWriter(str(tmp_path / "r")) as log:
        log.add_scalar("loss", 1.0, 0)
        log.add_scalars("multi/part", {"a": 1.0, "b": 2.0}, 3)
    (info,) = list_runs([tmp_path]).runs
    run = read(info.location)
    assert run.summary == {"loss": 1.0, "multi/part/a": 1.0, "multi/part/b": 2.0}


def test_train_and_validation_in_folders_of_their_own_are_runs_of_their_own(tmp_path):
    for name in ("train", "validation"):
        write(tmp_path / "logs" / name, [(0, {"loss": 1.0, "acc": 0.5})])
    assert sorted(info.name for info in list_runs([tmp_path]).runs) == ["train", "validation"]


def test_a_restart_supersedes_what_it_logs_again(tmp_path):
    write(tmp_path / "r", [(i, {"loss": 1.0}) for i in range(6)])
    write(tmp_path / "r", [(i, {"loss": 2.0}) for i in range(4, 8)], filename_suffix=".again")
    run = read(tmp_path / "r")
    assert run.history.frame["_step"].to_list() == list(range(8))
    assert run.history.frame["loss"].to_list() == [1.0] * 4 + [2.0] * 4
    assert len(run.attempts) == 2
    assert run.runtime_s == pytest.approx(sum(a.ended_at - a.started_at for a in run.attempts))
    assert any("2 earlier rows gave way" in w for w in run.warnings)


def test_a_point_logged_twice_at_a_step_counts_as_it_was_logged_last(tmp_path):
    write(tmp_path / "r", [(1, {"x": 1.0}), (2, {"x": 5.0}), (1, {"x": 3.0})])
    run = read(tmp_path / "r")
    assert run.history.frame["x"].to_list() == [3.0, 5.0]
    assert any("1 points twice" in w for w in run.warnings)


def test_more_than_ten_thousand_points_are_all_there(tmp_path):
    write(tmp_path / "r", [(i, {"x": i}) for i in range(12_000)])
    assert read(tmp_path / "r").history.frame["x"].to_list() == list(map(float, range(12_000)))


def test_a_file_is_never_changed(run):
    before = event_file(run).read_bytes()
    read(run)
    assert event_file(run).read_bytes() == before


def frames(body):
    """Where each record begins, by the lengths alone."""
    starts, at = [], 0
    while at < len(body):
        starts.append(at)
        at += 16 + struct.unpack_from("<Q", body, at)[0]
    return starts


@pytest.mark.parametrize("seed", range(12))
def test_bit_flips_lose_exactly_the_records_that_they_hit(run, seed):
    body = bytearray(event_file(run).read_bytes())
    starts, draw = frames(bytes(body)), random.Random(seed)
    hit = set()
    for _ in range(draw.randint(1, 5)):
        number = draw.randrange(1, len(starts) - 1)
        inside = draw.randrange(starts[number + 1] - starts[number])
        body[starts[number] + inside] ^= 1 << draw.randrange(8)
        # with a wrong checksum of the length, and a right one of the data, the record is there
        hit |= {number} if not 8 <= inside < 12 else set()
    intact = [n for n in range(len(starts)) if n not in hit]
    whole, _ = read_records(event_file(run).read_bytes())
    records, damage = read_records(bytes(body))
    assert records == [whole[n] for n in intact]
    assert min(1, len(hit)) <= damage.records <= len(hit)
    assert damage.bytes == sum(starts[n + 1] - starts[n] for n in hit)


@pytest.mark.parametrize("cut", [1, 5, 12, 30])
def test_a_torn_end_is_said_and_is_no_damage(run, cut):
    path = event_file(run)
    path.write_bytes(path.read_bytes()[:-cut])
    found = read(run)
    assert found.lost.records == 0
    assert len(found.history) == 200
    assert any("ends inside of a record" in w for w in found.warnings)
    assert found.history.frame["lr"].null_count() == 1


def test_zeros_in_the_middle_are_got_over(run):
    path = event_file(run)
    body = bytearray(path.read_bytes())
    body[3000:5000] = bytes(2000)
    path.write_bytes(body)
    found = read(run)
    assert found.lost.records == 1
    assert 2000 <= found.lost.bytes < 2200
    assert len(found.history) > 150


@pytest.mark.parametrize("body", [b"", b"\0" * 4096, b"step,loss\n1,2\n", os.urandom(3000)])
def test_foreign_files_are_one_clear_error(tmp_path, body):
    path = tmp_path / "events.out.tfevents.1700000000.host.1.0"
    path.write_bytes(body)
    with pytest.raises(UnreadableRun):
        read(tmp_path)
    listing = list_runs([tmp_path])
    assert not listing.runs
    assert listing.warnings


def test_a_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "events.out.tfevents.1700000000.host.1.0")
    with pytest.raises(UnreadableRun):
        read(tmp_path)


def test_mutated_files_raise_nothing_but_our_errors(run):
    whole, draw = event_file(run).read_bytes()[:3000], random.Random(7)
    for _ in range(FUZZ):
        body = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            body[draw.randrange(len(body))] = draw.randrange(256)
        records, _ = read_records(bytes(body[: draw.randrange(1, len(body))]))
        decode(records)


def test_mutated_events_with_right_checksums_are_decoded_or_counted(tmp_path, run):
    records, _ = read_records(event_file(run).read_bytes())
    draw, path = random.Random(8), tmp_path / "m" / "events.out.tfevents.1700000000.host.1.0"
    path.parent.mkdir()
    for _ in range(FUZZ // 10):
        body = b""
        for record in records[:40]:
            data = bytearray(record)
            data[draw.randrange(len(data))] = draw.randrange(256)
            head = struct.pack("<Q", len(data))
            body += head + struct.pack("<I", masked_crc(head)) + data + struct.pack("<I", masked_crc(bytes(data)))
        path.write_bytes(body)
        try:
            TensorBoard().read(str(path.parent))
        except RuncompareError:
            continue


def test_runs_of_one_name_have_ids_of_their_own(tmp_path):
    for where in ("a", "b"):
        write(tmp_path / where / "train", [(0, {"x": 1.0})])
    infos = list_runs([tmp_path]).runs
    assert [info.name for info in infos] == ["train", "train"]
    assert infos[0].id != infos[1].id
    assert infos[0].id == read(infos[0].location).id


def test_the_listing_names_each_run_once(tmp_path):
    for i in range(3):
        write(tmp_path / f"exp{i}", [(0, {"x": 1.0})])
        write(tmp_path / f"exp{i}", [(1, {"x": 1.0})], filename_suffix=".2")
    assert [info.name for info in list_runs([tmp_path]).runs] == ["exp0", "exp1", "exp2"]
    assert Path(list_runs([tmp_path]).runs[0].location) == tmp_path / "exp0"
