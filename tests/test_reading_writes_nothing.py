"""Reading writes nothing: no command that answers a question leaves a file that it was not asked for."""

from pathlib import Path

import pytest

import runcompare
from runcompare.cli import main
from runcompare.errors import DataError
from runcompare.store.store import Store

READING = {
    "report": ("report", "new", "old"),
    "report of cut runs": ("report", "new@step=3", "old"),
    "report as HTML": ("report", "new", "old", "--format", "html"),
    "cost": ("cost", "new", "old"),
    "plan": ("plan", "new", "old"),
    "runs": ("runs",),
    "runs --where": ("runs", "--where", "config['lr'] > 0"),
    "export": ("export", "new", "--format", "jsonl"),
}
STORE_ONLY = {"sql": ("sql", "SELECT id FROM runs"), "verify": ("verify",), "gc": ("gc",)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with the default settings; the runs lie beside it."""
    for number in range(20):
        side, lr = ("new", 0.1) if number % 2 else ("old", 0.2)
        with runcompare.Recorder(
            tmp_path / "runs" / f"r{number}", group=side, config={"lr": lr, "seed": number}
        ) as record:
            for step in range(5):
                record.log({"eval/nrmse": (1 + lr) / (step + 1 + number / 100)})
            record.summary({"eval/nrmse": (1 + lr) / (5 + number / 100)})
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RUNCOMPARE_STORE")
    return folder


def files(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*")}


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    return int(stop.value.code or 0)


@pytest.mark.parametrize("words", READING.values(), ids=READING)
def test_an_empty_folder_stays_empty(here: Path, words: tuple[str, ...]) -> None:
    before = files(here.parent)
    assert call(*words, "--runs", "../runs") == 0
    assert files(here.parent) == before


@pytest.mark.parametrize("words", [*READING.values(), *STORE_ONLY.values()], ids=[*READING, *STORE_ONLY])
def test_a_store_is_only_read(here: Path, words: tuple[str, ...]) -> None:
    """Also one whose index is not written yet, as other writers leave it."""
    for run in [*runcompare.load("new", runs="../runs").runs, *runcompare.load("old", runs="../runs").runs]:
        Store(".runcompare").put(run)
    before = files(here)
    assert call(*words, *(("--runs", "../runs") if words in READING.values() else ())) == 0
    assert files(here) == before


def test_only_the_document_asked_for_is_written(here: Path) -> None:
    assert call("report", "new", "old", "--runs", "../runs", "--format", "json", "-o", "report.json") == 0
    assert list(files(here)) == ["report.json"]


def test_keep_puts_the_runs_into_the_store(here: Path) -> None:
    assert call("report", "new", "old", "--runs", "../runs", "--keep") == 0
    assert len(Store(".runcompare").infos()) == 20
    assert [p.name for p in here.iterdir()] == [".runcompare"]


def test_a_store_that_was_to_be_filled_and_cannot_be_is_an_error(here: Path) -> None:
    Path(".runcompare").write_text("in the way")
    with pytest.raises(DataError, match="store"):
        runcompare.compare("new", "old", runs="../runs", keep=True)
    assert runcompare.compare("new", "old", runs="../runs").verdict
