"""Event files of more points than are kept say of their run what the whole files say, whatever their order."""

import random
from itertools import accumulate
from pathlib import Path

import event_log
import numpy as np
import pytest
from long_runs import NOTE, assert_says_the_same
from same_runs import assert_same

from runcompare.records.run import Run
from runcompare.sources.kit import by_steps
from runcompare.sources.tensorboard import file, framing
from runcompare.sources.tensorboard.source import TensorBoard

T0 = 1_700_000_000.0


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "_PIECE", 3000)
    monkeypatch.setattr(by_steps, "_CELLS", 500)


def read(folder: Path) -> Run:
    file.forget()
    return TensorBoard().read(str(folder))


def steps_of(draw: random.Random, count: int) -> list[int]:
    """Steps that rise, that repeat, that fall back, that count something else, or none at all."""
    kind = draw.choice(("rise", "rise", "stay", "fall", "shuffled", "none"))
    if kind == "rise":
        return list(accumulate(draw.randrange(1, 5) for _ in range(count)))
    if kind == "stay":
        return [i // 3 for i in range(count)]
    if kind == "fall":
        return [i if i < count // 2 else i - count // 4 for i in range(count)]
    return draw.sample(range(2 * count), count) if kind == "shuffled" else [0] * count


def points_of(draw: random.Random, begin: float, count: int) -> list[bytes]:
    found: list[tuple[float, bytes]] = []
    for tag in draw.sample((b"loss", b"val/loss", b"lr", b"norm"), draw.randrange(1, 4)):
        some = steps_of(draw, count // draw.choice((1, 1, 10)))
        odd = draw.choice((0.0, 0.02))
        values = [draw.choice((np.nan, np.inf)) if draw.random() < odd else round(draw.gauss(1, 1), 2) for _ in some]
        times = sorted(begin + draw.random() * 100 for _ in some)
        found += [
            (time, event_log.scalar(time, step, tag, v)) for time, step, v in zip(times, some, values, strict=True)
        ]
    found.sort(key=lambda pair: pair[0])
    return [data for _, data in found]


def write(folder: Path, draw: random.Random) -> None:
    """One to four files, side by side or one after the other, some of which start anew from a step."""
    folder.mkdir()
    begin = T0
    for number in range(draw.randrange(1, 5)):
        records = points_of(draw, begin, draw.randrange(10, 900))
        for _ in range(draw.choice((0, 0, 0, 1, 2))):  # mostly where the file begins
            at = draw.choice((0, 0, draw.randrange(len(records))))
            records.insert(at, event_log.restart(begin, draw.randrange(1, 1500)))
        body = bytearray(event_log.version(begin) + b"".join(records))
        for _ in range(draw.choice((0, 0, 3))):
            body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
        (folder / f"events.out.tfevents.{int(begin)}.host.{number}").write_bytes(body)
        begin += draw.choice((0, 10, 500))


@pytest.mark.parametrize("seed", range(40))
def test_a_long_log_gives_the_run_that_the_whole_gives(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "run", random.Random(seed))
    whole = read(tmp_path / "run")
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    some = read(tmp_path / "run")
    assert_says_the_same(whole, some)
    assert any(NOTE in w for w in some.warnings) == bool(some.history.whole)


def test_few_rows_of_many_points_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [(T0 + i, i % 50, tag, i / 7) for i in range(2000) for tag in (b"a", b"b")]
    (tmp_path / "events.out.tfevents.1700000000.host").write_bytes(event_log.log(T0, points))
    whole = read(tmp_path)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "100")
    assert_same(read(tmp_path), whole)


def test_the_log_is_as_tensorboard_writes_it(tmp_path: Path) -> None:
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    with tensorboard.SummaryWriter(str(tmp_path), purge_step=3) as log:
        log.add_scalar("train/loss", 0.3, 300, walltime=T0)
        log.add_scalar("train/loss", 0.2, 0, walltime=T0 + 1)
    (path,) = tmp_path.iterdir()
    body = path.read_bytes()
    points = [(T0, 300, b"train/loss", 0.3), (T0 + 1, 0, b"train/loss", 0.2)]
    assert body.endswith(b"".join(event_log.scalar(*point) for point in points))
    (start,) = file.read_file(path).events.starts
    assert start.step == 3
    assert len(body) > len(b"".join(event_log.scalar(*point) for point in points))
