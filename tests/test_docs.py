"""What docs/extending.md shows works as it stands, and docs/architecture.md names what is there."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from itertools import dropwhile, takewhile
from pathlib import Path

import pytest

import runcompare

ROOT = Path(__file__).parents[1]
PACKAGE = Path(runcompare.__file__).parent
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text of a page's section, up to the next one."""
    return EXTENDING.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str = "python") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run(code: str, folder: Path, house: Path = ROOT) -> str:
    """What a script prints, run in `folder` with the package that lies in `house`."""
    env = {**os.environ, "PYTHONPATH": str(house)}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def promised(code: str) -> str:
    """What the comment at the end of an example says that it prints."""
    return code.rpartition("  # ")[2].strip()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package, to be added to."""
    for part in (PACKAGE, ROOT / "templates"):
        shutil.copytree(part, tmp_path / "house" / part.name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "house"


def test_no_example_takes_40_lines() -> None:
    assert len(blocks(EXTENDING)) >= 5
    assert max(len(code.splitlines()) for code in blocks(EXTENDING)) < 40
    assert max(len(line) for code in blocks(EXTENDING) for line in code.splitlines()) <= 120


def test_the_rule_fires_and_advises_once_its_file_is_listed(house: Path, tmp_path: Path) -> None:
    rule, listed, example = blocks(section("A rule in one file"))
    rules = house / "runcompare" / "comparison" / "rules"
    assert run(example, tmp_path, house) == "[]"
    (rules / "age.py").write_text(rule, encoding="utf-8")
    imported, added = (line for line in listed.splitlines() if line)
    text = (rules / "__init__.py").read_text(encoding="utf-8")
    for line in (imported, added):
        before = line.replace("age, ", "").replace(", age)", ")")
        assert before in text, "the page shows another line than the one to change"
        text = text.replace(before, line)
    (rules / "__init__.py").write_text(text, encoding="utf-8")
    assert run(example, tmp_path, house) == promised(example)
    report = f"{example}\nfrom runcompare.reporting.markdown import to_markdown\nprint(to_markdown(comparison))"
    shown = run(report, tmp_path, house)
    assert "The sides' last runs started 90 days apart, the baseline's first." in shown
    assert "**Run one seed of the baseline again**" in shown


def test_a_run_states_the_direction_of_its_metric(tmp_path: Path) -> None:
    (example,) = blocks(section("A metric in one line"))
    assert run(example, tmp_path) == promised(example)


def test_the_settings_state_the_direction_of_a_metric(tmp_path: Path) -> None:
    text = section("A metric in one line")
    (settings,), (example,) = blocks(text, "toml"), blocks(text)
    silent = example.replace('config={"monitor": "val/zebra", "mode": "max"}', "")
    assert run(silent, tmp_path).startswith("higher None")
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    assert run(silent, tmp_path) == "better max by the settings"


def test_a_line_of_the_registry_states_it_for_everybody(house: Path, tmp_path: Path) -> None:
    (line,) = blocks(section("A metric in one line"), "text")
    ask = "from runcompare.metrics.registry import lookup; print(lookup('val/zebra').direction)"
    assert run(ask, tmp_path, house) == "None"
    with (house / "runcompare" / "metrics" / "names.tsv").open("a", encoding="utf-8") as file:
        file.write(line)
    assert run(ask, tmp_path, house) == "max"


def test_every_public_name_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r":: runcompare\.(\w+)$", page, re.MULTILINE))
    assert set(runcompare.__all__) - {"__version__"} <= named


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BELOW: dict[str, set[str]] = runpy.run_path(str(ROOT / "tests" / "test_imports.py"))["BELOW"]
TOP = {"cli", "api"}


def table(title: str) -> list[list[str]]:
    """The cells of the first table after a heading, its own heading left out."""
    text = ARCHITECTURE.split(f"\n{title}")[1]
    lines = list(
        takewhile(lambda line: line.startswith("|"), dropwhile(lambda s: not s.startswith("|"), text.split("\n")))
    )
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def rooms_drawn() -> dict[str, int]:
    """The rooms of the picture, with the line that each stands on."""
    (picture,) = blocks(ARCHITECTURE, "text")
    names = [re.findall(r"(\w+)(?:/|\.py)", line) for line in picture.splitlines()]
    return {name: number for number, line in enumerate(names) for name in line}


def defined_in(path: Path) -> set[str]:
    """The functions, classes, methods (`Class.method`) and constants of a module."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def is_file(name: str) -> bool:
    return (PACKAGE / name).is_file() or (ROOT / name).is_file()


def test_the_picture_shows_all_rooms_and_arrows_point_down() -> None:
    drawn = rooms_drawn()
    assert set(drawn) == {*BELOW, *TOP, "errors", "version"}
    there = {path.parts[0] for path in (p.relative_to(PACKAGE) for p in PACKAGE.rglob("*.py"))}
    assert {name.removesuffix(".py") for name in there if not name.startswith("__")} == set(drawn)
    for room, below in BELOW.items():
        assert all(drawn[room] < drawn[lower] for lower in below), room


def test_the_table_of_rooms_is_the_one_that_imports_are_checked_by() -> None:
    rows = {codes(room)[0].strip("/").removesuffix(".py"): imports for room, imports, *_ in table("Arrows")}
    assert set(rows) == {*BELOW, *TOP}
    for room, below in BELOW.items():
        assert {word.strip() for word in rows[room].split(",") if word.strip()} == below, room


def test_all_files_of_the_page_exist() -> None:
    named = [
        code
        for line in ARCHITECTURE.splitlines()
        for code in codes(line)
        if re.fullmatch(r"[\w./]+\.(py|tsv|csv|json|md)", code)
    ]
    assert len(named) > 60
    assert [name for name in named if not is_file(name) and name not in ("source.py", "run.py")] == []


@pytest.mark.parametrize("title", ["## One run's way", "## Question and file"])
def test_what_the_tables_name_is_in_its_file(title: str) -> None:
    rows = table(title)
    for _, file, there, *_ in rows:
        (path,) = codes(file)
        names = [name for name in codes(there) if "/" not in name]
        assert (PACKAGE / path).is_file(), path
        assert not names or set(names) <= defined_in(PACKAGE / path), path


def test_the_types_that_travel_exist() -> None:
    known = set().union(*(defined_in(path) for path in PACKAGE.rglob("*.py")))
    travelling = {name for *_, last in table("## One run's way") for name in codes(last) if name[0].isupper()}
    assert len(travelling) > 15
    assert travelling <= known


def test_25_questions_and_more_have_an_answer() -> None:
    questions = [row[0] for row in table("## Question and file")]
    assert len(set(questions)) == len(questions) >= 25
    assert all(question.endswith("?") for question in questions)
