"""A recorder is killed at any moment, over and over: every row that it acknowledged is there."""

import os
import random
import signal
import struct
import time
from pathlib import Path

from runcompare import Recorder
from runcompare.records.recorder import RECORD_NAME, logged_rows

KILLS = int(os.environ.get("RUNCOMPARE_RECORDER_KILLS", "12"))


def log_until_killed(folder: Path, told: int) -> None:
    """Say each step once `log` has returned, and sync now and then."""
    with Recorder(folder, id="one") as record:
        while True:
            record.log({"x": "y" * (record.last_step % 700)})
            os.write(told, struct.pack("q", record.last_step))
            if record.last_step % 50 == 0:
                record.sync()


def test_no_kill_takes_an_acknowledged_row(tmp_path: Path) -> None:
    chance = random.Random(0)
    acknowledged = lost = 0
    for first in range(0, KILLS, 20):
        folder = tmp_path / str(first)
        sure = kill_often(folder, min(20, KILLS - first), chance)
        there = [row.step for row in logged_rows(folder / RECORD_NAME)]
        assert there == sorted(set(there))
        acknowledged, lost = acknowledged + len(sure), lost + len(set(sure) - set(there))
    print(f"recorder kills: {KILLS}, rows acknowledged: {acknowledged}, lost: {lost}")
    assert lost == 0


def kill_often(folder: Path, kills: int, chance: random.Random) -> list[int]:
    """The steps that were acknowledged by recorders of one folder, each killed."""
    sure: list[int] = []
    for _ in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                log_until_killed(folder, writer)
            finally:
                os._exit(1)
        os.close(writer)
        said = os.read(reader, 8)  # it has begun
        time.sleep(chance.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        while part := os.read(reader, 1 << 16):
            said += part
        os.close(reader)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        sure += struct.unpack(f"{len(said) // 8}q", said[: len(said) // 8 * 8])
    return sure
