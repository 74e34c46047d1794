"""Runs written by the real W&B client, read back: every value, cut anywhere, with any bit flipped."""

import hashlib
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import wblog
from wandb.proto import wandb_internal_pb2 as pb
from whole_run import whole

from runcompare.errors import RuncompareError
from runcompare.records.as_json import rows_of
from runcompare.records.figure import Figure
from runcompare.records.run import Hardware, Lost, Run, StageSpan
from runcompare.sources.wandb.source import WandbOffline

MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


@pytest.fixture(scope="module")
def run(real_run) -> Run:
    (info,) = WandbOffline().scan(real_run.log)
    return WandbOffline().read(info.location)


def same(a: object, b: object) -> bool:
    """Equal to the last bit, and the same kind of number where both are finite."""
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return a == b and (a != 0 or isinstance(b, bool) or math.copysign(1, a) == math.copysign(1, b))  # type: ignore


def flat(row: dict[str, object]) -> dict[str, object]:
    """A logged row as it should come back: mappings dotted, None gone."""
    out: dict[str, object] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            out |= flat({f"{key}.{k}": v for k, v in value.items()})
        elif value is not None:
            out[key] = value
    return out


def raw_rows(run: Run) -> list[dict[str, object]]:
    """Rows with real floats, not words."""
    words = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    return [{k: words.get(v, v) if isinstance(v, str) else v for k, v in row.items()} for row in rows_of(run.history)]


def test_every_logged_value_comes_back(real_run, run: Run) -> None:
    read = raw_rows(run)
    assert len(read) == len(real_run.rows) == 306
    for step, (mine, theirs) in enumerate(zip(read, real_run.rows, strict=True)):
        expected = flat(theirs)
        assert mine.pop("_step") == step
        assert mine.pop("_timestamp") > 1.7e9
        assert mine.pop("_runtime") >= 0
        assert mine.keys() == expected.keys()
        assert all(same(mine[k], expected[k]) for k in expected), step


def test_exact_types_of_columns(run: Run) -> None:
    schema = {k: str(t) for k, t in run.history.frame.schema.items()}
    assert schema["operator/epoch"] == schema["big"] == schema["_step"] == "Int64"
    assert schema["operator/loss"] == schema["half"] == schema["zero"] == "Float64"
    assert schema["flag"] == "Boolean"
    assert schema["text"] == "String"
    assert schema["mixed"] == "Float64"
    assert schema["mixed#json"] == schema["list#json"] == "String"


def test_identity(run: Run) -> None:
    info = run.info
    assert (info.id, info.name, info.group, info.project, info.tags) == (
        "abcd1234",
        "Run One",
        "base",
        "proj",
        ("t1", "t2"),
    )
    assert info.state == "finished"
    assert info.seed == 7
    assert info.started_at is not None
    assert info.source == "wandb"


def test_config_and_secrets(run: Run) -> None:
    assert run.config["latent"] == {"dim": 32, "act": "gelu"}
    assert run.config["lr"] == 1e-3
    assert run.config["late"] == [1, 2]
    assert "_wandb" not in run.config
    assert "0123456789" not in whole(run)
    assert run.metadata["args"][-1] == "--api-key=(redacted)"
    assert run.metadata["notes"] == "some notes"


def test_summary(run: Run) -> None:
    assert run.summary["eval/nrmse"] == 0.125
    assert run.summary["eval.table.x"] == 1
    assert run.summary["val"] == 2
    assert run.summary["val.min"] == 1
    assert run.summary["operator/epoch"] == 299
    assert run.summary["mixed"] == "oops"
    assert not any(k.startswith(("picture", "hist")) for k in run.summary)


def test_what_the_engine_leaves(run: Run) -> None:
    assert run.stages == (StageSpan("operator", 100.5, 200.5),)
    assert run.samples["eval/baseline_nrmse"] == (0.5, 0.75)
    assert run.samples["eval/ttc_nrmse"][0] == 0.25
    assert math.isnan(run.samples["eval/ttc_nrmse"][1])
    assert run.hardware == Hardware(None, 0, "Test CPU", 1, 1)


def test_times_and_telemetry(run: Run) -> None:
    (attempt,) = run.attempts
    assert attempt.ended_at is not None
    assert attempt.ended_at > attempt.started_at
    assert run.runtime_s is not None
    assert 0 < run.runtime_s < 120
    assert len(run.system) >= 1
    assert run.system.frame.columns[0] == "_timestamp"


def test_nothing_is_lost_and_media_are_counted(run: Run) -> None:
    assert run.lost == Lost()
    assert any("2 logged media" in w for w in run.warnings)
    assert run.figures == dict[str, Figure]()


def test_the_reader_never_imports_wandb(real_run) -> None:
    code = (
        "import sys; from runcompare.references.resolve import resolve;"
        f"resolve({str(real_run.log)!r}, roots=[]);"
        "print([m for m in sys.modules if m.split('.')[0] in ('wandb', 'torch', 'pandas', 'matplotlib', 'scipy')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def intact(log: bytes, cut: int) -> tuple[set[int], set[int]]:
    """Steps of the rows that lie whole before `cut`, and of those of which only the summary does."""
    rows, summaries = set(), set()
    for _, end, payload in wblog.extents(log):
        record = pb.Record.FromString(payload)
        if end <= cut and record.HasField("history"):
            rows.add(record.history.step.num)
        if end <= cut and record.HasField("summary"):
            summaries |= {int(i.value_json) for i in record.summary.update if list(i.nested_key) == ["_step"]}
    return rows, summaries - rows


def test_cut_anywhere(real_run, run: Run, tmp_path: Path) -> None:
    whole = real_run.log.read_bytes()
    full = raw_rows(run)
    ends = [end for _, end, _ in wblog.extents(whole)]
    cuts = [*range(0, len(whole), len(whole) // 100), *ends[::25], *(e - 1 for e in ends[::25])]
    for cut in cuts:
        path = tmp_path / "run-abcd1234.wandb"
        path.write_bytes(whole[:cut])
        rows, rebuilt = intact(whole, cut)
        if cut < ends[0]:
            with pytest.raises(RuncompareError):
                WandbOffline().read(str(path))
            continue
        part = WandbOffline().read(str(path))
        read = raw_rows(part)
        assert {r["_step"] for r in read if not r.get("_rebuilt")} == rows
        assert {r["_step"] for r in read if r.get("_rebuilt")} == rebuilt
        assert part.lost.rebuilt_rows == len(rebuilt)
        assert part.lost.records == (0 if cut in ends else 1)
        for row in read:
            truth = full[int(str(row["_step"]))]
            row.pop("_rebuilt", None)
            assert all(same(row[k], truth[k]) for k in row), cut
        assert part.info.state == ("finished" if cut == len(whole) else "interrupted")


def test_any_damage_gives_our_errors_and_no_wrong_value(real_run, run: Run, tmp_path: Path) -> None:
    whole = real_run.log.read_bytes()
    full = {r["_step"]: r for r in raw_rows(run)}
    rng = random.Random(11)
    path = tmp_path / "run-abcd1234.wandb"
    read_any = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutate(whole, rng))
        try:
            (info,) = WandbOffline().scan(path)
            part = WandbOffline().read(info.location)
        except RuncompareError:
            continue
        read_any += 1
        for row in raw_rows(part):
            row.pop("_rebuilt", None)
            truth = full[row["_step"]]
            assert all(same(v, truth[k]) for k, v in row.items())
    assert read_any > MUTATIONS // 2


def mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    kind = rng.randrange(5)
    if kind == 0:
        for _ in range(rng.randrange(1, 20)):
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        at, size = rng.randrange(len(out)), rng.randrange(1, 50_000)
        out[at : at + size] = bytes(len(out[at : at + size]))
    elif kind == 2:
        del out[rng.randrange(len(out)) :]
    elif kind == 3:
        at = rng.randrange(len(out))
        del out[at : at + rng.randrange(1, 5_000)]
    else:
        at = rng.randrange(len(out))
        out[at:at] = rng.randbytes(rng.randrange(1, 5_000))
    return bytes(out)


def test_the_input_is_left_as_it_is(real_run) -> None:
    def state() -> dict[str, tuple[str, int]]:
        files = [p for p in real_run.log.parent.rglob("*") if p.is_file()]
        return {str(p): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in files}

    before = state()
    WandbOffline().read(str(real_run.log))
    assert state() == before
