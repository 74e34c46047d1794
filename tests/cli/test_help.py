"""Each command's help ends with examples, and each example runs as it stands.

They run where a reader would be: in a folder with the examples of a checkout, and with stand-ins for the reader's own
files. Those that train for longer than seconds run with RUNCOMPARE_LONG=1; the others always do.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from reader import LONG, ROOT, TAKES_LONG, settle, typed

from runcompare.cli import COMMANDS
from runcompare.cli.commands import SECTIONS

NEEDS = {"torchrun": "torch", "replicate": "torch", "train": "torch", "sql": "duckdb", "--where": "duckdb"}
STORES = ("runcompare pull", "runcompare pull hjnqclgk --store shared/runs")
CERTIFICATE = ("runcompare certify hjnqclgk baseline32 -o certificate.zip",)
SHIPPED = ("echo 'runs = [\"examples/runs\"]' > runcompare.toml",)  # as in the checkout
BEFORE = {
    "rank": SHIPPED,
    "sql": STORES,
    "verify": STORES,
    "gc": STORES,
    "verify-report": CERTIFICATE,
}  # what the examples look at


def examples(command: str) -> list[str]:
    """The lines under `Examples:` in a command's help."""
    entry = COMMANDS[command]
    text = getattr(import_module(f"runcompare.cli.{entry.module}"), command.replace("-", "_")).help
    assert text.count("Examples:\n") == 1, f"the help of {command} has no examples"
    lines = text.split("Examples:\n")[1].split("\n\n")[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are lines of bash")
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_example_of_the_help_runs(command: str, tmp_path: Path) -> None:
    place = settle(tmp_path)
    lines = examples(command)
    assert any("runcompare " in line for line in lines)
    for setup in BEFORE.get(command, ()):
        assert typed(setup, place).returncode == 0
    for line in lines:
        words = set(re.findall(r"[\w-]+", line))
        if TAKES_LONG.search(line) and not LONG:
            continue
        if any(find_spec(package) is None for word, package in NEEDS.items() if word in words):
            continue
        done = typed(line, place)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert "Traceback" not in done.stderr, line


def test_every_section_has_commands_and_every_command_a_section() -> None:
    assert {entry.section for entry in COMMANDS.values()} == set(SECTIONS)


def test_no_module_of_the_command_line_loads_more_than_it_needs() -> None:
    """rich-click cost every command 20 ms and help 80."""
    for path in (ROOT / "runcompare" / "cli").glob("*.py"):
        assert "rich_click" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("args", [("--help",), ("report", "--help")])
def test_help_takes_no_time(args: tuple[str, ...]) -> None:
    """0.15 CPU seconds at most, of user and system, with a warm cache; the best of six, for machines are shared."""
    code = (
        "import resource, subprocess, sys; best = 9.0\n"
        "for _ in range(6):\n"
        "    a = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "    subprocess.run([sys.executable, '-m', 'runcompare', *sys.argv[1:]], stdout=-3, check=True)\n"
        "    b = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "    best = min(best, b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime)\n"
        "print(best)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, env=env, check=True)
    assert float(done.stdout) <= 0.15
