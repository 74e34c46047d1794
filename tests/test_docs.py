"""What docs/extending.md shows works as it stands, and docs/architecture.md names what is there."""

import os
import re
import shutil
import subprocess
import sys
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
        before = line.replace("age, ", "").replace(", *age.RULES", "")
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
