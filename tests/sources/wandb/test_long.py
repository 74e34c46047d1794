"""Long runs of several logs say, read in pieces, what the whole logs say: whichever rows give way to which."""

import random
from pathlib import Path

import pytest
import wblog
from drawn_attempts import Attempt, draw_attempts
from long_runs import NOTE, assert_says_the_same
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read, write

from runcompare.records.run import Run
from runcompare.sources.wandb import part


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_PIECE", 60)


def mean_of(key: str) -> bytes:
    record = pb.Record(num=2)
    record.metric.name = key
    record.metric.summary.mean = True
    return bytes(record.SerializeToString())


def records(draw: random.Random, attempt: Attempt, *, is_resumed: bool) -> list[bytes]:
    """A log: its steps from 0, or where the program gives them itself those that it has; now and then a row is lost."""
    made = [wblog.run_record(1, "run1", int(attempt.start)), mean_of("loss")]
    own, lost, total = is_resumed or draw.random() < 0.3, draw.random() < 0.2, 0.0
    for number, row in enumerate(attempt.rows):
        axes = {"_step": row.step if own else number, "_timestamp": row.time, "_runtime": row.time - attempt.start}
        whole = {**axes, **row.values}
        kept: dict[object, object] = dict(whole)
        if "loss" in kept and not lost:
            total += float(kept.pop("loss"))  # type: ignore[arg-type]
            kept["loss", "mean"] = total / (number + 1)
        made.append(wblog.summary(len(made) + 1, kept))
        if not (lost and draw.random() < 0.02):
            made.append(wblog.history(len(made) + 1, whole))
    if draw.random() < 0.3:
        made.append(wblog.summary(len(made) + 1, {"loss": 0.25, "noted": 3}))
    ended = [wblog.exit_record(len(made) + 1, runtime=round(attempt.rows[-1].time - attempt.start))]
    return [*made, *(ended if draw.random() < 0.5 else [])]


def write_run(folder: Path, draw: random.Random, *, least: int = 2) -> Path:
    found, own = [], draw.random() < 0.5
    for number, attempt in enumerate(a for a in draw_attempts(draw, least=least) if a.rows):
        name = f"wandb/offline-run-20260101_00000{number}-run1"
        found.append(write(folder / name, records(draw, attempt, is_resumed=own)))
    return found[0]


@pytest.mark.parametrize("seed", range(20))
def test_a_long_run_of_several_logs_is_the_run_that_the_whole_logs_give(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_run(tmp_path, random.Random(seed), least=1)
    whole: Run = read(path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some: Run = read(path)
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)
