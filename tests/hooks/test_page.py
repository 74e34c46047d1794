"""What docs/hooks.md shows runs as it stands, and gives the reports that it promises."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hooked import EXAMPLES, LOG, environment, log_of, record, train

PAGE = (EXAMPLES.parents[1] / "docs" / "hooks.md").read_text(encoding="utf-8")
# what stands for the reader's own model and data, from the examples
OWN = {
    "Lightning": (
        "lightning_fit.py",
        "trainer = pl.Trainer",
        "from lightning.pytorch import Trainer\nmodel = Line(0.01, 0)",
    ),
    "The Trainer of transformers": ("huggingface_trainer.py", "callbacks = [", "model, arguments = Line(), told"),
    "Keras": ("keras_fit.py", "name = args", "y = x.sum(1)"),
}
NEEDS = {
    "W&B": ("wandb",),
    "W&B Reports": ("wandb_workspaces",),
    "MLflow": ("mlflow",),
    "Lightning": ("lightning",),
    "The Trainer of transformers": ("transformers", "accelerate"),
    "Keras": ("keras", "torch"),
    "Accelerate and torchrun": ("accelerate",),
}


def snippets() -> dict[str, str]:
    found = {}
    for part in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]:
        if code := re.search(r"```python\n(.*?)```", part, re.DOTALL):
            found[part.partition("\n")[0]] = code[1]
    return found


@pytest.mark.parametrize("title", snippets())
def test_a_snippet_gives_a_report(title: str, tmp_path: Path) -> None:
    if missing := [package for package in NEEDS.get(title, ()) if find_spec(package) is None]:
        pytest.skip(f"needs {' and '.join(missing)}")
    config = {"loss": "mse"} if title == "Keras" else {}  # losses are compared where both sides have the same
    record(tmp_path / "runs" / "base", keys=("val/loss", "eval_loss", "val_loss"), config=config)
    (settings,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(settings)
    code = snippets()[title]
    if title == "W&B Reports":
        record(tmp_path / "runs" / "new", 0.5)
    if title in OWN:
        script, until, more = OWN[title]
        before = (EXAMPLES / script).read_text().partition(until)[0]
        code = f"import sys; sys.argv[1:] = ['out']\n{before}\n{more}\n{code}"
    done = train(code, cwd=tmp_path, KERAS_BACKEND="torch")
    assert done.returncode == 0, done.stderr
    if title == "W&B Reports":
        assert (tmp_path / "report.json").exists()
        return
    (log,) = tmp_path.glob(f"**/{LOG}")
    assert "wrote " in log_of(log.parent)


def test_a_section_for_each_hook() -> None:
    assert set(snippets()) == {"Loops of any kind", *NEEDS}


def test_two_processes_of_torchrun_give_one_report(tmp_path: Path) -> None:
    if find_spec("torch") is None or find_spec("accelerate") is None:
        pytest.skip("needs torch and accelerate")
    record(tmp_path / "runs" / "base")
    (tmp_path / "pyproject.toml").write_text('[tool.runcompare.aliases]\nprod = "runs/base"\n')
    (tmp_path / "script.py").write_text(snippets()["Accelerate and torchrun"])
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "script.py"]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env=environment(ACCELERATE_USE_CPU="true"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("runcompare: ") == 1
    assert log_of(tmp_path / "runs" / "new").count("the run has ended") == 1
