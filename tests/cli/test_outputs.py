"""No output takes the place of what a run holds; what we wrote before may be written again."""

from pathlib import Path

import pytest
from commands import call

from runcompare import Recorder
from runcompare.cli.outputs import holder_of

HELD = ("config.yaml", "notes.md", "model.pt", "ckpt/last.pt", "files/media/loss.png", "results.json", "report.html")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded run with files of its own, and tables of two runs in one folder."""
    for name, value in (("own", 1.0), ("other", 2.0)):
        with Recorder(tmp_path / "runs" / name, id=name, config={"lr": value}) as log:
            log.log({"val/loss": value})
        for held in HELD:
            (tmp_path / "runs" / name / held).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "runs" / name / held).write_text("mine")
    (tmp_path / "tables").mkdir()
    for name in ("a_history.csv", "b_history.csv"):
        (tmp_path / "tables" / name).write_text("step,loss\n1,0.5\n2,0.4\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", HELD)
def test_what_lies_in_a_runs_own_folder_belongs_to_it(runs: Path, name: str) -> None:
    assert holder_of(runs / "runs" / "own" / name) == "own"
    assert holder_of(Path("runs/other/../own") / name) == "own"


def test_a_link_to_it_as_well(runs: Path) -> None:
    (runs / "link.yaml").symlink_to(runs / "runs" / "own" / "config.yaml")
    assert holder_of(runs / "link.yaml") == "own"


def test_in_a_folder_of_many_runs_logs_and_settings_do(runs: Path) -> None:
    tables = runs / "tables"
    for name in ("config.yaml", "a_history.config.yaml", "v3.yaml", "readme.md"):
        (tables / name).write_text("x: 1\n")
    held = {path.name for path in tables.iterdir() if holder_of(path)}
    assert held == {"a_history.csv", "b_history.csv", "config.yaml", "a_history.config.yaml"}


def test_the_folder_where_one_works_is_no_runs_own(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs / "runs" / "own")
    (runs / "runs" / "own" / "v3.yaml").write_text("x: 1\n")
    assert holder_of(Path("v3.yaml")) == ""
    assert holder_of(Path("config.yaml")) == "own"


def test_what_is_not_there_takes_no_place(runs: Path) -> None:
    assert holder_of(runs / "runs" / "own" / "new.yaml") == ""
    (runs / "loop").symlink_to("loop")
    assert holder_of(runs / "loop") == ""


@pytest.mark.parametrize(
    "words",
    [
        ("recommend", "own", "other", "-o", "runs/own/config.yaml"),
        ("report", "own", "other", "--metric", "val/loss", "-o", "runs/own/notes.md"),
        ("report", "own", "other", "--metric", "val/loss", "--corrected", "runs/own/config.yaml"),
        ("report", "own", "other", "--metric", "val/loss", "--plots", "runs/own/files/media"),
        ("rank", "own", "other", "--plot", "runs/own/files/media/loss.png"),
        ("export", "own", "-o", "runs/own/results.json"),
        ("check", "own", "-o", "runs/own/notes.md"),
        ("gate", "own", "other", "-o", "runs/own/results.json"),
        ("certify", "own", "other", "-o", "runs/own/model.pt"),
        ("ablate", "own", "other", "--plan-only", "-o", "runs/own/files/media/loss.md"),
    ],
    ids=" ".join,
)
def test_no_output_replaces_it(runs: Path, words: tuple[str, ...], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    before = {path: path.read_bytes() for path in (runs / "runs").rglob("*") if path.is_file()}
    code, _, told = call(capsysbinary, *words)
    assert code == 2
    assert "belongs to run own" in " ".join(told.split())
    assert {path: path.read_bytes() for path in (runs / "runs").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "words",
    [
        *(
            ("report", "own", "other", "--metric", "val/loss", "-o", f"runs/own/new.{f}")
            for f in ("md", "html", "json")
        ),
        ("certify", "own", "other", "--metric", "val/loss", "-o", "runs/own/certificate.zip"),
        *(("export", "own", "--format", f, "-o", f"runs/own/history.{f}") for f in ("csv", "json", "jsonl", "parquet")),
        *(("gate", "own", "other", "-o", f"runs/own/gate.{f}") for f in ("md", "json", "xml", "sarif")),
        *(("check", "own", "--format", f, "-o", f"runs/own/checked.{f}") for f in ("md", "json")),
        *(("rank", "own", "other", "--format", f, "-o", f"runs/own/ranked.{f}") for f in ("md", "json")),
        ("rank", "own", "other", "--plot", "runs/own/ranked.png"),
    ],
    ids=" ".join,
)
def test_our_own_documents_are_written_again(
    runs: Path, words: tuple[str, ...], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    for _ in range(2):
        code, _, told = call(capsysbinary, *words)
        assert code != 2, told


@pytest.mark.parametrize("command", ["rank", "cost"])
def test_a_picture_of_nothing_is_told_and_the_table_is_there(
    runs: Path, command: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = ("a", "b", "--runs", "tables", "--metric", "loss", "--plot", "new.png")
    code, out, told = call(capsysbinary, command, *words)
    assert code == 3
    assert b"a" in out.split()
    assert "new.png was not drawn: no group has both device-hours a run and" in told
    assert not (runs / "new.png").exists()
