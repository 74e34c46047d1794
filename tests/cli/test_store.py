"""`runcompare pull`, `sql`, `verify`, `gc`, and `runs --where`."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from runcompare import Recorder
from runcompare.cli import main
from runcompare.errors import AuthError, NetworkFailed
from runcompare.records.run import Run, RunInfo
from runcompare.sources import registry
from runcompare.store.store import Store

RATES = (1e-3, 1e-2, "auto")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, rate in enumerate(RATES):
        config = {"optimizer": {"lr": rate}, "seed": number, "LR": 1, "lr": 2}
        with Recorder(tmp_path / f"r{number}", id=f"run0000{number}", group=f"g{number % 2}", config=config) as log:
            for step in range(4):
                log.log({"train/loss": 1.0 / (step + 1), "n": step})
            log.summary({"eval/nrmse": 0.1 * (number + 1), "odd": float("nan")})
    return tmp_path


@pytest.fixture
def store() -> Store:
    return Store(os.environ["RUNCOMPARE_STORE"])


def call(capsysbinary: pytest.CaptureFixture[bytes], *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in args])
    out, err = capsysbinary.readouterr()
    assert b"internal error" not in err
    return int(stop.value.code or 0), out.decode(), err.decode()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_pulling_is_incremental(folder: Path, store: Store, capsysbinary, monkeypatch) -> None:
    code, out, err = call(capsysbinary, "pull", "--runs", folder)
    assert (code, out) == (0, "")
    assert "3 runs kept (12 rows), 0 unchanged, 0 problems" in err
    assert len(store.get("run00001").history) == 4
    assert "0 runs kept (0 rows), 3 unchanged" in call(capsysbinary, "pull", "--runs", folder)[2]
    with Recorder(folder / "r1", id="run00001") as log:
        log.log({"train/loss": 0.01})
    assert "1 runs kept (5 rows), 2 unchanged" in call(capsysbinary, "pull", "--runs", folder)[2]
    assert len(store.get("run00001").history) == 5
    monkeypatch.chdir(folder.parent)  # and from another working folder
    assert "3 unchanged" in call(capsysbinary, "pull", "--runs", folder.name)[2]


def test_pulling_what_is_named(folder: Path, store: Store, capsysbinary) -> None:
    assert call(capsysbinary, "pull", "group:g0", folder / "r1", "nothing", "--runs", folder)[0] == 0
    assert [info.id for info in store.infos()] == ["run00000", "run00001", "run00002"]
    code, _, err = call(capsysbinary, "pull", "nothing", "--runs", folder)
    assert code == 3
    assert "No run matches 'nothing'" in err


def test_a_bad_run_stops_no_other(folder: Path, store: Store, capsysbinary) -> None:
    (folder / "r1" / "record.jsonl").write_bytes(b"\xff\n" * 9)
    code, _, err = call(capsysbinary, "pull", "--runs", folder)
    assert code == 0
    assert "2 runs kept" in err
    assert "holds no readable entry" in err
    assert len(store.infos()) == 2
    (folder / "empty").mkdir()
    assert call(capsysbinary, "pull", "--runs", folder / "empty")[0] == 3


def test_two_runs_of_one_id_do_not_replace_each_other(folder: Path, store: Store, capsysbinary) -> None:
    with Recorder(folder / "other", id="run00000", config={"lr": 9}) as log:
        log.log({"x": 1})
    code, _, err = call(capsysbinary, "pull", "--runs", folder)
    assert code == 0
    assert "the id is also that of" in err
    kept = store.get("run00000").info.location
    assert "3 unchanged" in call(capsysbinary, "pull", "--runs", folder)[2]
    assert store.get("run00000").info.location == kept


def test_pulling_with_processes(folder: Path, store: Store, capsysbinary) -> None:
    assert "3 runs kept (12 rows)" in call(capsysbinary, "pull", "--runs", folder, "--workers", "2")[2]
    assert store.verify() == []
    code, _, err = call(capsysbinary, "pull", "--runs", folder, "--store", "memory://x", "--workers", "2")
    assert code == 2
    assert "one process" in err


class Server:
    """A tracker's server with two runs, of which one can't be had."""

    name = "server"

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.reads: list[str] = []

    def claims(self, reference: str) -> bool:
        return reference.startswith("srv://")

    def find(self, reference: str) -> list[RunInfo]:
        return [RunInfo(f"s{i}", f"s{i}", self.name, f"{reference}/s{i}", state="finished") for i in range(2)]

    def read(self, location: str) -> Run:
        self.reads.append(location)
        if location.endswith("s1") or isinstance(self.error, AuthError):
            raise self.error
        return Run(RunInfo("s0", "s0", self.name, location, state="finished"))


def test_pulling_from_a_server(folder: Path, store: Store, capsysbinary, monkeypatch) -> None:
    server = Server(NetworkFailed("The server hangs."))
    monkeypatch.setattr(registry, "remote_sources", lambda: {"server": server})
    for module in ("pull.pull", "pull.fingerprints", "references.remote"):
        monkeypatch.setattr(f"runcompare.{module}.remote_sources", lambda: {"server": server})
    code, _, err = call(capsysbinary, "pull", "srv://p", "--runs", folder)
    assert code == 0
    assert "s1: The server hangs." in err
    code, _, err = call(capsysbinary, "pull", "srv://p", "--runs", folder)
    assert "1 unchanged, 1 problems" in err  # it had finished
    assert server.reads == ["srv://p/s0", "srv://p/s1", "srv://p/s1"]
    server.error = AuthError("No key.")
    assert call(capsysbinary, "pull", "srv://q", "--runs", folder, "--store", folder / "s2")[0] == 4


@pytest.mark.parametrize("where", ["{}", "local://{}"], ids=["folder", "object store"])
def test_sql(folder: Path, tmp_path: Path, capsysbinary, where: str) -> None:
    at = ("--store", where.format(tmp_path / "s"))
    call(capsysbinary, "pull", "--runs", folder, *at)
    query = "SELECT id, config['optimizer.lr'] AS rate, summary['eval/nrmse'] AS e FROM runs ORDER BY id"
    code, out, err = call(capsysbinary, "sql", query, "--format", "csv", *at)
    assert (code, err) == (0, "")
    assert [(r["id"], r["rate"], float(r["e"])) for r in rows(out)] == [
        ("run00000", "0.001", pytest.approx(0.1)),
        ("run00001", "0.01", pytest.approx(0.2)),
        ("run00002", "", pytest.approx(0.3)),
    ]
    _, out, _ = call(
        capsysbinary, "sql", 'SELECT run, min("train/loss") AS m FROM history GROUP BY run', "--format", "json", *at
    )
    assert {r["run"]: r["m"] for r in json.loads(out)} == {f"run0000{i}": 0.25 for i in range(3)}
    _, out, _ = call(capsysbinary, "sql", "SELECT value FROM config WHERE key = 'optimizer.lr'", *at)
    assert sorted(out.split()) == ["0.001", "0.01", "auto", "value"]
    _, out, _ = call(capsysbinary, "sql", "SELECT number FROM summary WHERE key = 'odd'", "--format", "json", *at)
    assert json.loads(out) == [{"number": "NaN"}] * 3


def test_keys_that_differ_by_case_only(folder: Path, capsysbinary) -> None:
    call(capsysbinary, "pull", "--runs", folder)
    _, out, _ = call(capsysbinary, "sql", "SELECT DISTINCT config['LR'] a, config['lr_1'] b FROM runs")
    assert out.split() == ["a", "b", "1", "2"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT config['lrr'] FROM runs", "Could not find key"),
        ("SELECT * FROM nope", "does not exist"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("", "one SELECT"),
        ("DROP TABLE runs", "one SELECT"),
        ("COPY (SELECT 1) TO 'out.csv'", "one SELECT"),
        ("SELECT * FROM read_text('/etc/hostname')", "Permission"),
    ],
)
def test_bad_queries(folder: Path, capsysbinary, query: str, said: str) -> None:
    call(capsysbinary, "pull", "--runs", folder)
    code, out, err = call(capsysbinary, "sql", query)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_sql_on_an_empty_store(capsysbinary) -> None:
    for table in ("runs", "config", "summary", "history", "system"):
        assert call(capsysbinary, "sql", f"SELECT count(*) AS n FROM {table}")[:2] == (0, "n\n0\n")


def test_runs_where(folder: Path, capsysbinary) -> None:
    condition = "config['optimizer.lr'] > 1e-3 AND summary['eval/nrmse'] < 0.25"
    code, out, err = call(capsysbinary, "runs", "--runs", folder, "--where", condition, "--format", "csv")
    assert (code, err) == (0, "")
    assert [r["id"] for r in rows(out)] == ["run00001"]
    (folder / "empty").mkdir()
    code, _, err = call(capsysbinary, "runs", "--runs", folder / "empty", "--where", "true")
    assert code == 3  # the store's runs are not of that folder
    code, out, err = call(capsysbinary, "runs", "--runs", folder, "--where", "rows > 99", "--format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert "No run matches" in err
    assert call(capsysbinary, "runs", "--runs", folder, "--where", "nope > 1")[0] == 2


def test_runs_where_finds_what_only_the_store_has(folder: Path, tmp_path: Path, capsysbinary, monkeypatch) -> None:
    call(capsysbinary, "pull", "--runs", folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("RUNCOMPARE_RUNS", str(tmp_path / "elsewhere"))
    _, out, _ = call(capsysbinary, "runs", "--where", "\"group\" = 'g0'", "--format", "csv")
    assert [r["id"] for r in rows(out)] == ["run00000", "run00002"]


def test_verify(folder: Path, store: Store, capsysbinary) -> None:
    call(capsysbinary, "pull", "--runs", folder)
    code, out, err = call(capsysbinary, "verify")
    assert (code, out) == (0, "")
    assert "3 runs, all intact" in err
    damaged = next(Path(store.root).glob("runs/*/*/history.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    code, out, err = call(capsysbinary, "verify")
    assert code == 3
    assert str(damaged) in out
    assert "1 of the files and versions" in err


def test_gc(folder: Path, store: Store, capsysbinary) -> None:
    for _ in range(3):
        with Recorder(folder / "r0", id="run00000") as log:
            log.log({"x": 1})
        call(capsysbinary, "pull", "--runs", folder)
    assert call(capsysbinary, "gc")[:2] == (0, "")
    _, out, err = call(capsysbinary, "gc", "--keep", "1")
    assert out.count("superseded: ") == 2
    assert "with --yes" in err
    assert len(store.superseded(1)) == 2
    assert "2 folders removed" in call(capsysbinary, "gc", "--keep", "1", "--yes")[2]
    assert store.superseded(1) == []
    assert len(store.infos()) == 3
