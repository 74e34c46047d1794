"""Reading 100,000 points of event files, against TensorBoard's own EventAccumulator with all points kept.

Both run in this process, one after the other, and are timed in CPU seconds; the ratio is what counts.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

POINTS = int(os.environ.get("RUNCOMPARE_BENCH_POINTS", "100000"))
KEYS = 10
ROUNDS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    path = tmp_path_factory.mktemp("bench") / "run"
    with tensorboard.SummaryWriter(str(path)) as log:
        for i in range(POINTS):
            log.add_scalar(f"op/k{i % KEYS}", i * 0.1, i // KEYS)
    return path


def theirs(folder: Path) -> list[Any]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    read.Reload()
    return [point for tag in read.Tags()["scalars"] for point in read.Scalars(tag)]


def ours(folder: Path) -> Any:
    from runcompare.sources.tensorboard import file as event_file
    from runcompare.sources.tensorboard import source as tensorboard

    event_file.forget()
    return tensorboard.TensorBoard().read(str(folder))


def test_reading_large_event_files(benchmark: Any, folder: Path) -> None:
    run = benchmark.pedantic(ours, args=(folder,), rounds=ROUNDS, iterations=1)
    assert run.history.frame.shape == (POINTS // KEYS, KEYS + 2)
    assert len(theirs(folder)) == POINTS
    mine = min(cpu_seconds(lambda: ours(folder)) for _ in range(ROUNDS))
    other = min(cpu_seconds(lambda: theirs(folder)) for _ in range(ROUNDS))
    benchmark.extra_info |= {"ours_s": mine, "accumulator_s": other, "ratio": other / mine, "points": POINTS}
    print(f"\n{POINTS:,} points: ours {mine:.2f} s, EventAccumulator {other:.2f} s, {other / mine:.1f} times")
    assert other / mine > 5


def cpu_seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
