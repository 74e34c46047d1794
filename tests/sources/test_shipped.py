"""The shipped example runs: the durable record and the W&B log beside it tell the same."""

from pathlib import Path

import pytest

from runcompare.references.resolve import resolve
from runcompare.sources import list_runs
from runcompare.sources.wandb.source import WandbOffline

RUNS = Path(__file__).parents[2] / "examples" / "runs"


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in RUNS.glob("*/wandb")))
def test_record_and_log_agree(folder: str) -> None:
    (record,) = resolve(str(RUNS / folder), roots=[]).runs
    (path,) = (RUNS / folder).glob("wandb/*/run-*.wandb")
    log = WandbOffline().read(str(path))
    assert (record.info.source, log.info.source) == ("recorder", "wandb")
    for field in ("id", "name", "group", "state", "seed"):
        assert getattr(record.info, field) == getattr(log.info, field)
    assert record.config == log.config
    assert record.hardware == log.hardware
    assert record.samples == log.samples
    shared = [c for c in record.history.frame.columns if c != "_timestamp"]
    assert record.history.frame.select(shared).equals(log.history.frame.select(shared))
    # the two clocks are read one after the other, so logging both took less than this
    assert (record.history.frame["_timestamp"] - log.history.frame["_timestamp"]).abs().max() < 2  # type: ignore[operator]
    assert record.system.frame.equals(log.system.frame)
    assert {k: v for k, v in log.summary.items() if k in record.summary} == record.summary
    assert [s.name for s in record.stages] == [s.name for s in log.stages]
    assert record.warnings == log.warnings == ()


def test_the_groups() -> None:
    listing = list_runs([RUNS])
    assert listing.warnings == ()
    sizes = {name: len(resolve(name, roots=[RUNS])) for name in {run.group for run in listing.runs} if name}
    assert sizes.pop("hjnqclgk without search", 2) >= 2  # the corrected config, an arm of the ablation
    assert sizes == {"baseline32": 5, "hjnqclgk": 3, "v3": 3}
    assert any("id:hjnqclgk" in note for note in resolve("hjnqclgk", roots=[RUNS]).notes)
    assert [run.id for run in resolve("id:hjnqclgk", roots=[RUNS]).runs] == ["hjnqclgk"]
