"""A log of very many rows is read in pieces: some rows are kept, and the run is else the one that the whole gives."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import wblog
from long_runs import assert_says_the_same
from wandb.proto import wandb_internal_pb2 as pb
from wandb_logs import read, read_records, write

from runcompare.errors import UnreadableRun
from runcompare.metrics.value import parse_rule, value
from runcompare.records.run import Run
from runcompare.sources.wandb import finals, part
from runcompare.sources.wandb.history import REBUILT

ROWS = 3000
RULES = ("final", "mean-last:10%", "auc")
SAME = ("info", "config", "summary", "attempts", "runtime_s", "lost", "declared", "metadata")
Records = list[bytes]


def row(step: int) -> dict[str, object]:
    checked = {"val/loss": 2 - step / ROWS} if step % 50 == 0 else {}
    return {"train/loss": 3 - step / 2000, "phase": "warm" if step < 900 else "hot", **checked}


def records() -> Records:
    made = wblog.simple_log([row(step) for step in range(ROWS)], config={"lr": 0.1})
    return made[:-1]


def ended(made: Records) -> Records:
    return [*made, wblog.exit_record(len(made) + 1, runtime=ROWS)]


def numbered(made: Records) -> Records:
    """The records with numbers that count up."""
    found = [pb.Record.FromString(raw) for raw in made]
    for number, record in enumerate(found, start=1):
        record.num = number
    return [record.SerializeToString() for record in found]


def without_rows(made: Records) -> Records:
    rows = [i for i, raw in enumerate(made) if pb.Record.FromString(raw).HasField("history")]
    lost = {*random.Random(4).sample(rows[10:-10], 40), rows[499], rows[500]}  # a piece ends between these
    return [raw for i, raw in enumerate(made) if i not in lost]


def with_notes(made: Records) -> Records:
    """A summary that the program writes, now and then, and once for a key that is logged again later."""
    for at, note in ((1500, {"phase": "hot again"}), (1502, {"best": {"acc": 0.5}}), (len(made), {"train/loss": -1.0})):
        made = [*made[:at], wblog.summary(1, note), *made[at:]]
    for i in range(300):
        made = [*made, wblog.summary(1, {"seen": i, f"last/{i % 3}": i})]
    return numbered(made)


def with_aggregates(made: Records) -> Records:
    definition = pb.Record(num=1)
    definition.metric.name = "train/loss"
    definition.metric.summary.min = True
    changed = []
    for raw in made:
        record = pb.Record.FromString(raw)
        if record.HasField("summary"):
            for item in record.summary.update:
                if list(item.nested_key) == ["train/loss"]:
                    item.value_json = f'{{"min": {item.value_json}}}'
        changed.append(record.SerializeToString())
    return numbered([changed[0], definition.SerializeToString(), *changed[1:]])


CASES: dict[str, Callable[[Records], Records]] = {
    "plain": lambda made: made,
    "lost rows": without_rows,
    "notes": with_notes,
    "aggregates": with_aggregates,
    "copied records": lambda made: [*made[:2000], *made[1500:2000], *made[2000:]],
    "numbers among texts": lambda made: numbered([*made, wblog.history(1, {"_step": ROWS, "phase": 3.5})]),
    "media": lambda made: numbered([*made, wblog.history(1, {"_step": ROWS, ("x", "_type"): "image-file"})]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_killed", [False, True])
def test_a_long_log_gives_the_run_that_the_whole_gives(
    case: str, is_killed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = CASES[case](records())
    made = made if is_killed else ended(made)
    whole = read_records(tmp_path / "whole", made)
    monkeypatch.setattr(part, "_PIECE", 500)
    monkeypatch.setattr(finals, "_MOST_WAITING", 64)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    some = read_records(tmp_path / "whole", made)
    assert not whole.history.whole
    assert len(whole.history) >= ROWS
    assert 100 <= len(some.history) < 700
    assert [getattr(some, name) for name in SAME] == [getattr(whole, name) for name in SAME]
    assert dict(some.history.frame.schema) == dict(whole.history.frame.schema)
    new = {w for w in some.warnings if "rows is kept at" not in w}
    assert new == {w for w in whole.warnings if "not numbers" not in w}  # each piece holds one kind
    for key in ("train/loss", "val/loss"):
        assert some.history.series(key).logged == len(whole.history.series(key))
        for rule in (*map(parse_rule, RULES), replace(parse_rule("best"), direction="min")):
            assert value(some, key, rule).mid == pytest.approx(value(whole, key, rule).mid)
    if REBUILT in whole.history.frame.columns:
        assert some.history.frame[REBUILT].null_count() == 0


@pytest.mark.parametrize("is_damaged", [False, True])
def test_steps_that_fall_are_kept_as_they_are(
    is_damaged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read whole only where lost rows have to be put where their steps belong."""
    made = without_rows(records()) if is_damaged else records()
    made.append(wblog.history(2 * ROWS + 2, {**wblog.axes(5), "train/loss": 0.5}))
    whole = read_records(tmp_path, made)
    monkeypatch.setattr(part, "_PIECE", 500)
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    some: Run = read_records(tmp_path, made)
    assert bool(some.history.whole) != is_damaged
    assert_says_the_same(whole, some)
    assert len(whole.history) == ROWS + 1


def test_a_log_of_too_many_bytes_is_read_in_pieces_up_to_four_times_as_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, ended(records()))
    size = path.stat().st_size
    monkeypatch.setenv("RUNCOMPARE_MAX_ROWS", "1000")
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", str(size // 3))
    assert read(path).history.series("train/loss").logged == ROWS
    monkeypatch.setenv("RUNCOMPARE_MAX_BYTES", str(size // 5))
    with pytest.raises(UnreadableRun, match="that are read of a file"):
        read(path)
