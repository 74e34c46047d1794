"""Events decoded."""

import os
import random
import struct

import numpy as np
import pytest
from event_files import event_file, read, tensorboard, write
from event_records import read_records

from runcompare.errors import RuncompareError
from runcompare.sources.tensorboard.framing import masked_crc
from runcompare.sources.tensorboard.source import TensorBoard

FUZZ = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


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


def test_mutated_events_with_right_checksums_are_decoded_or_counted(tmp_path, run):
    records = read_records(event_file(run).read_bytes()).records
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
