"""MLflow's file store, damaged."""

import math
import os
import random
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from mlflow_points import RUN, T0, filled, points
from mlflow_stores import stores

from runcompare.errors import RuncompareError
from runcompare.records.run import Lost
from runcompare.sources import list_runs
from runcompare.sources.mlflow.files import MlflowFiles
from runcompare.sources.mlflow.sqlite import MlflowSqlite

MUTATIONS = int(os.environ.get("RUNCOMPARE_FUZZ", "300"))


def mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    kind, at = rng.randrange(5), rng.randrange(len(out))
    if kind == 0:
        for _ in range(rng.randrange(1, 20)):
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        size = rng.randrange(1, 50_000)
        out[at : at + size] = bytes(len(out[at : at + size]))
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + rng.randrange(1, 5_000)]
    else:
        out[at:at] = rng.randbytes(rng.randrange(1, 5_000))
    return bytes(out)


def run_folder(tmp_path: Path, metrics: dict[str, str], meta: str | None = None) -> Path:
    folder = tmp_path / "mlruns" / "1" / RUN
    for key, body in metrics.items():
        (folder / "metrics" / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / "metrics" / key).write_bytes(body.encode())
    if meta is None:
        meta = f"run_id: {RUN}\nexperiment_id: '1'\nrun_name: r\nstatus: 3\nstart_time: {T0}\nend_time: {T0 + 9000}\n"
    (folder / "meta.yaml").write_text(meta)
    return folder


def test_lines_that_are_no_values_are_counted(tmp_path: Path) -> None:
    body = f"{T0} -0.0 0\n{T0} 1.5\n{T0} 2.5 4 data abc\nrubbish\n{T0} x 5\n{T0} 1 {2**64}\n{T0 + 1} 9.25 1"
    run = MlflowFiles().read(str(run_folder(tmp_path, {"a/b": body})))
    assert run.history.series("a/b").value.tolist() == [1.5, 2.5]
    assert run.history.series("a/b").step.tolist() == [0, 4]
    assert run.lost == Lost(4, len("rubbish") + len(f"{T0} x 5{T0} 1 {2**64}{T0 + 1} 9.25 1"))


def test_a_file_cut_anywhere_gives_its_whole_lines(tmp_path: Path) -> None:
    lines = [f"{T0 + i} {math.sin(i)!r} {i}\n" for i in range(40)]
    whole = "".join(lines)
    ends = [len("".join(lines[: i + 1])) for i in range(40)]
    for cut in range(1, len(whole) + 1, 7):
        run = MlflowFiles().read(str(run_folder(tmp_path, {"loss": whole[:cut]})))
        intact = sum(end <= cut for end in ends)
        assert list(points(run).values()) == [math.sin(i) for i in range(intact)]
        assert run.lost.records == (0 if cut in ends else 1)


@pytest.mark.parametrize("meta", ["", "run_id: [", "\x00" * 50, "artifact_uri: file:///x\n"])
def test_a_run_whose_description_is_damaged(tmp_path: Path, meta: str) -> None:
    folder = run_folder(tmp_path, {"loss": f"{T0} 1.5 1\n"}, meta)
    (info,) = list_runs([tmp_path]).runs
    run = MlflowFiles().read(info.location)
    assert (run.id, run.info.state, points(run)) == (RUN, "unknown", {("loss", 1): 1.5})
    assert any("meta.yaml is damaged" in w for w in run.warnings)
    shutil.rmtree(folder / "metrics")
    assert list_runs([tmp_path]).runs == ()


def test_very_many_keys(tmp_path: Path) -> None:
    path = filled(tmp_path)
    child = stores().ids["sqlite"]["child"]
    with closing(sqlite3.connect(path)) as db, db:
        every = [(f"k{i:06d}", float(i), T0 + i // 100, child, 0, 0) for i in range(25_000)]
        db.executemany(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,?)", every
        )
    began = time.process_time()
    run = MlflowSqlite().read(f"{path}#{child}")
    assert len(run.history.keys) == 25_001
    assert len(run.history) == 1
    assert run.summary["k000777"] == 777
    assert time.process_time() - began < 15


def test_any_damage_to_files_gives_our_errors(tmp_path: Path) -> None:
    rng, source, target = random.Random(5), stores().run_folder("run"), tmp_path / "mlruns" / "1" / RUN
    shutil.copytree(source, target)
    victims = [p for p in target.rglob("*") if p.is_file()]
    for _ in range(MUTATIONS):
        path = rng.choice(victims)
        whole = path.read_bytes()
        path.write_bytes(mutate(whole or b"x", rng))
        try:
            list(MlflowFiles().scan(target / "meta.yaml"))
            MlflowFiles().read(str(target)).history.series("train/loss")
        except (RuncompareError, KeyError):
            pass
        path.write_bytes(whole)
    assert len(MlflowFiles().read(str(target)).history.series("train/loss")) == 200


def test_an_id_that_yaml_takes_for_a_number_stays_itself(tmp_path: Path) -> None:
    """MLflow's writer, PyYAML, leaves it without quotes; by YAML 1.2 it is infinity."""
    own = "6e657700000000000000000000000000"
    folder = run_folder(tmp_path, {"loss": "0 0.5 0\n"}, f"run_id: {own}\nexperiment_id: '1'\nstatus: 3\nrun_name: a\n")
    folder.rename(folder.parent / own)
    assert [run.id for run in list_runs([tmp_path]).runs] == [own]
