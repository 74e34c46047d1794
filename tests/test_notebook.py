"""The example notebook: it was run, holds no machine's paths, stays small, and runs again."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "examples" / "notebook.ipynb"


def test_it_was_run_and_is_small() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 100_000
    assert str(ROOT) not in text
    code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(cell["outputs"] for cell in code)


def test_it_runs_again_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    kernels = pytest.importorskip("jupyter_client.kernelspec", reason="jupyter_client is not installed")
    if "python3" not in kernels.KernelSpecManager().find_kernel_specs():
        pytest.skip("there is no python3 kernel: pip install ipykernel")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    before = nbformat.read(NOTEBOOK, 4)
    again = nbformat.read(NOTEBOOK, 4)
    nbclient.NotebookClient(again, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    for old, new in zip(before.cells, again.cells, strict=True):
        assert [shown(output) for output in old.get("outputs", ())] == [
            shown(output) for output in new.get("outputs", ())
        ]


def shown(output: Any) -> list[str]:
    """What kinds of output there are, and the line of a result; the rest changes with the words of reports."""
    data = output.get("data", {"text": output.get("text", "")})
    return [*sorted(data), *(line for line in [data.get("text/plain", "")] if line.startswith("<Comparison"))]
