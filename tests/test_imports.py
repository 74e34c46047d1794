"""`import runcompare` stays light, and arrows between rooms point down only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import runcompare

PACKAGE = Path(runcompare.__file__).parent
HEAVY = {"torch", "wandb", "pandas", "matplotlib", "scipy", "polars", "mlflow", "tensorboard", "numpy"}
# what each room may import of ours; the rooms below it in the picture
BELOW = {
    "records": set(),
    "stats": set(),
    "cost": {"records", "settings"},
    "sources": {"records", "settings"},
    "engine": {"records"},
    "comparison": {"records", "stats", "cost"},
    "reporting": {"comparison", "records"},
    "lab": {"records", "stats", "comparison", "cost", "sources", "engine"},
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)


def test_importing_the_package_loads_nothing_heavy():
    loaded = set(run("-c", "import sys, runcompare; print(*{m.split('.')[0] for m in sys.modules})").stdout.split())
    assert not loaded & HEAVY


def test_importing_the_package_takes_no_time_of_its_own():
    lines = run("-X", "importtime", "-c", "import runcompare").stderr.splitlines()
    (total,) = [int(line.split("|")[1]) for line in lines if line.split("|")[-1].strip() == "runcompare"]
    assert total < 150_000, "microseconds, everything that it imports included"


def test_help_needs_nothing_heavy():
    call = "cli(['--help'], standalone_mode=False)"
    code = f"import sys; from runcompare.cli import cli; {call}; print(*sys.modules, file=sys.stderr)"
    loaded = {m.split(".")[0] for m in run("-c", code).stderr.split()}
    assert not loaded & HEAVY


def test_every_public_name_loads_and_says_what_it_is():
    for name in runcompare.__all__:
        assert getattr(runcompare, name) is not None
        assert name == "__version__" or getattr(runcompare, name).__doc__


def test_functions_are_not_hidden_by_packages():
    import runcompare.comparison.build
    import runcompare.reporting.write

    assert callable(runcompare.compare)
    assert callable(runcompare.report)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'compar'"):
        _ = runcompare.compar


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("runcompare.")}
    return found - {"errors"}


@pytest.mark.parametrize("room", sorted(BELOW))
def test_arrows_point_down(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert imports_of(path) - {room} <= BELOW[room], path


@pytest.mark.parametrize("room", ["comparison", "stats", "cost", "sources", "reporting", "records"])
def test_the_analysis_never_imports_torch(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert "import torch" not in path.read_text(encoding="utf-8"), path
