"""Reading a W&B log of 100,000 rows x 23 keys, against the plain way: W&B's own messages and json, value by value.

Both run in this process, one after the other, and are timed in CPU seconds; the ratio is what counts. Memory is the
peak of a process that does nothing else.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROWS = int(os.environ.get("RUNCOMPARE_BENCH_ROWS", "100000"))
KEYS = 20  # and _step, _timestamp, _runtime


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("wandb")
    import wblog

    rng = random.Random(1)
    records = [wblog.run_record(1)]
    for step in range(ROWS):
        row = {**wblog.axes(step), **{f"op/k{j:02d}": rng.random() for j in range(KEYS)}}
        row = dict(rng.sample(list(row.items()), len(row)))  # W&B's order is random too
        records += [wblog.summary(len(records) + 1, row), wblog.history(len(records) + 2, row)]
    path = tmp_path_factory.mktemp("bench") / "run-run1.wandb"
    path.write_bytes(wblog.framed([*records, wblog.exit_record(len(records) + 1)]))
    return path


def plain(path: Path) -> list[dict[str, Any]]:
    from wandb.proto import wandb_internal_pb2 as pb

    from runcompare.sources.wandb.framing import Damage, read_frames

    rows = []
    with path.open("rb") as file:
        for frame in read_frames(file, Damage()):
            record = pb.Record.FromString(frame)
            if record.WhichOneof("record_type") == "history":
                rows.append({".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item})
    return rows


READER = """
import sys
from runcompare.sources.wandb.source import WandbOffline
WandbOffline().read(sys.argv[1])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)
"""


def peak_mb(log: Path) -> float:
    """Peak memory of a process of its own that reads the log."""
    return float(subprocess.run([sys.executable, "-c", READER, str(log)], capture_output=True, check=True).stdout)


def test_reading_a_large_wandb_log(benchmark: Any, log: Path) -> None:
    from runcompare.sources.wandb.source import WandbOffline

    run = benchmark.pedantic(WandbOffline().read, args=(str(log),), rounds=3, iterations=1)
    assert run.history.frame.shape == (ROWS, KEYS + 3)
    ours = cpu_seconds(lambda: WandbOffline().read(str(log)))
    theirs = cpu_seconds(lambda: plain(log))
    size, peak = log.stat().st_size / 1e6, peak_mb(log)
    benchmark.extra_info |= {
        "ours_s": ours,
        "plain_s": theirs,
        "ratio": theirs / ours,
        "peak_mb": peak,
        "file_mb": size,
    }
    print(f"\n{size:.0f} MB: ours {ours:.2f} s, plain {theirs:.2f} s, {theirs / ours:.1f} times; peak {peak:.0f} MB")
    assert theirs / ours > 3
    assert peak < 350


def cpu_seconds(call: Any) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
