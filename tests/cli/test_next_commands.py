"""What an error or a message tells to type next works where it is told: each such command is run in that situation.

A situation types one command and gives the values for what stands in capitals in what is printed. That no printed
command is forgotten is seen in the sources: each text that holds one must have a situation that prints it.
"""

import ast
import os
import re
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from commands import call

import runcompare
from runcompare import Recorder
from runcompare.cli import COMMANDS
from runcompare.errors import RuncompareError

PACKAGE = Path(runcompare.__file__).parent
PRINTED = re.compile(rf"runcompare (?:{'|'.join(COMMANDS)})\b[^;`\n]*")
NAMED = re.compile(r"`runcompare [a-z-]+`")  # a command's name in prose
# texts of documents and of shells: those of reports have tests of their own, as has what completion installs
ELSEWHERE = ("reporting/", "cli/completion.py")
# files whose commands have no situation here yet: each should get one, and go from this list
NOT_YET = (
    "cli/train.py",
    "hooks/start.py",
)


@dataclass(frozen=True)
class Situation:
    """What is typed, or called, in a folder that `before` made; what stands for words in capitals; what is told."""

    typed: tuple[str, ...] | Callable[[], object]
    told: str
    before: Callable[[Path], object] = lambda folder: None
    words: Mapping[str, str] = field(default_factory=dict)
    out: bool = False  # it is told on stdout
    code: int = 0  # what the printed command ends with: verify tells of damage by 3


def record(folder: Path, *names: str) -> None:
    for name in names:
        for seed in range(2):
            with Recorder(folder / f"{name}-{seed}", id=f"{name}{seed}", group=name, config={"seed": seed}) as log:
                log.log({"val/loss": 1 + seed / 10, "name": len(name)})


def one_run(folder: Path) -> None:
    with Recorder(folder / "runs" / "one") as log:
        log.log({"val/loss": 1.0})


def kept_only(folder: Path) -> None:
    """Runs in the store, and none in the folder."""
    record(folder / "elsewhere", "old")
    code = os.system(f"cd {folder} && {PYTHON} -m runcompare pull --runs elsewhere 2>/dev/null")
    assert code == 0
    shutil.rmtree(folder / "elsewhere")


PYTHON = f"PYTHONPATH={shlex.quote(str(PACKAGE.parent))} {shlex.quote(sys.executable)}"


def damaged(folder: Path) -> None:
    record(folder / "runs", "old")
    assert os.system(f"cd {folder} && {PYTHON} -m runcompare pull 2>/dev/null") == 0
    kept = max((folder / ".runcompare" / "runs").rglob("*.parquet"))
    kept.write_bytes(b"x" + kept.read_bytes()[1:])


def without_format(folder: Path) -> None:
    damaged(folder)
    (folder / ".runcompare" / "format.json").write_text("garbage")


def damaged_and_noted(folder: Path) -> None:
    damaged(folder)
    os.system(f"cd {folder} && {PYTHON} -m runcompare verify >/dev/null 2>&1")


def torn(folder: Path) -> None:
    record(folder / "runs", "old")
    log = folder / "wandb" / "offline-run-20260101_000000-bad00001" / "run-bad00001.wandb"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"no log")


def runs(*names: str) -> Callable[[Path], None]:
    return lambda folder: record(folder / "runs", *names)


def read(source: str, location: str) -> Callable[[], object]:
    def call_it() -> object:
        from runcompare.sources import sources

        return sources()[source].read(location)

    return call_it


def from_store() -> object:
    from runcompare.store.store import Store

    return Store(".runcompare").get("nosuch")


def read_all() -> None:
    from runcompare.store.store import Store

    for info in Store(".runcompare").infos():
        Store(".runcompare").get(info.id)


def other_database(folder: Path) -> None:
    record(folder / "runs", "old")
    with sqlite3.connect(folder / "runs" / "x.db") as db:
        db.execute("CREATE TABLE theirs (a)")
    (folder / "runs" / "x.csv").write_text("run,step,loss\na,1,2\na,2,1\nb,1,2\nb,2,1\n")


def many(folder: Path) -> None:
    lines = ["run,step,loss", *(f"r{i},{step},{i / step}" for i in range(101) for step in (1, 2))]
    (folder / "metrics.csv").write_text("\n".join(lines))


PAIR = {"BASELINE": "old", "NEW": "new", "OLD": "old", "RUNS": "new", "REF": "old", "FOLDER": "runs", "OTHER": "old"}
AT_STEP = {"NEW": "new", "OLD": "old", "N": "0"}
SITUATIONS = {
    "a shorter training": Situation(
        ("explain", "RC303"), "runcompare report NEW@step=N OLD@step=N", runs("new", "old"), AT_STEP, out=True
    ),
    "nothing to check, in Python": Situation(
        lambda: runcompare.check(), "Name a run or a group. List them: runcompare runs", runs("old")
    ),
    "two runs and no command": Situation(
        ("new", "old"), "To compare two runs: runcompare report new old", runs("new", "old")
    ),
    "no such finding": Situation(("explain", "zzzzzz"), "List all of them with: runcompare explain"),
    "no such run": Situation(("report", "x", "y"), "List them: runcompare runs .", runs("old")),
    "no such run, and runs in the store only": Situation(
        ("report", "x", "y"), "List them: runcompare runs --kept --store", kept_only
    ),
    "no such run in folders that were named": Situation(
        ("report", "x", "y", "--runs", "a folder"),
        "List them: runcompare runs 'a folder'",
        lambda folder: record(folder / "a folder", "old"),
    ),
    "nothing to pull": Situation(("pull", "x"), "List them: runcompare runs", runs("old")),
    "no such run in a store": Situation(from_store, "List what it holds: runcompare runs --kept", kept_only),
    "no runs": Situation(("runs",), "Say where yours are: runcompare runs FOLDER", words={"FOLDER": "../made/runs"}),
    "no runs kept": Situation(("runs", "--kept"), "Keep some: runcompare pull", runs("old")),
    "no baseline": Situation(("report", "new"), "Name one: runcompare report new", runs("new", "old"), PAIR),
    "baseline and target": Situation(
        ("report", "new", "old", "--target", "1"), "Leave one of them out: runcompare report", runs("new", "old"), PAIR
    ),
    "two statements": Situation(("sql", "SELECT 1; SELECT 2"), "See: runcompare sql --help", kept_only),
    "wrong SQL": Situation(("sql", "SELEKT"), "runcompare sql --help", kept_only),
    "a damaged store": Situation(("verify",), "Read the runs again: runcompare pull", damaged),
    "a damaged run": Situation(read_all, "Read the run again from its source: runcompare pull", damaged),
    "settings are there": Situation(
        ("init",), "runcompare init --dry-run", lambda f: (record(f / "runs", "a"), (f / "runcompare.toml").touch())
    ),
    "a first settings file": Situation(("init",), "Compare two groups: runcompare report", runs("new", "old")),
    "a first settings file for one group": Situation(("init",), "See them: runcompare runs", one_run),
    "nothing to set": Situation(
        ("init",), "Say where they are: runcompare init FOLDER", words={"FOLDER": "../made --dry-run"}
    ),
    "no settings": Situation(("doctor",), "Write some: runcompare init", runs("old"), out=True),
    "nothing to check": Situation(
        ("doctor",), "runcompare doctor --runs FOLDER", words={"FOLDER": "../made", "init": "init ../made"}, out=True
    ),
    "no store": Situation(("doctor",), "Keep runs in one: runcompare pull", runs("old"), out=True),
    "a store": Situation(("doctor",), "Check every file: runcompare verify", kept_only, out=True),
    "a store without its format": Situation(
        ("doctor",), "Look closer: runcompare verify", without_format, out=True, code=3
    ),
    "a store known to be damaged": Situation(
        ("doctor",), "Read them again: runcompare pull", damaged_and_noted, out=True
    ),
    "a bad run": Situation(("doctor",), "All: runcompare runs", torn, out=True),
    "a search through many": Situation(
        ("runs", "--where", "summary['loss'] > 0"), "for the next with: runcompare pull", many
    ),
    **{
        f"what is gone of {source}": Situation(
            read(source, f"runs/{location}"), "List what is there: runcompare runs runs", other_database
        )
        for source, location in {
            "mlflow-files": "x",
            "mlflow": "x.db#1",
            "optuna": "x.db#1/1",
            "tables": "x.csv#c",
            "tensorboard": "x",
            "trackio": "x.db#1",
            "wandb": "x#1",
        }.items()
    },
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder beside one that has runs."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda app: str(tmp_path / "user"))
    monkeypatch.setenv("RUNCOMPARE_STORE", ".runcompare")
    monkeypatch.delenv("RUNCOMPARE_RUNS", raising=False)
    record(tmp_path / "made" / "runs", "made")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_told_to_type_works_there(name: str, place: Path, capsysbinary) -> None:
    one = SITUATIONS[name]
    one.before(place)
    if callable(one.typed):
        with pytest.raises(RuncompareError) as raised:
            one.typed()
        text = raised.value.hint
    else:
        _, out, err = call(capsysbinary, *one.typed)
        text = out.decode() if one.out else err
    assert one.told in text
    printed = [line for line in PRINTED.findall(text) if not one.out or line in one.told or one.told.endswith(line)]
    assert printed
    for command in printed:
        for word, value in one.words.items():
            command = re.sub(rf"\b{word}\b", value, command)
        words = shlex.split(command)[1:]
        code, _, err = call(capsysbinary, *words)
        assert code == one.code, f"{command}: {err}"


def texts() -> Iterator[tuple[str, str]]:
    """Each text of the package that holds a command of ours, docstrings left out, with its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        places = (ast.Module, ast.ClassDef, ast.FunctionDef)
        documents = [
            n.body[0].value for n in ast.walk(tree) if isinstance(n, places) and isinstance(n.body[0], ast.Expr)
        ]
        parts = [part for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values]
        for node in ast.walk(tree):
            if node in documents or node in parts or name.startswith(ELSEWHERE):
                continue
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            text = node.value if is_text else _literal(node) if isinstance(node, ast.JoinedStr) else ""
            if PRINTED.search(NAMED.sub("", text)) and not text.startswith("#"):  # what `init` writes is a file's text
                yield name, text


def _literal(node: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)


def test_no_command_that_we_print_is_forgotten() -> None:
    told = [one.told for one in SITUATIONS.values()]
    forgotten = [(file, text) for file, text in texts() if not any(_begins(text) in one or one in text for one in told)]
    assert [one for one in forgotten if one[0] not in NOT_YET] == [], "add a situation that prints it"
    assert {file for file, _ in forgotten} == {*NOT_YET}, "take it from NOT_YET"


def _begins(text: str) -> str:
    """The command in a text as far as it is literal, with the words before it."""
    found = PRINTED.search(text)
    assert found is not None
    return text[text.rfind("\0", 0, found.start()) + 1 : found.end()].split("\0")[0].split(". ")[-1].strip()
