"""`import runcompare` stays light, and arrows between rooms point down only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import runcompare

PACKAGE = Path(runcompare.__file__).parent
HEAVY = {"torch", "wandb", "pandas", "matplotlib", "scipy", "polars", "mlflow", "tensorboard", "numpy"}
# what each room may import of ours, itself and errors.py aside: the picture of docs/architecture.md
BELOW = {
    "records": set(),
    "metrics": {"records"},
    "stats": set(),
    "costs": {"records", "metrics", "stats"},
    "sources": {"records", "metrics"},
    "store": {"records"},
    "references": {"records", "metrics", "sources", "store"},
    "pull": {"records", "sources", "store", "references"},
    "comparison": {"records", "metrics", "stats", "costs", "version"},
    "reporting": {"records", "metrics", "costs", "comparison"},
    "certificates": {"records", "metrics", "sources", "store", "comparison", "version"},
    "lab": {"records", "metrics", "stats", "costs", "sources", "references", "comparison", "engine", "version"},
    "engine": {"records"},
    "hooks": {"api", "comparison", "inputs", "records", "references", "reporting", "settings", "sources"},
    "settings": {"metrics", "store"},
    "inputs": {"records", "metrics", "sources", "store", "settings", "references", "comparison"},
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


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def imports_of(module: str) -> set[str]:
    """Our modules that a module imports, anywhere in its text, those of `TYPE_CHECKING` and of functions included."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "runcompare":
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in MODULES}
    return found - {module}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


ROOMS = sorted({room_of(module) for module in MODULES})


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_down(room):
    if room in ("", "__main__", "api", "cli"):  # the top of the picture: may import everything
        return
    below = BELOW.get(room, set()) | {room, "errors"}
    for module in (m for m in MODULES if room_of(m) == room):
        assert {room_of(m) for m in imports_of(module)} <= below, module


def test_the_table_has_no_arrow_back_up():
    for room, below in BELOW.items():
        assert all(room not in BELOW.get(lower, set()) for lower in below), room


def test_there_is_no_circle_of_files():
    """A module's imports never lead back to it, through functions and type checking either."""
    graph = {m: {i for i in imports_of(m) if i != "runcompare"} for m in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for imported in graph[module]:
                visit(imported, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("room", sorted(set(ROOMS) - {"engine", "lab", "cli"}))
def test_the_analysis_never_imports_torch(room):
    for module in (m for m in MODULES if room_of(m) == room):
        assert "import torch" not in MODULES[module].read_text(encoding="utf-8"), module
